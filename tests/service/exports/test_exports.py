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
from service.exports.listing import Entry, Format, ResultList, readable, writing
from service.search.schemas import MOST_RESULTS
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


def listed(*quotes: str, title: str = "Titre", **told: object) -> ResultList:
    meta = Metadata(
        title, Kind.STUDY, Audience.PUBLIC, "fr", borders=("BE-FR",), published=date(2021, 3, 4), author="MOT"
    )
    made = tuple(
        Entry(f"d/{number}", meta, "p. 12", readable(one), "fr", f"http://x/documents/d/{number}?start=0&end=9#passage")
        for number, one in enumerate(quotes)
    )
    return ResultList("tram", (), "http://x/?q=tram", date(2026, 11, 26), made)


def written(format: Format, said: ResultList, t: Translator = FR) -> bytes:
    return writing(format).write(said, t)


def rows(table: bytes, delimiter: str = ";") -> list[dict[str, str]]:
    read = list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    return [dict(zip(COLUMNS, row, strict=True)) for row in read[1:]]


TEXTS = st.text(min_size=1, max_size=80).filter(lambda text: readable(text) != "")


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@example(list(HOSTILE), HOSTILE[0])
def test_a_table_holds_every_quote_and_no_formula(quotes: list[str], title: str) -> None:
    table = written(Format.CSV, listed(*quotes, title=title))
    assert table.startswith(b"\xef\xbb\xbf")
    read = rows(table)
    assert [one["quote"].removeprefix("'") for one in read] == [readable(one).removeprefix("'") for one in quotes]
    for one in read:
        assert not any(cell.strip().startswith(tuple("=+-@＝＋－＠")) for cell in one.values())


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@example(list(HOSTILE), HOSTILE[8])
def test_ris_is_read_back_by_another_program(quotes: list[str], title: str) -> None:
    read = rispy.loads(written(Format.RIS, listed(*quotes, title=title)).decode())
    assert [one["notes"][-1] for one in read] == [readable(one) for one in quotes]
    assert {one["title"] for one in read} == {readable(title)}
    assert {one["start_page"] for one in read} == {"12"}
    assert {one["urls"][0][:9] for one in read} == {"http://x/"}


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
@example(list(HOSTILE), HOSTILE[7])
def test_bibtex_is_read_back_by_another_program(quotes: list[str], title: str) -> None:
    told = written(Format.BIBTEX, listed(*quotes, title=title)).decode()
    read = bibtexparser.parse_string(told)
    assert not read.failed_blocks
    assert len({one.key for one in read.entries}) == len(read.entries) == len(quotes)
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
    told = written(Format.BIBTEX, listed("Art. 5 & 6 : 100 % #1 a_b", title="Été")).decode()
    read = bibtexparser.parse_string(told, append_middleware=[LatexDecodingMiddleware()])
    assert read.entries[0]["annotation"] == "Art. 5 & 6 : 100 % #1 a_b"
    assert read.entries[0]["date"] == "2021-03-04"


def test_two_documents_never_share_a_bibtex_key() -> None:
    said = listed("a", "b")
    same = tuple(one._replace(document_id=name) for one, name in zip(said.entries, ("é/a", "e a"), strict=True))
    read = bibtexparser.parse_string(written(Format.BIBTEX, ResultList("q", (), "", said.day, same)).decode())
    assert [one.key for one in read.entries] == ["e-a", "e-a-2"]


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
@pytest.mark.parametrize("format", Format)
def test_every_format_is_written_in_every_language(format: Format, language: str) -> None:
    made = written(format, listed(*HOSTILE), Translator(language))
    assert made
    if format is Format.CSV:
        assert len(rows(made, "," if language == "en" else ";")) == len(HOSTILE)


SOFFICE = shutil.which("soffice")


