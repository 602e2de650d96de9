"""A document's metadata as simple Dublin Core, its OAI identifier and the sets it is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, urlsplit

from lxml import etree

from index.documents import Kind, Metadata
from index.types import DocumentCard
from service.documents.citations import page_path
from service.feeds.xml import child

OAI_DC: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC: Final = "http://purl.org/dc/elements/1.1/"
_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"


def host_of(base: str) -> str:
    return urlsplit(base).hostname or "localhost"


def identifier(document_id: str, base: str) -> str:
    """Return "oai:HOST:ID", the id with percent signs where an address needs them."""
    return f"oai:{host_of(base)}:{quote(document_id, safe='/')}"


def sets_of(meta: Metadata) -> dict[str, str]:
    """Return the sets a document is in, each with its name: its kind, its language and its themes."""
    sets = {f"kind:{meta.kind.value.replace(' ', '-')}": f"Kind: {Kind(meta.kind).value}"}
    if meta.language.isalnum() and meta.language.isascii():
        sets[f"language:{meta.language}"] = f"Language: {meta.language}"
    return sets | {f"theme:{theme}": f"Theme: {theme}" for theme in meta.themes}


def describe(into: Any, card: DocumentCard, base: str, is_public: Callable[[str], bool]) -> None:
    """Write the Dublin Core of a document; others are named only when they are public too."""
    meta = card.metadata
    root = etree.SubElement(into, f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC, "xsi": _XSI})
    root.set(f"{{{_XSI}}}schemaLocation", f"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd")
    others = (meta.replaces, meta.replaced_by, meta.translation_of)
    said: list[tuple[str, str]] = [
        ("title", meta.title or card.id),
        ("creator", meta.author),
        *(("subject", one) for one in (*meta.themes, *meta.legal_instruments)),
        ("description", meta.notice),
        ("date", meta.published.isoformat() if meta.published else ""),
        ("type", meta.kind.value),
        ("identifier", base + page_path(card.id)),
        ("source", meta.address),
        ("language", meta.language),
        *(("relation", base + page_path(one)) for one in others if one and is_public(one)),
        *(("coverage", one) for one in (*meta.countries, *meta.borders)),
        ("rights", meta.rights),
    ]
    for name, value in said:
        if value:
            child(root, f"{{{DC}}}{name}", value)
