"""The wire format of documents: as lists show them, their passages, everything known of one, its former versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from index.documents import Audience, Document, Kind, Metadata
from index.store.versions import DocumentVersion
from index.types import DocumentCard, RankedPassage
from service.documents.overview import OverviewEntry
from service.documents.passage_layout import PassageKind, layout
from service.documents.timeline import EventKind, Timeline
from service.web.citations import page_path

Highlight = Callable[[str, str, str], list[tuple[int, int]]]  # (query, text, language) → offsets into text
Offset = Annotated[int | None, Query(ge=0, le=2**40)]  # into a document's text, in characters

VersionName = Annotated[
    str | None, Query(pattern=r"^(?:v[0-9a-f]{16}|[1-9][0-9]{0,11})$", description="Which text: its key or its number")
]


class DocumentOut(BaseModel):
    """A document as lists show it."""

    id: str = Field(examples=["notes/teletravail"])
    title: str = Field(examples=["Le télétravail des frontaliers"])
    kind: Kind
    audience: Audience
    language: str = Field(examples=["fr"])
    countries: list[str] = Field(examples=[["DE", "FR"]])
    borders: list[str] = Field(examples=[["DE-FR"]])
    themes: list[str] = Field(examples=[["taxation-social-security"]])
    published: date | None
    valid_to: date | None = Field(
        default=None, description="The last day it is, or was, in force; a funding call open, an event on"
    )
    programme: str = Field(default="", description="Of a funding call", examples=["Interreg VI-A"])
    amount: str = Field(default="", description="Of a funding call, as stated", examples=["30 000 € par projet"])
    deadline: date | None = Field(default=None, description="The last day to apply to a call, or to register")
    starts: date | None = Field(default=None, description="The first day of an event")
    ends: date | None = Field(default=None, description="The last day of an event, where it is another one")
    place: str = Field(default="", description="Of an event", examples=["Hendaye"])
    organisation: str = Field(default="", description="A contact's, or who funds a call or holds an event")
    function: str = Field(default="", description="Whom to ask for at a contact's organisation; never a name")
    territory: str = Field(default="", description="A contact's", examples=["Eurodistrict Strasbourg-Ortenau"])
    replaced_by: str | None = Field(default=None, description="Id of what took its place, when the caller may see it")
    url: str = Field(examples=["https://example.org/documents/notes/teletravail"], description="Its page here")


class VariantOut(BaseModel):
    """Another version of the same work, such as a translation."""

    id: str = Field(examples=["notes/telework-en"])
    title: str
    language: str = Field(examples=["en"])
    url: str


class TableOut(BaseModel):
    """Rows of a table that a passage holds, whole, with the table's header, which may stand before the passage."""

    header: list[str] = Field(
        description="The names of its columns; empty when it has none", examples=[["Régime", "Taux"]]
    )
    rows: list[list[str]] = Field(examples=[[["Général", "5,3 %"]]])


class PassageOut(BaseModel):
    """A slice of a document: `text` stands at [start, end) of it; highlights are offsets into `text`."""

    id: str = Field(examples=["notes/teletravail@1200-1850"])
    document_id: str = Field(examples=["notes/teletravail"])
    label: str = Field(examples=["p. 12"])
    language: str = Field(examples=["fr"])
    text: str
    start: int
    end: int
    score: float
    highlights: list[tuple[int, int]] = Field(examples=[[[4, 15]]])
    kind: PassageKind = Field("text", description="What most of it is")
    tables: list[TableOut] = Field([], description="The rows of tables in it, in order")


class SectionOut(BaseModel):
    label: str
    start: int
    end: int
    heading: str
    language: str


class FullDocumentOut(DocumentOut):
    """Everything known of a document but its text, which `…/text` gives."""

    legal_instruments: list[str]
    valid_from: date | None
    author: str
    address: str = Field(description="Where it was first published")
    notice: str
    rights: str
    replaces: str | None
    translation_of: str | None
    characters: int = Field(description="Length of its text")
    sections: list[SectionOut]
    file_url: str | None = Field(description="The original file, when it is kept")
    files: list[str] = Field([], description="For staff: every file it was found in, below its source; its own first")
    groups: list[str] = Field([], description="The groups it is for, as far as you are in them; staff see all")
    versions_url: str = Field(description="Its former texts, with their dates")