@pytest.mark.skipif(not SOFFICE, reason="no soffice here (Debian: apt install libreoffice-writer)")
def test_a_word_processor_opens_the_notes_and_reads_every_quote(tmp_path: Path) -> None:
    quotes = [*HOSTILE, "Der Rettungswagen darf die Grenze queren."]
    for one in (Format.DOCX, Format.ODT):
        (tmp_path / f"{one}.{one}").write_bytes(written(one, listed(*quotes, title="Été & hiver <1>")))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", "html:HTML:EmbedImages", "--outdir", str(tmp_path)]
    subprocess.run(
        [*command, *(str(tmp_path / f"{one}.{one}") for one in ("docx", "odt"))],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    from bs4 import BeautifulSoup

    for name in ("docx", "odt"):
        page = BeautifulSoup((tmp_path / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        said = readable(page.get_text(" ", strip=False))
        for quote in quotes:
            assert re.sub(r"\s", "", readable(quote)) in re.sub(r"\s", "", said), (name, quote)
        assert [readable(one.get_text()) for one in page.find_all("h1")][-1].endswith("Été & hiver <1>")
        links = [one.get("href") for one in page.find_all("a") if one.get("href")]
        assert "http://x/?q=tram" in links
        assert f"http://x/documents/d/{len(quotes) - 1}?start=0&end=9#passage" in links


def test_a_note_says_in_which_language_each_quote_is() -> None:
    entry = listed("Der Rettungswagen").entries[0]._replace(language="de")
    said = ResultList("q", (), "http://x/", date(2026, 1, 1), (entry,))
    with zipfile.ZipFile(io.BytesIO(written(Format.DOCX, said))) as docx:
        assert '<w:lang w:val="de"/>' in docx.read("word/document.xml").decode()
    with zipfile.ZipFile(io.BytesIO(written(Format.ODT, said))) as odt:
        assert 'text:style-name="in-de"' in odt.read("content.xml").decode()


def test_the_page_s_list_is_exported_whole_in_its_order(client: TestClient) -> None:
    answer = client.get("/export?q=télétravail ambulance Rettungswagen&superseded=1&sort=oldest&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="passerelle-[\d-]{10}.csv"', answer.headers["content-disposition"])
    assert answer.headers["cache-control"] == "private, no-store"
    assert [one["published"][:4] for one in rows(answer.content)] == ["2019", "2020", "2021", "2023"]


def test_every_exported_quote_stands_at_its_address(client: TestClient) -> None:
    for one in rows(client.get("/export?q=ambulance Rettungswagen&format=csv").content):
        place = re.search(r"start=(\d+)&end=(\d+)", one["link"])
        assert place is not None
        text = resource_centre()[one["id"]].text[int(place[1]) : int(place[2])]
        assert readable(text) == one["quote"]


def unpacked(file: bytes) -> str:
    """Return what a file says, be it a folder in disguise."""
    if not file.startswith(b"PK"):
        return file.decode()
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


@pytest.mark.parametrize("path", ["/export", "/api/v1/search/export"])
def test_what_a_reader_may_not_see_is_in_no_export(client: TestClient, member_key: str, path: str) -> None:
    for one in Format:
        answer = client.get(path, params={"q": "ambulance guide interne", "format": one})
        assert answer.status_code == 200
        assert "notes/ambulance" in unpacked(answer.content)
        assert "membres/ambulance" not in unpacked(answer.content)
    headers = {"Authorization": f"Bearer {member_key}"}
    if path == "/export":
        sign_in(client, member_key)
    said = client.get(path, params={"q": "ambulance guide interne", "format": "csv"}, headers=headers)
    assert [one["audience"] for one in rows(said.content) if one["id"] == "membres/ambulance"] == [
        "Réservé aux membres"
    ]


def test_the_api_exports_what_its_search_finds(client: TestClient) -> None:
    asked = {"query": "ambulance Rettungswagen", "filters": {"countries": ["FR"]}}
    found = [one["document"]["id"] for one in client.post("/api/v1/search", json=asked).json()["results"]]
    for answer in (
        client.post("/api/v1/search/export", json=asked | {"format": "csv", "language": "en"}),
        client.get("/api/v1/search/export?q=ambulance Rettungswagen&country=FR&format=csv&lang=en"),
    ):
        assert answer.headers["content-language"] == "en"
        assert [one["id"] for one in rows(answer.content, ",")] == found
    few = client.post("/api/v1/search/export", json=asked | {"format": "csv", "k": 1})
    assert [one["id"] for one in rows(few.content)] == found[:1]
    assert MOST_RESULTS == 100


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("q=a", "format"), ("q=a&format=pdf", "format"), ("format=csv", "q"),
        ("q=a&format=csv&kind=x", "filters.kinds"),
        ("q=a&format=csv&superseded=yes", "filters.superseded"), ("q=a&format=csv&lang=pl", "lang"),
        ("q=a&q=b&format=csv", "q"), ("q=a&format=csv&from=", "from"),
    ],
)  # fmt: skip
def test_an_export_that_is_not_understood_names_the_field(client: TestClient, said: str, field: str) -> None:
    answer = client.get(f"/api/v1/search/export?{said}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_an_unknown_language_of_an_export_is_named(client: TestClient) -> None:
    answer = client.post("/api/v1/search/export", json={"query": "a", "format": "csv", "language": "pl"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "language")
