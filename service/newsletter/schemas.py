"""The wire format of letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from index.documents import Audience, Kind
from service.dossiers.quoting import ShownQuote
from service.http.fields import WHOLE, Day, one_of, reject_nul
from service.mailing.outbox import MailState
from service.newsletter.composing import ComposedLetter, ShownItem, heading_of
from service.newsletter.model import (
    LONGEST_TITLE,
    LONGEST_WORD,
    MOST_CANDIDATES,
    MOST_ITEMS,
    Arrangement,
    Letter,
    Part,
    Readership,
)
from service.newsletter.service import ListedLetter
from service.setting_values import MAIL_ADDRESS
from service.web.citations import citation_text
from service.web.translating import INTERFACE_LANGUAGES, Translator

Language = one_of(INTERFACE_LANGUAGES)
MailAddress = Annotated[str, StringConstraints(max_length=254, strict=True, pattern=f"^{MAIL_ADDRESS}$")]
READERS: Final = r"^(public|member|group:[a-z0-9][a-z0-9-]{0,63})$"


def _words(most: int, what: str) -> Any:
    plain: Any = {"pattern": r"^[^\u0000]*$"}
    kept = (AfterValidator(reject_nul), AfterValidator(str.strip))
    return Annotated[str, Field(max_length=most, description=what, json_schema_extra=plain, strict=True), *kept]


Readers = Annotated[
    str,
    StringConstraints(pattern=READERS, strict=True),
    Field(description="For whom: `public`, `member`, or a group, such as `group:gt-sante`"),
]
LetterTitle = _words(LONGEST_TITLE, "Empty: it names its days")
Word = _words(LONGEST_WORD, "Plain text; an empty line parts paragraphs")


def readership_of(readers: str) -> Readership:
    """Return for whom a letter is to be, as a request says it."""
    kind, _, group = readers.partition(":")
    return Readership(Audience.MEMBER, group) if group else Readership(Audience(kind))


def readers_out(readership: Readership) -> str:
    return f"group:{readership.group}" if readership.group else readership.audience.value


class LetterIn(BaseModel):
    """Which days a letter is about, both included, for whom it is, and how it is arranged."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"since": "2026-11-01", "until": "2026-11-30", "readers": "public"}]},
    )

    since: Day
    until: Day
    readers: Readers = "public"
    arrangement: Annotated[Arrangement, Field(description="What comes first: borders, or themes")] = Arrangement.BORDER
    language: Annotated[Language, Field(description="Of headings and dates")] = "fr"  # type: ignore[valid-type]
    title: LetterTitle = ""  # type: ignore[valid-type]


class ItemIn(BaseModel):
    """A document of the letter as it is to be from now on."""

    model_config = ConfigDict(extra="forbid")

    document_id: Annotated[str, Field(min_length=1, max_length=500)]
    ticked: Annotated[bool, Field(strict=True, description="Whether it is in the letter")] = True
    word: Word = ""  # type: ignore[valid-type]
    chosen: Annotated[
        Annotated[int, Field(ge=0, lt=MOST_CANDIDATES, strict=True), WHOLE] | None,
        Field(description="Which of its `candidates` is quoted, from 0; null for none"),
    ] = None


class LetterChange(BaseModel):
    """What is to be different; what is left out stays. `items` name each document once, in their order."""

    model_config = ConfigDict(extra="forbid")

    title: LetterTitle | None = None  # type: ignore[valid-type]
    opening: Word | None = None  # type: ignore[valid-type]
    closing: Word | None = None  # type: ignore[valid-type]
    language: Annotated[Language | None, Field()] = None  # type: ignore[valid-type]
    items: Annotated[list[ItemIn] | None, Field(max_length=MOST_ITEMS)] = None


class TestIn(BaseModel):
    """Where a test goes: to whoever makes the letter."""

    model_config = ConfigDict(extra="forbid")

    address: MailAddress