class VersionOut(BaseModel):
    """One state of a document's text: what a citation of that time is proved with."""

    number: int = Field(description="Counted over the versions you may see", examples=[2])
    key: str = Field(description="For `version` of `…/text`; the same for every caller", examples=["v0c91d2e4aa03b7f1"])
    since: datetime | None = Field(description="When this text came in; null when that was not noted yet")
    until: datetime | None = Field(description="When another text took its place; null for the present one")
    title: str
    published: date | None
    characters: int
    text_url: str


class VersionsOut(BaseModel):
    """The versions of a document that you may see, oldest first; the present one is last."""

    document_id: str
    versions: list[VersionOut]


class OverviewEntryOut(BaseModel):
    """A heading, and the sentence that tells most of what stands between it and the next: `text` is at [start, end)."""

    heading: str
    level: int = Field(description="From 1, below the document's title")
    label: str = Field(examples=["p. 3"])
    text: str | None = Field(description="Null where no sentence of it can stand for the rest")
    start: int | None
    end: int | None
    language: str | None
    url: str | None = Field(description="The sentence in its place")


class OverviewOut(BaseModel):
    """A document at a glance, word for word; nothing of it was written by a machine."""

    document_id: str
    title: str
    entries: list[OverviewEntryOut]


def overview_out(document: Document, entries: Sequence[OverviewEntry], *, base: str) -> OverviewOut:
    return OverviewOut(
        document_id=document.id,
        title=document.metadata.title,
        entries=[
            OverviewEntryOut(
                heading=entry.heading,
                level=entry.level - 1,
                label=entry.label,
                text=entry.text or None,
                start=entry.start if entry.has_sentence else None,
                end=entry.end if entry.has_sentence else None,
                language=entry.language or None,
                url=base + page_path(document.id, start=entry.start, end=entry.end) if entry.has_sentence else None,
            )
            for entry in entries
        ],
    )


class TimelineTextOut(BaseModel):
    """One text of a line and the days it was in force; null where they are not known, or it has not ended."""

    document: DocumentOut
    first: date | None = Field(description="The first day it was in force")
    last: date | None = Field(description="The last day, of its own or the one before what replaced it began")


class TimelineEventOut(BaseModel):
    day: date | None = Field(description="Null where it is not known when")
    kind: EventKind = Field(
        description="`adopted`: the instrument `name`, by the date in its name; `in_force`; `amended`: its text here "
        "was exchanged, `version` is the former one; `ended`; `replaced`: by `successor`"
    )
    document_id: str
    name: str
    successor: str | None
    version: str | None = Field(description="For `version` of `…/text`")


class InForceOut(BaseModel):
    document_id: str
    title: str
    is_certain: bool = Field(description="Whether the first day it was in force is known")
    version: str | None = Field(description="The former text that was held that day; null for the present one")
    held_since: date | None = Field(description="Since when this text is held, where that was after the day asked for")
    url: str


class TimelineOut(BaseModel):
    """A legal text with those it replaced and those that replaced it, as far as you may see them."""

    document_id: str
    texts: list[TimelineTextOut] = Field(description="The oldest first")
    events: list[TimelineEventOut] = Field(description="In their order, those without a day last")
    on: date | None
    in_force: list[InForceOut] = Field(description="What was in force on that day; empty when none of these texts was")


def timeline_out(timeline: Timeline, *, base: str) -> TimelineOut:
    seen = {text.card.id for text in timeline.texts}
    return TimelineOut(
        document_id=timeline.document_id,
        texts=[
            TimelineTextOut(document=document_out(text.card, base, seen.__contains__), first=text.first, last=text.last)
            for text in timeline.texts
        ],
        events=[
            TimelineEventOut(
                day=event.day,
                kind=event.kind,
                document_id=event.card.id,
                name=event.name,
                successor=event.successor.id if event.successor else None,
                version=event.version.key if event.version else None,
            )
            for event in timeline.events
        ],
        on=timeline.on,
        in_force=[
            InForceOut(
                document_id=entry.text.card.id,
                title=entry.text.card.metadata.title,
                is_certain=entry.text.first is not None,
                version=entry.version.key if entry.version else None,
                held_since=entry.held_since,
                url=base + page_path(entry.text.card.id, version=entry.version.key if entry.version else ""),
            )
            for entry in timeline.in_force
        ],
    )


