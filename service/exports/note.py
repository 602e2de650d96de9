"""What a note on a search says, whatever the word processor: title, search, and each result with its quote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from index.documents import Metadata
from service.exports.listing import Entry, ResultList, readable
from service.web.rendering import has_ended, not_yet
from service.web.translating import Translator


class Point(NamedTuple):
    """What a document says on one point: its name in the reader's language, the quote, and where it is."""

    name: str
    quote: str
    source: str
    url: str


class Item(NamedTuple):
    """One result as a note gives it; `title_language` and `language` are those of the title and of the quotes."""

    title: str
    title_language: str
    facts: str
    quote: str
    language: str
    source: str
    url: str
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Note:
    language: str
    title: str
    about: tuple[str, ...]
    address: str
    items: tuple[Item, ...]
    closing: str


def compose_note(results: ResultList, t: Translator) -> Note:
    """Return the note in the reader's language; quotes stay in theirs, word for word."""
    count = t.plural("results.one", "results.many", len(results.entries))
    about = [t("export.note.made", day=t.day(results.day)), count]
    if results.filters:
        about.append(t("export.note.filters", filters=" · ".join(results.filters)))
    return Note(
        t.language,
        t(results.title, query=readable(results.query)),
        tuple(about),
        results.address,
        tuple(_item(entry, t) for entry in results.entries),
        t("footer.note"),
    )


def _item(entry: Entry, t: Translator) -> Item:
    meta = entry.metadata
    return Item(
        readable(meta.title),
        meta.language or t.language,
        " · ".join([t(entry.mark), *_facts(meta, t)] if entry.mark else _facts(meta, t)),
        t("quoted", text=entry.quote),
        entry.language or t.language,
        readable(entry.citation),
        entry.url,
        tuple(
            Point(t(finding.key), t("quoted", text=finding.quote), finding.label, finding.url)
            for finding in entry.findings
        ),
    )


def _facts(meta: Metadata, t: Translator) -> list[str]:
    """Return kind, date, language, borders, validity and audience, as far as they are known."""
    facts = [t.kind(meta.kind)]
    if meta.published:
        facts.append(t.month(meta.published))
    if meta.language:
        facts.append(t.language_name(meta.language))
    facts += map(t.border, meta.borders)
    if has_ended(meta) and meta.valid_to:
        facts.append(f"{t('document.past')} ({t('document.valid.to', day=t.day(meta.valid_to))})")
    elif not_yet(meta) and meta.valid_from:
        facts.append(t("validity.from", day=t.day(meta.valid_from)))
    elif meta.valid_to:
        facts.append(t("validity.until", day=t.day(meta.valid_to)))
    if audience := t.audience(meta.audience):
        facts.append(audience)
    return facts
