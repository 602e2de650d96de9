"""Nothing shows in a dossier of what its reader may not see: each gets what a dossier without it would give."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Access, Audience, Document
from tests.accesses import accesses
from tests.service.dossiers.people import Person, nobody, person
from tests.service.marked import ITEMS, Item, made, mark, service_over
from tests.service.signing_in import sign_in, token_of
from tests.service.test_leaks import WITHOUT_SHRINKING

TOKEN = re.compile(r'name="token" value="[^"]*"')


@dataclass(frozen=True)
class Drawn:
    """An item of a dossier: numbers of documents it quotes, and whether it is a table."""

    quotes: tuple[int, ...]
    is_table: bool


DRAWN = st.lists(
    st.builds(Drawn, st.lists(st.integers(0, 7), min_size=0, max_size=3).map(tuple), st.booleans()),
    min_size=1,
    max_size=5,
)
HIDDEN = [Item(["gare"], Audience.STAFF, (0, 0, 0)), Item(["tram"], Audience.PUBLIC, (0, 0, 0))]


def item_of(number: int, drawn: Drawn, documents: list[Document], seen: set[str]) -> dict[str, Any] | None:
    """Return what is sent to the API: without the quotes that are not seen, None when nothing is left."""
    if not drawn.quotes:
        return {"kind": "note", "text": f"note {number}"}
    chosen = [documents[n % len(documents)] for n in drawn.quotes]
    quotes = [
        {"document_id": each.id, "start": each.sections[0].start, "end": each.sections[0].end, "column": n % 2}
        for n, each in enumerate(chosen)
        if each.id in seen
    ]
    if not quotes:
        return None
    if drawn.is_table:
        return {"kind": "comparison", "question": f"table {number}", "columns": ["a", "b"], "cells": quotes}
    for quote in quotes:
        del quote["column"]
    if len(drawn.quotes) == 1:
        return {"kind": "passage", **quotes[0]}
    return {"kind": "answer", "question": f"question {number}", "quotes": quotes}


def fill(owner: Person, items: list[Drawn], documents: list[Document], seen: set[str]) -> tuple[str, str]:
    """Make the dossier and return its path and that of its link."""
    dossier = owner.begin("Dossier")
    for number, drawn in enumerate(items):
        if item := item_of(number, drawn, documents, seen):
            owner.add(dossier, item)
    owner.share(dossier, "organisation", may_edit=True)
    return f"/dossiers/{dossier}", owner.share(dossier, "link")["url"].removeprefix("http://testserver")


def told(reader: Person, paths: tuple[str, str]) -> list[Any]:
    """Return what the API, the pages and the council notes say to somebody, but for what is drawn by chance."""
    dossier, link = paths
    token = link.partition("?")[2]
    answers = [reader.ask("GET", path) for path in ("/dossiers", dossier, link)]
    answers += [reader.client.get(path, follow_redirects=False) for path in ("/dossiers", dossier, link)]
    assert {answer.status_code for answer in answers} <= {200, 303, 401, 404}
    notes = [reader.ask("GET", f"{dossier}/export?format=odt"), reader.ask("GET", f"/shared/export?format=odt&{token}")]
    ids = [item["id"] for item in reader.get(link)["items"]]
    chosen = "&".join(f"item={item_id}" for item_id in ids)
    notes.append(reader.client.get(f"/shared/export?format=odt&{token}&{chosen}"))
    if answers[4].status_code == 200:
        fields = {"token": token_of(answers[4].text), "format": "odt", "item": ids}
        notes.append(reader.client.post(f"{dossier}/export", data=fields))
    texts = [TOKEN.sub("", answer.text) for answer in answers] + [text_of(note) for note in notes]
    for drawn in (*ids, dossier.rpartition("/")[2], token.partition("=")[2]):
        texts = [text.replace(drawn, "…") for text in texts]
    return texts


def text_of(note: Any) -> str:
    """Return the words of an exported note, or the problem there is in its place."""
    if note.status_code != 200:
        return str(note.text)
    with zipfile.ZipFile(io.BytesIO(note.content)) as archive:
        return archive.read("content.xml").decode()


@given(documents=ITEMS, items=DRAWN, access=accesses, is_colleague=st.booleans())
@settings(max_examples=10, phases=WITHOUT_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(documents=HIDDEN, items=[Drawn((0,), False), Drawn((1,), False)], access=Access(), is_colleague=True)
@example(documents=HIDDEN, items=[Drawn((0, 1), True), Drawn((), False)], access=Access(), is_colleague=True)
def test_a_reader_gets_what_a_dossier_without_the_rest_would_give(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[Item],
    items: list[Drawn],
    access: Access,
    is_colleague: bool,
) -> None:
    originals: dict[str, bytes] = {}
    everything = [made(number, item, originals) for number, item in enumerate(documents)]
    all_documents = [prepared.document for prepared in everything]
    allowed = [prepared for prepared in everything if access.may_see(prepared.document.metadata)]
    seen = {prepared.document.id for prepared in allowed}
    results = []
    for name, held in (("all", everything), ("own", allowed)):
        client: TestClient = service_over(tmp_path_factory.mktemp(name), held, originals)
        owner = person(client, "owner", Audience.STAFF, organisation="Ville")
        paths = fill(owner, items, all_documents, {prepared.document.id for prepared in held})
        organisation = "Ville" if is_colleague else "Région"
        reader = person(client, "reader", access.audience, groups=access.groups, organisation=organisation)
        client.cookies.clear()
        by_nobody = told(nobody(client), paths)
        assert sign_in(client, reader.headers["Authorization"].removeprefix("Bearer ")) == 303
        results.append([told(reader, paths), by_nobody])
    assert results[0][0] == results[1][0]
    hidden = [mark(n) for n, each in enumerate(all_documents) if each.id not in seen]
    assert not [name for name in hidden if name in str(results[0][0])]
    reserved = [mark(n) for n, each in enumerate(all_documents) if not Access().may_see(each.metadata)]
    assert not [name for name in reserved if name in str(results[0][1])]
