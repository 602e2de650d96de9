"""The wire format of what forums send and get: suggestions for a post being written, threads handed in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from index.documents import LANGUAGES
from service.documents.schemas import DocumentOut, Highlight, document_out
from service.forum.suggestions import Post, Quote, Suggestion, Suggestions
from service.http.fields import Moment
from service.web.citations import page_path

LONGEST_TITLE, LONGEST_BODY = 500, 32_000  # a Discourse post has at most 32,000 characters


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold the character U+0000")
    return text


def _free_text(longest: int, *, least: int = 0) -> Any:
    """Return the type of a text without U+0000, with at least so many characters that are no blanks."""
    return Annotated[
        str,
        StringConstraints(strip_whitespace=least > 0, min_length=least, max_length=longest, strict=True),
        AfterValidator(_without_nul),
        Field(json_schema_extra={"pattern": r"^[^\u0000]*[^\u0000\s][^\u0000]*$" if least else r"^[^\u0000]*$"}),
    ]


_language = Annotated[str | None, Field(pattern=f"^({'|'.join(LANGUAGES)})$", description="Else it is detected")]


class SuggestionsRequest(BaseModel):
    """A post being written. An empty one is no error: there is nothing to suggest yet."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "Dissoudre notre GLCT",
                    "body": "L'ouvrage est repris par le syndicat. Comment fermer le groupement avec un emprunt ?",
                    "language": "fr",
                }
            ]
        },
    )

    title: _free_text(LONGEST_TITLE)  # type: ignore[valid-type]
    body: _free_text(LONGEST_BODY) = ""  # type: ignore[valid-type]
    language: _language = None


class QuoteOut(BaseModel):
    """Words of the document: `text` stands at [start, end) of it."""

    text: str
    label: str = Field(examples=["p. 12"])
    start: int
    end: int
    url: str = Field(description="The page that shows it in its place")


class WhyOut(BaseModel):
    """Why a document is suggested: the passage that is near, and what the post shares with it."""

    quote: QuoteOut
    highlights: list[tuple[int, int]] = Field(description="Where the shared words stand in the quote")
    words: list[str] = Field(description="Words of the post that the passage has too; none across languages")
    countries: list[str] = Field(description="Countries of the document that the post names")


class SuggestionOut(BaseModel):
    document: DocumentOut
    strength: float
    why: WhyOut
    solution: QuoteOut | None = Field(description="How a solved thread's accepted solution begins")


class SuggestionsResponse(BaseModel):
    """Prior solutions, best first. Both lists are empty when nothing is near enough: better none than a weak one."""

    threads: list[SuggestionOut]
    documents: list[SuggestionOut]
    took_ms: float


class ThreadPost(BaseModel):
    """One post of a thread. Who wrote it is not asked for: it is not kept."""

    model_config = ConfigDict(extra="forbid")

    text: _free_text(LONGEST_BODY, least=1)  # type: ignore[valid-type]


class ThreadRequest(BaseModel):
    """A thread as it stands now. The one with the latest `updated` counts, in whatever order they come."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "forum": "forum.example.org",
                    "id": "4711",
                    "title": "Dissoudre notre GLCT",
                    "category": "juridique",
                    "created": "2026-11-02T09:00:00Z",
                    "updated": "2026-11-20T10:00:00Z",
                    "question": {"text": "Comment fermer le groupement avec un emprunt ?"},
                    "solution": {"text": "Pas de dissolution tant que la banque n'a pas signé."},
                }
            ]
        },
    )

    forum: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}$", description="The forum's host name")]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    updated: Annotated[Moment, Field(description="When it last changed")]
    title: _free_text(LONGEST_TITLE, least=1)  # type: ignore[valid-type]
    category: _free_text(100) = ""  # type: ignore[valid-type]
    language: _language = None
    # U+0085 is white space to pydantic and not to JSON Schema, so it is named.
    url: Annotated[str, Field(pattern=r"^(https?://[^\s\u0000\u0085]{1,500})?$")] = ""
    created: Moment | None = None
    question: ThreadPost
    solution: Annotated[ThreadPost | None, Field(description="The accepted solution; without it, it is unsolved")] = (
        None
    )
    deleted: Annotated[bool, Field(strict=True, description="Take it out, for good")] = False


class Received(BaseModel):
    """The inbox has it; the ingestion job takes it from there."""

    received: str = Field(description="Under which name; the same message gets the same name", examples=["3f2a…"])


def quote_out(document_id: str, quote: Quote, base: str) -> QuoteOut:
    """Return words of a document with the address that shows them. It begins with `base`."""
    url = base + page_path(document_id, start=quote.start, end=quote.end)
    return QuoteOut(text=quote.text, label=quote.label, start=quote.start, end=quote.end, url=url)


def suggestions_response(
    suggestions: Suggestions, post: Post, highlight: Highlight, base: str, took_ms: float
) -> SuggestionsResponse:
    """Return what is suggested for a post. Addresses begin with `base`."""
    return SuggestionsResponse(
        threads=[_suggestion_out(suggestion, post, highlight, base) for suggestion in suggestions.threads],
        documents=[_suggestion_out(suggestion, post, highlight, base) for suggestion in suggestions.documents],
        took_ms=round(took_ms, 1),
    )


def _suggestion_out(suggestion: Suggestion, post: Post, highlight: Highlight, base: str) -> SuggestionOut:
    passage, document = suggestion.passage, suggestion.document
    quote = Quote(passage.text, passage.start, passage.end, passage.label)
    return SuggestionOut(
        document=document_out(document, base),
        strength=round(suggestion.strength, 4),
        why=WhyOut(
            quote=quote_out(passage.document_id, quote, base),
            highlights=highlight(post.text, passage.text, passage.language) if suggestion.words else [],
            words=list(suggestion.words),
            countries=list(suggestion.countries),
        ),
        solution=quote_out(document.id, suggestion.solution, base) if suggestion.solution else None,
    )
