"""Lists of results as files: other programs read back, word for word, what the documents say."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience, Kind, Metadata
from service.exports.csv_table import COLUMNS
from service.exports.formats import WRITERS, Format
from service.exports.listing import Entry, ResultList, readable
from service.http.fields import MOST_RESULTS
from service.web.translating import INTERFACE_LANGUAGES, Translator
from tests.service.resource_centre import resource_centre
from tests.service.signing_in import sign_in

FR = Translator("fr")
HOSTILE = (
    "=HYPERLINK(\"http://evil.example\";\"ici\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r\n=1+1", "＝1",
    "Art. 5 & 6 : 100 % #1 {a}_b ~ ^ \\ $x$", "ligne 1\nER  - \nTY  - BOOK", "<b>&amp;</b> ]]>",
    "nul \x00 \x0b \ufffe fin",
    "@misc{x, title={y}}", "Ça « coûte » 5 €, l’été — 𝔸",
)  # fmt: skip


def results(*quotes: str, title: str = "Titre") -> ResultList:
    meta = Metadata(
        title, Kind.STUDY, Audience.PUBLIC, "fr", borders=("BE-FR",), published=date(2021, 3, 4), author="MOT"
    )
    address = "http://x/documents/d/{}?start=0&end=9#passage"
    entries = tuple(
        Entry(f"d/{number}", meta, "p. 12", readable(quote), "fr", address.format(number))
        for number, quote in enumerate(quotes)
    )
    return ResultList("tram", (), "http://x/?q=tram", date(2026, 11, 26), entries)


def write(format: Format, results: ResultList, t: Translator = FR) -> bytes:
    return WRITERS[format].write(results, t)


def rows(table: bytes, delimiter: str = ";") -> list[dict[str, str]]:
    read = list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    return [dict(zip(COLUMNS, row, strict=True)) for row in read[1:]]


TEXTS = st.text(min_size=1, max_size=80).filter(lambda text: readable(text) != "")


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@example(list(HOSTILE), HOSTILE[0])
def test_a_table_holds_every_quote_and_no_formula(quotes: list[str], title: str) -> None:
    table = write(Format.CSV, results(*quotes, title=title))
    assert table.startswith(b"\xef\xbb\xbf")
    read = rows(table)
    assert [row["quote"].removeprefix("'") for row in read] == [readable(quote).removeprefix("'") for quote in quotes]
    for row in read:
        assert not any(cell.strip().startswith(tuple("=+-@＝＋－＠")) for cell in row.values())


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@example(list(HOSTILE), HOSTILE[8])
def test_ris_is_read_back_by_another_program(quotes: list[str], title: str) -> None:
    read = rispy.loads(write(Format.RIS, results(*quotes, title=title)).decode())
    assert [reference["notes"][-1] for reference in read] == [readable(quote) for quote in quotes]
    assert {reference["title"] for reference in read} == {readable(title)}
    assert {reference["start_page"] for reference in read} == {"12"}
    assert {reference["urls"][0][:9] for reference in read} == {"http://x/"}


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@example(list(HOSTILE), HOSTILE[7])
def test_bibtex_is_read_back_by_another_program(quotes: list[str], title: str) -> None:
    read = bibtexparser.parse_string(write(Format.BIBTEX, results(*quotes, title=title)).decode())
    assert not read.failed_blocks
    assert len({entry.key for entry in read.entries}) == len(read.entries) == len(quotes)
    for entry, quote in zip(read.entries, quotes, strict=True):
        assert plain(entry["annotation"]) == readable(quote)
        assert plain(entry["title"])[1:-1] == readable(title)
        assert entry["url"].endswith("#passage")


def plain(tex: str) -> str:
    """Undo what makes a character mean itself to TeX."""
    for command, character in (("backslash", "\\"), ("asciitilde", "~"), ("asciicircum", "^")):
        tex = tex.replace(f"\\text{command}{{}}", {"\\": "\x01"}.get(character, character))
    return re.sub(r"\\([&%$#_{}])", r"\1", tex).replace("\x01", "\\")


def test_bibtex_means_itself_to_a_tex_reader() -> None:
    text = write(Format.BIBTEX, results("Art. 5 & 6 : 100 % #1 a_b", title="Été")).decode()
    read = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert read.entries[0]["annotation"] == "Art. 5 & 6 : 100 % #1 a_b"
    assert read.entries[0]["date"] == "2021-03-04"


def test_two_documents_never_share_a_bibtex_key() -> None:
    two = results("a", "b")
    same = tuple(entry._replace(document_id=name) for entry, name in zip(two.entries, ("é/a", "e a"), strict=True))
    read = bibtexparser.parse_string(write(Format.BIBTEX, ResultList("q", (), "", two.day, same)).decode())
    assert [entry.key for entry in read.entries] == ["e-a", "e-a-2"]


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
@pytest.mark.parametrize("format", Format)
def test_every_format_is_written_in_every_language(format: Format, language: str) -> None:
    content = write(format, results(*HOSTILE), Translator(language))
    assert content
    if format is Format.CSV:
        assert len(rows(content, "," if language == "en" else ";")) == len(HOSTILE)


SOFFICE = shutil.which("soffice")


@pytest.mark.skipif(not SOFFICE, reason="no soffice here (Debian: apt install libreoffice-writer)")
def test_a_word_processor_opens_the_notes_and_reads_every_quote(tmp_path: Path) -> None:
    quotes = [*HOSTILE, "Der Rettungswagen darf die Grenze queren."]
    for kind in (Format.DOCX, Format.ODT):
        (tmp_path / f"{kind}.{kind}").write_bytes(write(kind, results(*quotes, title="Été & hiver <1>")))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", "html:HTML:EmbedImages", "--outdir", str(tmp_path)]
    subprocess.run(
        [*command, *(str(tmp_path / f"{name}.{name}") for name in ("docx", "odt"))],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    from bs4 import BeautifulSoup

    for name in ("docx", "odt"):
        page = BeautifulSoup((tmp_path / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        text = readable(page.get_text(" ", strip=False))
        for quote in quotes:
            assert re.sub(r"\s", "", readable(quote)) in re.sub(r"\s", "", text), (name, quote)
        assert [readable(heading.get_text()) for heading in page.find_all("h1")][-1].endswith("Été & hiver <1>")
        links = [link.get("href") for link in page.find_all("a") if link.get("href")]
        assert "http://x/?q=tram" in links
        assert f"http://x/documents/d/{len(quotes) - 1}?start=0&end=9#passage" in links


def test_a_note_says_in_which_language_each_quote_is() -> None:
    entry = results("Der Rettungswagen").entries[0]._replace(language="de")
    german = ResultList("q", (), "http://x/", date(2026, 1, 1), (entry,))
    with zipfile.ZipFile(io.BytesIO(write(Format.DOCX, german))) as docx:
        assert '<w:lang w:val="de"/>' in docx.read("word/document.xml").decode()
    with zipfile.ZipFile(io.BytesIO(write(Format.ODT, german))) as odt:
        assert 'text:style-name="in-de"' in odt.read("content.xml").decode()


def test_the_list_of_the_search_page_is_exported_whole_in_its_order(client: TestClient) -> None:
    answer = client.get("/export?q=télétravail ambulance Rettungswagen&superseded=1&sort=oldest&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="passerelle-[\d-]{10}.csv"', answer.headers["content-disposition"])
    assert answer.headers["cache-control"] == "private, no-store"
    assert [row["published"][:4] for row in rows(answer.content)] == ["2019", "2020", "2021", "2023"]


def test_every_exported_quote_stands_at_its_address(client: TestClient) -> None:
    for row in rows(client.get("/export?q=ambulance Rettungswagen&format=csv").content):
        span = re.search(r"start=(\d+)&end=(\d+)", row["link"])
        assert span is not None
        text = resource_centre()[row["id"]].text[int(span[1]) : int(span[2])]
        assert readable(text) == row["quote"]


def unpack(file: bytes) -> str:
    """Return the text of a file, that of all parts when it is a zip archive."""
    if not file.startswith(b"PK"):
        return file.decode()
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


@pytest.mark.parametrize("path", ["/export", "/api/v1/search/export"])
def test_what_a_reader_may_not_see_is_in_no_export(client: TestClient, member_key: str, path: str) -> None:
    for kind in Format:
        answer = client.get(path, params={"q": "ambulance guide interne", "format": kind})
        assert answer.status_code == 200
        assert "notes/ambulance" in unpack(answer.content)
        assert "membres/ambulance" not in unpack(answer.content)
    headers = {"Authorization": f"Bearer {member_key}"}
    if path == "/export":
        sign_in(client, member_key)
    table = client.get(path, params={"q": "ambulance guide interne", "format": "csv"}, headers=headers)
    assert [row["audience"] for row in rows(table.content) if row["id"] == "membres/ambulance"] == [
        "Réservé aux membres"
    ]


def test_the_api_exports_what_its_search_finds(client: TestClient) -> None:
    search = {"query": "ambulance Rettungswagen", "filters": {"countries": ["FR"]}}
    found_ids = [result["document"]["id"] for result in client.post("/api/v1/search", json=search).json()["results"]]
    for answer in (
        client.post("/api/v1/search/export", json=search | {"format": "csv", "language": "en"}),
        client.get("/api/v1/search/export?q=ambulance Rettungswagen&country=FR&format=csv&lang=en"),
    ):
        assert answer.headers["content-language"] == "en"
        assert [row["id"] for row in rows(answer.content, ",")] == found_ids
    few = client.post("/api/v1/search/export", json=search | {"format": "csv", "k": 1})
    assert [row["id"] for row in rows(few.content)] == found_ids[:1]
    assert MOST_RESULTS == 100


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("q=a", "format"), ("q=a&format=pdf", "format"), ("format=csv", "q"),
        ("q=a&format=csv&kind=x", "filters.kinds"),
        ("q=a&format=csv&superseded=yes", "filters.superseded"), ("q=a&format=csv&lang=pl", "lang"),
        ("q=a&q=b&format=csv", "q"), ("q=a&format=csv&from=", "from"),
    ],
)  # fmt: skip
def test_an_export_that_is_not_understood_names_the_field(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/search/export?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_an_unknown_language_of_an_export_is_named(client: TestClient) -> None:
    answer = client.post("/api/v1/search/export", json={"query": "a", "format": "csv", "language": "pl"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "language")