class SendIn(BaseModel):
    """That a letter is to be sent, as it was read."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[str, Field(max_length=64, description="The letter's `state` when it was read")]
    to_all: Annotated[bool, Field(strict=True, description="Also to those who chose another language")] = False


class CandidateOut(BaseModel):
    """A sentence of a document, word for word, and where it stands."""

    quote: str
    language: str
    label: str
    start: int
    end: int


class LetterItemOut(BaseModel):
    """A document of a letter."""

    document_id: str
    title: str
    kind: Kind
    published: date | None
    borders: list[str]
    themes: list[str]
    part: Part
    section: str = Field(description="The heading it stands below")
    is_updated: bool = Field(description="Its text was there before these days, and was exchanged")
    is_past: bool = Field(description="Of the agenda: it is over by now")
    ticked: bool
    word: str
    chosen: int | None
    candidates: list[CandidateOut | None] = Field(description="null for one the document's text has no more")
    citation: str
    url: str


class LetterHeadOut(BaseModel):
    """A letter in a list."""

    id: str
    version: int
    title: str
    language: str
    readers: str
    since: date
    until: date
    arrangement: Arrangement
    made: datetime
    sent: datetime | None
    delivered: int = Field(description="To how many it went: mails that the mail server has taken")
    mails: dict[MailState, int] = Field(description="Its mails by their state; they are forgotten after 400 days")


class LettersOut(BaseModel):
    """Every letter, the latest first."""

    letters: list[LetterHeadOut]


class LeftOutOut(BaseModel):
    """A document that the letter's readers may not see now, or that was withdrawn: it is left out."""

    document_id: str
    title: str = Field(description="Empty where the document is gone")


class LetterOut(LetterHeadOut):
    """A letter with all that can be chosen for it. `ETag` is its version, `state` what it says at this moment."""

    opening: str
    closing: str
    state: str
    items: list[LetterItemOut]
    left_out: list[LeftOutOut]


class SentOut(BaseModel):
    recipients: int = Field(description="How many mails were handed to the job")


def head_out(listed: ListedLetter) -> LetterHeadOut:
    return LetterHeadOut(**_head(listed.letter, listed.counts))


def letter_out(composed: ComposedLetter, counts: dict[MailState, int], base: str) -> LetterOut:
    """Return a letter as staff edit it."""
    letter = composed.letter
    return LetterOut(
        **_head(letter, counts),
        opening=letter.opening,
        closing=letter.closing,
        state=composed.state,
        items=[_item_out(letter, shown, base) for shown in composed.items],
        left_out=[LeftOutOut(document_id=left.item.document_id, title=left.title) for left in composed.left_out],
    )


def _head(letter: Letter, counts: dict[MailState, int]) -> dict[str, Any]:
    return {
        "id": letter.id,
        "version": letter.version,
        "title": letter.title,
        "language": letter.language,
        "readers": readers_out(letter.readership),
        "since": letter.since,
        "until": letter.until,
        "arrangement": letter.arrangement,
        "made": letter.made,
        "sent": letter.sent,
        "delivered": letter.delivered,
        "mails": counts,
    }


def _item_out(letter: Letter, shown: ShownItem, base: str) -> LetterItemOut:
    meta, t = shown.metadata, Translator(letter.language)
    headings = [heading_of(t, letter, shown.path[:depth]) for depth in (1, 2)]
    return LetterItemOut(
        document_id=shown.card.id,
        title=meta.title,
        kind=meta.kind,
        published=meta.published,
        borders=list(meta.borders),
        themes=list(meta.themes),
        part=shown.item.part,
        section=" / ".join(filter(None, headings)),
        is_updated=shown.is_updated,
        is_past=shown.is_past,
        ticked=shown.item.is_ticked,
        word=shown.item.word,
        chosen=shown.item.chosen,
        candidates=_candidates(shown.candidates),
        citation=citation_text(meta, shown.quote.label if shown.quote else ""),
        url=base + shown.address,
    )


def _candidates(quotes: Sequence[ShownQuote | None]) -> list[CandidateOut | None]:
    return [
        CandidateOut(quote=q.text, language=q.language, label=q.label, start=q.start, end=q.end) if q else None
        for q in quotes
    ]