def document_out(card: DocumentCard, base: str, is_visible: Callable[[str], bool] = lambda _: False) -> DocumentOut:
    """Return a document for a list. Addresses begin with `base`; its successor is named when visible."""
    return DocumentOut(**_card_fields(card.id, card.metadata, base, is_visible))


def variant_out(card: DocumentCard, base: str) -> VariantOut:
    meta = card.metadata
    return VariantOut(id=card.id, title=meta.title, language=meta.language, url=base + page_path(card.id))


def passage_out(
    ranked: RankedPassage, highlight: Highlight, query: str, documents: Mapping[str, Document]
) -> PassageOut:
    """Return a passage for a list; `documents` are those of passages with rows of tables."""
    passage = ranked.passage
    kind, tables = layout(passage, documents)
    return PassageOut(
        id=f"{passage.document_id}@{passage.start}-{passage.end}",
        document_id=passage.document_id,
        label=passage.label,
        language=passage.language,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        score=float(ranked.score),
        highlights=highlight(query, passage.text, passage.language),
        kind=kind,
        tables=[TableOut(header=list(header), rows=[list(row) for row in rows]) for header, rows in tables],
    )


def full_document_out(
    document: Document,
    is_visible: Callable[[str], bool],
    *,
    base: str,
    files: Sequence[str] = (),
    groups: Sequence[str] = (),
) -> FullDocumentOut:
    """Return everything known of a document; related ones are named only when the caller may see them."""
    meta = document.metadata
    return FullDocumentOut(
        **_card_fields(document.id, meta, base, is_visible),
        legal_instruments=list(meta.legal_instruments),
        valid_from=meta.valid_from,
        author=meta.author,
        address=meta.address,
        notice=meta.notice,
        rights=meta.rights,
        replaces=_if_visible(meta.replaces, is_visible),
        translation_of=_if_visible(meta.translation_of, is_visible),
        characters=len(document.text),
        sections=[
            SectionOut(
                label=section.label,
                start=section.start,
                end=section.end,
                heading=section.heading,
                language=section.language,
            )
            for section in document.sections
        ],
        file_url=f"{base}/api/v1{page_path(document.id)}/file" if document.original else None,
        files=list(files),
        groups=list(groups),
        versions_url=f"{base}/api/v1{page_path(document.id)}/versions",
    )


def versions_out(document_id: str, versions: Sequence[DocumentVersion], *, base: str) -> VersionsOut:
    text_url = f"{base}/api/v1{page_path(document_id)}/text?version="
    return VersionsOut(
        document_id=document_id,
        versions=[
            VersionOut(
                number=version.number,
                key=version.key,
                since=version.since,
                until=version.until,
                title=version.metadata.title,
                published=version.metadata.published,
                characters=version.characters,
                text_url=f"{text_url}{version.key}",
            )
            for version in versions
        ],
    )


def _if_visible(document_id: str, is_visible: Callable[[str], bool]) -> str | None:
    return document_id if document_id and is_visible(document_id) else None


def _card_fields(document_id: str, meta: Metadata, base: str, is_visible: Callable[[str], bool]) -> dict[str, Any]:
    return {
        "id": document_id,
        "title": meta.title,
        "kind": meta.kind,
        "audience": meta.audience,
        "language": meta.language,
        "countries": list(meta.countries),
        "borders": list(meta.borders),
        "themes": list(meta.themes),
        "published": meta.published,
        "valid_to": meta.valid_to,
        "programme": meta.programme,
        "amount": meta.amount,
        "deadline": meta.deadline,
        "starts": meta.starts,
        "ends": meta.ends,
        "place": meta.place,
        "organisation": meta.organisation,
        "function": meta.function,
        "territory": meta.territory,
        "replaced_by": _if_visible(meta.replaced_by, is_visible),
        "url": base + page_path(document_id),
    }
