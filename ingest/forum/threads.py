"""Forum threads as the forum last described them: messages folded into one state a thread, and a thread as a document.

Every fact carries the number (`seq`) of the message it came from, and only a higher one replaces it: messages may come
twice and in any order with the same result. Who wrote what is not kept. What was deleted is emptied, not hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any, Final, NamedTuple

from index.documents import Audience, Document, Kind, Metadata, SectionText
from ingest.sources.metadata import Readers
from ingest.text.cleaning import clean, one_line
from ingest.text.language import assign_languages

LABELS: Final = {
    "fr": ("Question", "Solution acceptée"),
    "en": ("Question", "Accepted solution"),
    "de": ("Frage", "Akzeptierte Lösung"),
    "es": ("Pregunta", "Solución aceptada"),
    "it": ("Domanda", "Soluzione accettata"),
    "nl": ("Vraag", "Geaccepteerde oplossing"),
}
_QUOTE: Final = re.compile(r"\[quote[^\]]*\](?:(?!\[quote).)*?\[/quote\]", re.DOTALL | re.IGNORECASE)
_UPLOAD: Final = re.compile(r"!\[[^\]]*\]\(upload://[^)]*\)")


class Fact(NamedTuple):
    """The last value of a fact, and the number of the message it came from."""

    seq: int
    value: Any


@dataclass
class ThreadState:
    """A thread: facts about it (title, categories, url, created, language, gone, private), its posts, its solution."""

    forum: str
    id: str
    facts: dict[str, Fact] = field(default_factory=dict)
    posts: dict[str, Fact] = field(default_factory=dict)  # {"number", "text", "markup"}, None for a deleted post
    accepted: dict[str, Fact] = field(default_factory=dict)  # post → whether it is the accepted solution

    @classmethod
    def from_json(cls, forum: str, id: str, state: Mapping[str, Mapping[str, Any]]) -> ThreadState:
        parts = ({key: Fact(*fact) for key, fact in state[name].items()} for name in ("facts", "posts", "accepted"))
        return cls(forum, id, *parts)

    def as_json(self) -> dict[str, dict[str, Fact]]:
        return {"facts": self.facts, "posts": self.posts, "accepted": self.accepted}

    def apply(self, seq: int, message: Mapping[str, Any]) -> None:
        """Take in one message; one older than what is known changes nothing. Raises KeyError for a malformed one."""
        what = message["what"]
        if what == "topic":
            for name, value in message.items():
                if name != "what":
                    _set(self.facts, name, Fact(seq, value))
        elif what == "post":
            post = None if message["gone"] else {name: message[name] for name in ("number", "text", "markup")}
            _set(self.posts, message["post"], Fact(seq, post))
        elif what == "solution":
            _set(self.accepted, message["post"], Fact(seq, bool(message["accepted"])))
        else:
            raise KeyError(what)
        if self.is_gone:
            self.posts = {name: Fact(fact.seq, None) for name, fact in self.posts.items()}

    @property
    def is_known(self) -> bool:
        """Say whether anything was ever told of it."""
        return bool(self.facts or self.posts)

    @property
    def is_gone(self) -> bool:
        """Say whether nothing of it may be shown: deleted, unlisted, or a private conversation."""
        return bool(self._fact("gone", False) or self._fact("private", False))

    @property
    def categories(self) -> list[str]:
        return list(self._fact("categories", []))

    @property
    def title(self) -> str:
        return one_line(str(self._fact("title", "")))

    @property
    def question(self) -> str:
        """Return the text of the first post, the title while that post is not known."""
        first = [post for post in self._posts().values() if post["number"] == 1]
        return (_plain_text(first[0]) if first else "") or self.title

    @property
    def solution(self) -> str:
        """Return the accepted solution, "" if there is none (any more)."""
        accepted = sorted((fact.seq, name) for name, fact in self.accepted.items() if fact.value)
        post = self._posts().get(accepted[-1][1]) if accepted else None
        return _plain_text(post) if post else ""

    @property
    def is_solved(self) -> bool:
        return not self.is_gone and bool(self.solution)

    @property
    def document_id(self) -> str:
        return f"forum/{self.forum}/{self.id}"

    def readers(self, audiences: Mapping[str, Readers]) -> Readers:
        """Return who may see each of its categories, staff for categories that are not mapped."""
        names = [*(f"{self.forum}/{category}" for category in self.categories), *self.categories]
        mapped = [audiences[name.lower()] for name in names if name.lower() in audiences]
        return reduce(Readers.narrowed_by, mapped) if mapped else Readers(Audience.STAFF)

    def document(self, audiences: Mapping[str, Readers]) -> Document:
        """Return the solved thread as a document: the question and the accepted solution, without anybody's name."""
        stated = str(self._fact("language", ""))
        texts = [SectionText("", self.question), SectionText("", self.solution)]
        language, sections = assign_languages(texts, stated)
        labels = LABELS.get(language, LABELS["fr"])
        labelled = [
            section._replace(label=label, heading=label) for section, label in zip(sections, labels, strict=True)
        ]
        metadata = Metadata(
            title=self.title or self.document_id,
            kind=Kind.FORUM_THREAD,
            **self.readers(audiences)._asdict(),
            language=language,
            published=_parse_day(str(self._fact("created", ""))),
            author=self.forum,
            address=str(self._fact("url", "")),
            solved=True,
        )
        return Document.from_sections(self.document_id, labelled, metadata, source=source_of(self.forum), path=self.id)

    def unsolved_entry(self, audiences: Mapping[str, Readers]) -> dict[str, Any]:
        """Return what the register of obstacles reads of a thread that nobody has solved."""
        language, _ = assign_languages([SectionText("", self.question)], str(self._fact("language", "")))
        readers = self.readers(audiences)
        return {
            "forum": self.forum,
            "id": self.id,
            "title": self.title,
            "question": self.question,
            "language": language,
            "categories": self.categories,
            "audience": readers.audience.value,
            "groups": list(readers.groups),
            "url": self._fact("url", ""),
            "created": self._fact("created", ""),
            "answers": max(0, len(self._posts()) - 1),
        }

    def _fact(self, name: str, default: Any) -> Any:
        return self.facts[name].value if name in self.facts else default

    def _posts(self) -> dict[str, Any]:
        return {name: fact.value for name, fact in self.posts.items() if fact.value is not None}


def source_of(forum: str) -> str:
    return f"forum:{forum}"


def _set(facts: dict[str, Fact], name: str, fact: Fact) -> None:
    if name not in facts or fact.seq > facts[name].seq:
        facts[name] = fact


def _plain_text(post: Mapping[str, Any]) -> str:
    """Return a post's text as a reader sees it, without what it quotes of others and without pictures."""
    if post["markup"] == "html":
        from ingest.loaders.web import paragraphs_of_fragment

        return clean("\n\n".join(paragraphs_of_fragment(re.sub(r"(?s)<aside.*?</aside>", "", post["text"]))))
    from ingest.loaders.markdown import parse_outline

    outline = parse_outline(_UPLOAD.sub("", _QUOTE.sub("", post["text"])))
    sections = [
        f"{section.heading}\n\n{section.text}" if section.heading else section.text for section in outline.sections()
    ]
    return clean("\n\n".join(sections))


def _parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
