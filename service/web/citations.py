"""How a document and its passages are cited: in words, and by the addresses that show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, Protocol
from urllib.parse import quote, urlencode

from index.clock import utc_today
from index.documents import Metadata
from service.web.translating import Translator


class Stretch(Protocol):
    """The characters [start, end) of a document, whatever else is known of them."""

    @property
    def document_id(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Place(NamedTuple):
    """The characters [start, end) of a document, or of one version of it."""

    document_id: str
    start: int
    end: int
    version: str = ""


class Source(NamedTuple):
    """What a citation names: the text, where in it, and where it can be read."""

    title: str
    label: str
    author: str
    published: date | None
    address: str
    language: str = ""  # its name, where a list of sources says it


def citation_text(metadata: Metadata, label: str) -> str:
    """Return "Title, p. 12 (Author, 2021)"; what is not known is left out."""
    source = ", ".join(
        part for part in (metadata.author, str(metadata.published.year) if metadata.published else "") if part
    )
    title = f"{metadata.title}, {label}" if label and label != metadata.title else metadata.title
    return f"{title} ({source})" if source else title


def full_citation(t: Translator, source: Source) -> str:
    """Return a citation to be pasted into a text, as the reader's language writes one, with the day it was read."""
    title = " ".join(source.title.split())
    label = source.label if source.label != source.title else ""
    day = t.day(source.published) if source.published else ""
    parts = (source.author, t("quoted", text=title), label, day, source.language)
    named = ", ".join(part for part in parts if part)
    return t("cite.full", source=named, address=source.address, day=t.day(utc_today()))


def source_of(metadata: Metadata, label: str, address: str) -> Source:
    """Return a document, or what its `label` names of it, as a citation names it."""
    return Source(metadata.title, label, metadata.author, metadata.published, address)


def keep_path(
    places: Iterable[Stretch],
    back: str,
    question: str = "",
    columns: Sequence[str] = (),
    cells: Sequence[int] = (),
) -> str:
    """Return the path of the form that puts these quotes into a dossier, with a question as its answer.

    With `columns` they are a comparison of documents: `cells` are the numbers of the quotes' columns, from 0. `back` is
    the path to return to.
    """
    fields = [
        ("quote", f"{place.start}:{place.end}:{getattr(place, 'version', '')}:{place.document_id}") for place in places
    ]
    fields += [("cell", str(cell)) for cell in cells] + [("column", column) for column in columns]
    fields += [("question", question)] if question else []
    return f"/dossiers/add?{urlencode([*fields, ('back', back)])}"


def page_path(
    document_id: str,
    *,
    start: int | None = None,
    end: int | None = None,
    lang: str = "",
    q: str = "",
    version: str = "",
) -> str:
    """Return the path of a document's page, at the passage [start, end) when given, with the query that found it."""
    params = {"start": start, "end": end, "lang": lang or None, "q": q or None, "version": version or None}
    query = urlencode({name: value for name, value in params.items() if value is not None})
    anchor = "#passage" if start is not None else ""
    return f"/documents/{quote(document_id, safe='/')}{'?' if query else ''}{query}{anchor}"


def overview_path(document_id: str) -> str:
    """Return the path of a document's overview."""
    return f"{page_path(document_id)}/overview"


def cite_path(document_id: str, suffix: str, marked: tuple[int, int] | None) -> str:
    """Return the path of a reference to a document, or to a passage of it, for a reference manager."""
    query = "?" + urlencode({"start": marked[0], "end": marked[1]}) if marked else ""
    return f"/documents/{quote(document_id, safe='/')}/cite.{suffix}{query}"


def page_image_path(
    document_id: str, number: int, marked: tuple[int, int] | None, *, width: int = 0, suffix: str = ".png"
) -> str:
    """Return the path of the picture of a page, or without the suffix of the page that shows it large."""
    params = {"start": marked[0], "end": marked[1]} if marked else {}
    query = urlencode(params | ({"width": width} if width else {}))
    return f"/documents/{quote(document_id, safe='/')}/pages/{number}{suffix}{'?' if query else ''}{query}"
