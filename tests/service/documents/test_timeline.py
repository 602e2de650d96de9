"""A legal text in time: what happened to it and its line, what was in force on a day, and nothing one may not see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience, Kind
from index.settings import IndexSettings
from index.update import Indexer, PreparedDocument
from service.app import create_app
from service.documents.timeline import date_in
from service.library.open_index import OpenIndex
from service.settings import Settings
from service.wiring import build_parts, key_store
from tests.conftest import HashEmbedder, prepared
from tests.index.test_engine import engine_over
from tests.ingest.centre import NoLexical
from tests.service.fakes import OpenLibrary

LEGAL: dict[str, Any] = {"kind": Kind.LEGAL_NOTE}


def corpus() -> list[PreparedDocument]:
    return [
        prepared("a2001", "La règle de 2001.", valid_to=date(2010, 12, 31), replaced_by="a2011", **LEGAL),
        prepared(
            "a2011",
            "La règle de 2011.",
            valid_from=date(2011, 1, 1),
            legal_instruments=("Accord de Tournai du 5 mars 2010", "Règlement (UE) 2021/1059"),
            **LEGAL,
        ),
        prepared("a2020", "La règle de 2020.", valid_from=date(2020, 1, 1), replaces="a2011", **LEGAL),
        prepared("secret", "La règle cachée.", valid_from=date(2005, 1, 1), replaces="a2001", audience=Audience.STAFF),
        prepared("presse", "Un article.", legal_instruments=("Accord de Tournai du 5 mars 2010",)),
    ]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("timeline")
    engine = engine_over(folder, corpus())
    parts = build_parts(Settings(index=IndexSettings(data=folder)), OpenLibrary(OpenIndex(engine, engine.store)))
    with TestClient(create_app(parts)) as client:
        yield client


def timeline(client: TestClient, document_id: str, on: str = "", **headers: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/documents/{document_id}/timeline", params={"on": on} if on else {}, headers=headers)
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json()
    return result


def happened(line: dict[str, Any]) -> list[tuple[str | None, str, str, str | None]]:
    return [(event["day"], event["kind"], event["document_id"], event["successor"]) for event in line["events"]]


def test_a_line_is_told_in_its_order_whichever_of_two_texts_names_the_other(client: TestClient) -> None:
    for document_id in ("a2001", "a2011", "a2020"):
        line = timeline(client, document_id)
        assert [text["document"]["id"] for text in line["texts"]] == ["a2001", "a2011", "a2020"]
        assert happened(line) == [
            ("2010-03-05", "adopted", "a2011", None),
            ("2010-12-31", "replaced", "a2001", "a2011"),
            ("2011-01-01", "in_force", "a2011", None),
            ("2019-12-31", "replaced", "a2011", "a2020"),
            ("2020-01-01", "in_force", "a2020", None),
        ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2005-06-01", [("a2001", False)]),
        ("2010-12-31", [("a2001", False)]),
        ("2011-01-01", [("a2011", True)]),
        ("2019-12-31", [("a2011", True)]),
        ("2020-01-01", [("a2020", True)]),
        ("2999-01-01", [("a2020", True)]),
    ],
)
def test_what_was_in_force_on_a_day_is_the_text_of_its_line_that_was(
    client: TestClient, day: str, expected: list[tuple[str, bool]]
) -> None:
    in_force = timeline(client, "a2011", day)["in_force"]
    assert [(each["document_id"], each["is_certain"]) for each in in_force] == expected


def test_that_none_was_in_force_is_said(tmp_path: Path) -> None:
    note = prepared("note", "La règle.", valid_from=date(2020, 1, 1), **LEGAL)
    engine = engine_over(tmp_path, [note])
    parts = build_parts(Settings(index=IndexSettings(data=tmp_path)), OpenLibrary(OpenIndex(engine, engine.store)))
    with TestClient(create_app(parts)) as client:
        assert timeline(client, "note", "2019-12-31")["in_force"] == []
        page = client.get("/documents/note?on=2019-12-31").text
        assert "aucun des textes de cette lignée que nous gardons n’était en vigueur" in page
        assert client.get("/documents/note?on=").status_code == 200
        assert client.get("/documents/note?on=hier").status_code == 422


def test_a_text_one_may_not_see_is_in_no_line(client: TestClient) -> None:
    line = timeline(client, "a2001", "2005-06-01")
    assert "secret" not in str(line)
    assert client.get("/api/v1/documents/secret/timeline").status_code == 404
    assert "secret" not in client.get("/documents/a2001?on=2005-06-01").text
    key = key_store(client.app.state.parts.settings).add("Anne", Audience.STAFF)  # type: ignore[attr-defined]
    assert "secret" in str(timeline(client, "a2001", "2005-06-01", Authorization=f"Bearer {key}"))


def test_instruments_are_adopted_in_legal_notes_only(client: TestClient) -> None:
    assert timeline(client, "presse")["events"] == []
    assert 'id="timeline"' not in client.get("/documents/presse").text


def test_a_text_that_was_exchanged_is_read_as_it_was_on_the_day(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, [prepared("note", "La règle est de trois ans.", valid_from=date(2000, 1, 1))])
    store = engine.store
    Indexer(store, HashEmbedder(), NoLexical()).put(
        [prepared("note", "La règle est de cinq ans.", valid_from=date(2000, 1, 1))]
    )
    parts = build_parts(Settings(index=IndexSettings(data=tmp_path)), OpenLibrary(OpenIndex(engine, store)))
    with TestClient(create_app(parts)) as client:
        line = timeline(client, "note", "2001-01-01")
        assert [event["kind"] for event in line["events"]] == ["in_force", "amended"]
        (in_force,) = line["in_force"]
        assert in_force["version"] == line["events"][1]["version"]
        assert in_force["held_since"] is not None
        former = client.get(f"/api/v1/documents/note/text?version={in_force['version']}").text
        assert former == "La règle est de trois ans."
        today = timeline(client, "note", datetime.now(UTC).date().isoformat())
        assert today["in_force"][0]["version"] is None


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Accord de Bruxelles du 16 septembre 2002", date(2002, 9, 16)),
        ("Traité du 1er mars 1995", date(1995, 3, 1)),
        ("Vertrag vom 23. Januar 1996", date(1996, 1, 23)),
        ("Benelux-verdrag van 20 februari 2014", date(2014, 2, 20)),
        ("Tratado de 3 de octubre de 2002", date(2002, 10, 3)),
        ("Accordo del 23.12.2020", date(2020, 12, 23)),
        ("Treaty of 22 January 2019, Article 13", date(2019, 1, 22)),
        ("Règlement (UE) 2021/1059", None),
        ("Protocole du 31 février 2001", None),
        ("Accords des 9 mai 1980 et 2 juin 1998", None),
    ],
)
def test_the_day_of_an_instrument_is_read_from_its_name(name: str, day: date | None) -> None:
    assert date_in(name) == day
