"""What a document is known by."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest

from index.documents import Document, Kind, Metadata, SectionText

ADDED = {
    "groups",
    "programme",
    "amount",
    "deadline",
    "starts",
    "ends",
    "place",
    "organisation",
    "function",
    "territory",
}


def make(**fields: Any) -> Document:
    metadata = Metadata("Titre", Kind.FUNDING_CALL, language="fr", **fields)
    return Document.from_sections("a", [SectionText("p. 1", "Un texte.")], metadata, path="a.md")


def test_a_document_that_says_nothing_new_keeps_its_fingerprint() -> None:
    document = make(published=date(2020, 1, 2))
    content = asdict(document) | {"source": ""}
    content["metadata"] = {name: value for name, value in content["metadata"].items() if name not in ADDED}
    assert len(content["metadata"]) == 19  # as when the first stores were written
    written = json.dumps(content, default=str, sort_keys=True).encode()
    assert document.fingerprint == hashlib.sha256(written).hexdigest()


@pytest.mark.parametrize(
    "field", ["programme", "amount", "place", "organisation", "function", "territory", "deadline", "starts", "groups"]
)
def test_each_fact_is_something_a_reader_could_notice(field: str) -> None:
    value: Any = date(2026, 5, 4) if field in ("deadline", "starts") else ("g",) if field == "groups" else "x"
    assert replace(make().metadata, **{field: value}) != make().metadata
    assert make(**{field: value}).fingerprint != make().fingerprint
