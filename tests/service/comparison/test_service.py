"""Comparisons by API, page, file and tool: one row a border, quotes with citations, nothing beyond one's access."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind
from index.types import Ranking
from service.app import Parts, create_app
from service.comparison.columns import COLUMNS
from service.library.open_index import OpenIndex
from service.web.translating import INTERFACE_LANGUAGES
from service.wiring import key_store
from tests.service.cases import index_of
from tests.service.comparison.sheets import SHEETS, sheet
from tests.service.conftest import make_parts
from tests.service.fakes import OpenLibrary

SECOND = sheet("fr", "tram-fr-2", title="Tram bis")
NOTE = sheet("de", "note", kind=Kind.LEGAL_NOTE, borders=("CH-FR",), title="Tram Rechtsnotiz")
NOWHERE = sheet("es", "nowhere", borders=(), countries=(), title="Tram sin frontera")
WIDE = sheet("it", "wide", borders=("BE-LU", "DE-LU", "FR-LU", "CH-FR"), title="Tram largo")
HIDDEN = sheet("nl", "hidden", audience=Audience.MEMBER, title="Tram voor leden")
STAFF_ONLY = sheet("en", "secret", audience=Audience.STAFF, borders=("FI-SE",), title="Tram zq1qz")
DOCUMENTS = (sheet("fr"), SECOND, sheet("en"), sheet("de"), sheet("es"), sheet("it"), NOTE, NOWHERE, WIDE)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    made = make_parts(tmp_path_factory.mktemp("comparison"))
    return replace(made, library=OpenLibrary(index_of(*DOCUMENTS, HIDDEN, STAFF_ONLY)))


@pytest.fixture(scope="module")
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        yield client


def texts(documents: tuple[Document, ...] = (*DOCUMENTS, HIDDEN, STAFF_ONLY)) -> dict[str, str]:
    return {document.id: document.text for document in documents}


def asked(client: TestClient, key: str = "", **payload: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.post("/api/v1/compare", json=payload, headers=headers)


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    return [row["document"]["id"] for row in response.json()["rows"]]


def test_each_border_has_one_row_of_the_nearest_sheet_or_study(client: TestClient) -> None:
    response = asked(client, question="tram")
    borders = [border for row in response.json()["rows"] for border in row["borders"]]
    assert len(borders) == len(set(borders))
    row_ids = set(ids(response))
    assert row_ids >= {"tram-en", "tram-de", "tram-es", "tram-it"}
    assert len(row_ids & {"tram-fr", "tram-fr-2"}) == 1
    assert not row_ids & {"note", "nowhere", "wide"}


def test_every_cell_is_word_for_word_in_its_document_and_leads_there(client: TestClient) -> None:
    rows = asked(client, question="tram").json()["rows"]
    cells = [(row, cell) for row in rows for cell in row["cells"].values() if cell]
    assert cells
    for row, cell in cells:
        assert texts()[row["document"]["id"]][cell["start"] : cell["end"]] == cell["quote"]
        assert row["document"]["title"] in cell["citation"]
        shown = client.get(cell["url"]).text
        assert re.search(r'<mark id="passage">(.*?)</mark>', shown, re.DOTALL)
    assert all(set(row["cells"]) == set(map(str, COLUMNS)) for row in rows)


def test_no_row_and_no_cell_lies_beyond_the_caller_s_access(client: TestClient, parts: Parts) -> None:
    keys = {
        audience: key_store(parts.settings).add(audience, audience) for audience in (Audience.MEMBER, Audience.STAFF)
    }
    everybody, member, staff = (set(ids(asked(client, key, question="tram", rows=12))) for key in ("", *keys.values()))
    assert not everybody & {"hidden", "secret"}
    assert "hidden" in member
    assert "secret" not in member
    assert staff >= {"hidden", "secret"}
    assert asked(client, document_ids=["tram-fr", "secret"]).status_code == 404
    assert asked(client, document_ids=["nothing-like-it"]).status_code == 404
    page = client.get("/compare?q=tram").text
    assert "zq1qz" not in page
    assert HIDDEN.metadata.title not in page


def test_a_hidden_document_changes_nothing_of_what_others_see(client: TestClient, tmp_path: Path) -> None:
    with TestClient(create_app(replace(make_parts(tmp_path), library=OpenLibrary(index_of(*DOCUMENTS))))) as other:
        without = asked(other, question="tram").json()["rows"]
    assert asked(client, question="tram").json()["rows"] == without


def test_a_row_without_a_cell_is_shown_only_where_its_document_was_chosen(client: TestClient) -> None:
    assert "tram-es" not in ids(asked(client, question="tram", columns=["partners"]))
    chosen = asked(client, document_ids=["tram-es", "tram-fr", "tram-es"], columns=["partners"])
    assert ids(chosen) == ["tram-es", "tram-fr"]
    assert chosen.json()["rows"][0]["cells"] == {"partners": None}
    page = client.get("/compare?document=tram-es&column=partners&lang=en").text
    assert "The document does not say" in page


def test_filters_and_columns_narrow_the_table(client: TestClient) -> None:
    response = asked(client, question="tram", filters={"borders": ["AT-IT", "FR-LU"]}, columns=["year", "cost", "year"])
    assert response.json()["columns"] == ["cost", "year"]
    assert [(row["borders"], row["document"]["id"]) for row in response.json()["rows"]] == [
        (["AT-IT"], "tram-it"),
        (["FR-LU"], "wide"),
    ]
    assert ids(asked(client, question="tram", filters={"kinds": ["legal note"]})) == ["note"]
    assert ids(asked(client, question="tram", filters={"themes": ["energy"]})) == []
    assert len(ids(asked(client, question="tram", rows=2))) == 2


def test_documents_far_from_the_question_only_fill_a_table_of_few_rows_and_are_marked(tmp_path: Path) -> None:
    languages = ("fr", "de", "it", "es", "en")
    scores = dict(zip((f"tram-{language}" for language in languages), (1.0, 0.8, 0.75, 0.72, 0.71), strict=True))
    index = index_of(*(sheet(language) for language in languages))

    class Scored(type(index.engine)):  # type: ignore[misc]  # the fake engine with scores of ours
        def search(self, *arguments: Any, **options: Any) -> Ranking:
            ranking: Ranking = super().search(*arguments, **options)
            ranked = [replace(document, score=scores[document.document.id]) for document in ranking.documents]
            return replace(ranking, documents=tuple(sorted(ranked, key=lambda document: -document.score)))

    engine = Scored(index.engine.store, index.engine.embedder)  # type: ignore[attr-defined]
    made = replace(make_parts(tmp_path), library=OpenLibrary(OpenIndex(engine, index.store)))
    with TestClient(create_app(made)) as client:
        rows = asked(client, question="tram").json()["rows"]
        page = client.get("/compare?q=tram&lang=en").text
    assert [(row["document"]["id"], row["is_far"]) for row in rows] == [
        *(("tram-fr", False), ("tram-de", True), ("tram-it", True), ("tram-es", True)),
    ]
    assert page.count('<span class="badge">further from the question</span>') == 3


@pytest.mark.parametrize(
    ("payload", "advice"),
    [
        ({}, "give a question, or document_ids"),
        ({"question": " "}, "question"),
        ({"question": "tram", "columns": []}, "columns"),
        ({"question": "tram", "columns": ["price"]}, "legal form"),
        ({"question": "tram", "rows": 13}, "12"),
        ({"document_ids": ["a"] * 13}, "12"),
        ({"document_ids": ["tram-fr"], "filters": {"themes": ["energy"]}}, "leave them out"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_to_do(
    client: TestClient, payload: dict[str, Any], advice: str
) -> None:
    response = asked(client, **payload)
    assert response.status_code == 422
    assert advice in response.text


def read_csv(content: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def test_files_say_what_the_page_says(client: TestClient) -> None:
    from docx import Document as Word
    from odf import teletype
    from odf.opendocument import load
    from odf.table import TableCell
    from openpyxl import load_workbook

    rows = asked(client, question="tram").json()["rows"]
    expected = [cell["quote"] for row in rows for cell in row["cells"].values() if cell]
    page = client.get("/compare?q=tram&lang=fr")
    quotes = re.findall(r"<blockquote><p[^>]*>(.*?)</p>", page.text)
    assert len(quotes) == len(expected) > 0
    files = {
        form: client.get(f"/compare/export?q=tram&lang=fr&format={form}") for form in ("csv", "xlsx", "docx", "odt")
    }
    assert all(file.status_code == 200 for file in files.values())
    table = read_csv(files["csv"].content, ";")
    assert table[0][:2] == ["Frontière", "Document"]
    assert [quote for line in table[1:] for quote in line[3::2] if quote] == expected
    sheet_rows = list(load_workbook(io.BytesIO(files["xlsx"].content)).active.values)
    assert [quote for line in sheet_rows[1:] for quote in line[2:] if quote] == expected
    grid = Word(io.BytesIO(files["docx"].content)).tables[0]
    assert [cell.paragraphs[0].text for row in grid.rows[1:] for cell in row.cells[2:] if cell.text] == expected
    odt = load(io.BytesIO(files["odt"].content))
    words = [teletype.extractText(cell) for cell in odt.getElementsByType(TableCell)]
    assert all(any(word.startswith(quote) for word in words) for quote in expected)
    api = client.post("/api/v1/compare/export", json={"question": "tram", "format": "csv", "language": "fr"})
    assert read_csv(api.content, ";") == table


def test_no_cell_of_a_file_is_a_formula(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    bad = sheet("fr", "=1+2", title='=HYPERLINK("https://evil.example")')
    made = replace(make_parts(tmp_path), library=OpenLibrary(index_of(bad)))
    with TestClient(create_app(made)) as client:
        query = {"q": "tram", "lang": "fr"}
        table = read_csv(client.get("/compare/export", params=query | {"format": "csv"}).content, ";")
        book = load_workbook(io.BytesIO(client.get("/compare/export", params=query | {"format": "xlsx"}).content))
    assert table[1][1].startswith("'=")
    assert not any(part.startswith(tuple("=+-@")) for line in table for part in line)
    assert {cell.data_type for row in book.active.iter_rows(min_row=2) for cell in row if cell.value} == {"s"}


def test_a_file_is_not_made_of_nothing(client: TestClient) -> None:
    assert client.get("/compare/export?format=csv").status_code == 422
    assert client.get("/compare/export?q=tram&format=pdf").status_code == 422
    assert client.get("/compare?q=tram&column=price").status_code == 422
    empty = client.get("/compare/export?q=tram&theme=energy&format=csv&lang=en").content
    assert len(read_csv(empty, ",")) == 1


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_the_table_is_a_table_in_every_language(client: TestClient, language: str) -> None:
    page = client.get(f"/compare?q=tram&lang={language}").text
    assert page.count('<th scope="col">') == 1 + len(COLUMNS)
    assert page.count('<th scope="row">') == len(ids(asked(client, question="tram")))
    assert re.search(r'<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">\s*<table>', page)
    assert '<caption id="caption">tram' in page
    assert "comparison." not in re.sub(r'(?:href|class)="[^"]*"', "", page)
    quote = SHEETS["de"][1][1]
    tag = re.search(rf"<p([^>]*)>{re.escape(quote)}", page.replace("\u202f", " ").replace("\xa0", " "))
    assert tag is not None
    assert tag[1] == ("" if language == "de" else ' lang="de"')


def test_the_form_keeps_what_was_chosen(client: TestClient) -> None:
    page = client.get("/compare?q=tram&column=cost&column=year&border=AT-IT&theme=transport&lang=en").text
    assert re.findall(r'name="column" value="([\w ]+)" checked', page) == ["cost", "year"]
    assert '<option value="transport" selected>' in page
    assert "/compare/export?q=tram&amp;column=cost&amp;column=year&amp;theme=transport&amp;border=AT-IT" in page
    assert "Compare borders" in client.get("/compare?lang=en").text
    assert client.head("/compare?q=tram").status_code == 200


def test_a_table_can_be_put_into_a_dossier_with_every_cell_in_its_column(client: TestClient) -> None:
    rows = asked(client, question="tram").json()["rows"]
    filled = [cell for row in rows for cell in row["cells"].values() if cell]
    link = re.search(r'class="keep" href="/dossiers/add\?([^"]*)"', client.get("/compare?q=tram").text)
    assert link
    fields = parse_qs(html.unescape(link[1]))
    assert len(fields["quote"]) == len(fields["cell"]) == len(filled)
    assert fields["question"] == ["tram"]
    assert len(fields["column"]) == 7
    assert {place.split(":")[0] for place in fields["quote"]} == {str(cell["start"]) for cell in filled}


def test_comparable_experiences_lead_to_the_table_with_the_same_words(client: TestClient) -> None:
    experiences = client.get("/experiences?q=le tram").text
    assert 'href="/compare?q=le+tram"' in experiences
    these = re.search(r'href="(/compare\?q=le\+tram&amp;document=[^"]*)"', experiences)
    assert these is not None
    table = client.get(these[1].replace("&amp;", "&")).text
    assert table.count('<th scope="row">') == these[1].count("document=") > 1
    assert 'href="/experiences?q=tram"' in client.get("/compare?q=tram").text
