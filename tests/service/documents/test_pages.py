"""A document's page: its other matches, versions, neighbours and citation, and nothing of another audience's."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from index.documents import Access, Audience
from index.settings import IndexSettings
from index.update import Indexer, PreparedDocument
from service.app import create_app
from service.library.open_index import OpenIndex
from service.settings import Settings
from service.wiring import build_parts, key_store
from tests.conftest import HashEmbedder, prepared
from tests.index.test_engine import engine_over
from tests.ingest.centre import NoLexical
from tests.service.fakes import OpenLibrary
from tests.service.serving import served
from tests.service.signing_in import sign_in

TEXTS = (
    "Le tram passe le pont du Rhin.",
    "La douane de la gare est fermée.",
    "Un tram passe aussi le fleuve.",
    "Le tram de nuit passe le pont.",
)


def corpus() -> list[PreparedDocument]:
    member = {"audience": Audience.MEMBER}
    return [
        prepared("tram", *TEXTS, borders=("DE-FR",), author="A. Tester"),
        prepared("tram-de", "Die Tram passe le pont", language="de", translation_of="tram"),
        prepared("tram-cache", "Le tram passe le pont", language="en", translation_of="tram", **member),
        prepared("voisin", "Le tram passe la douane de la gare"),
        prepared("voisin-cache", "Le tram passe le pont du Rhin.", **member),
        prepared("vieux", "Le tram d'hier", replaced_by="tram"),
        prepared("suite", "Le tram de demain", replaces="vieux"),
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, str]]:
    folder = tmp_path_factory.mktemp("document")
    documents = corpus()
    engine = engine_over(folder, documents)
    index = OpenIndex(engine, engine.store)
    parts = build_parts(Settings(index=IndexSettings(data=folder)), OpenLibrary(index))
    key = key_store(parts.settings).add("Marie", Audience.MEMBER)
    with served(create_app(parts)) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client, key


@contextmanager
def signed_in(client: httpx.Client, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=client.base_url, timeout=30) as member:
        assert sign_in(member, key) == 303
        yield member


def text_of(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def links(page: httpx.Response) -> set[str]:
    return set(re.findall(r'href="/documents/([\w-]+)', page.text))


def test_a_reader_walks_from_match_to_match_in_the_order_of_the_text(site: tuple[httpx.Client, str]) -> None:
    client, _ = site
    page = client.get("/documents/tram", params={"q": "tram passe", "start": 0, "end": len(TEXTS[0])})
    seen = []
    for _ in range(9):
        marked = re.search(r'<mark id="passage">([^<]+)</mark>', page.text)
        assert marked is not None
        seen.append(marked[1])
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if not following:
            break
        page = client.get(following[1].replace("&amp;", "&"))
    assert len(seen) > 1
    assert seen == sorted(set(seen), key=TEXTS.index)
    assert f"Passage {len(seen)} sur {len(seen)}" in text_of(page)
    assert 'rel="prev"' in page.text


def test_without_a_passage_the_best_match_is_marked_and_an_odd_query_is_only_a_query(
    site: tuple[httpx.Client, str],
) -> None:
    client, _ = site
    page = client.get("/documents/tram", params={"q": TEXTS[2]})
    assert f'<mark id="passage">{TEXTS[2]}</mark>' in page.text
    for odd in ("", "  ", "\x00", '"><script>', "?" * 1000):
        answer = client.get("/documents/tram", params={"q": odd})
        assert answer.status_code == 200
        assert answer.text.count("<script") == 2  # its own
    assert client.get("/documents/tram", params={"q": "x" * 3000}).status_code == 422


def test_links_of_the_search_page_carry_its_query(site: tuple[httpx.Client, str]) -> None:
    links = re.findall(r'href="(/documents/tram\?[^"]+)"', site[0].get("/", params={"q": "tram pont"}).text)
    assert links
    assert all("q=tram+pont" in link for link in links)


def test_versions_and_neighbours_are_those_the_reader_may_see(site: tuple[httpx.Client, str]) -> None:
    client, key = site
    page = client.get("/documents/tram")
    assert {"tram-de", "voisin"} <= links(page)
    assert not {"tram-cache", "voisin-cache"} & links(page)
    assert "cache" not in page.text
    with signed_in(client, key) as member:
        assert {"tram-cache", "voisin-cache"} <= links(member.get("/documents/tram"))
    for path in ("/documents/voisin-cache", "/documents/voisin-cache?q=tram", "/documents/voisin-cache?version=1"):
        hidden, absent = client.get(path), client.get(path.replace("voisin-cache", "none"))
        assert hidden.status_code == absent.status_code == 404
        assert "Rhin" not in hidden.text


def test_a_text_in_another_language_says_so_and_offers_the_version_the_reader_reads(
    site: tuple[httpx.Client, str],
) -> None:
    client, key = site
    page = client.get("/documents/tram-de", headers={"Accept-Language": "fr"})
    assert "Ce texte est en allemand. Lire en français" in text_of(page)
    assert "Lire en anglais" not in text_of(page)
    assert "Ce texte est en" not in text_of(client.get("/documents/tram", headers={"Accept-Language": "fr"}))
    german = client.get("/documents/tram-de", headers={"Accept-Language": "de, fr"})
    assert "Dieser Text ist auf" not in german.text
    english = {"Accept-Language": "en"}
    assert "Read it in English" not in text_of(client.get("/documents/tram-de", headers=english))
    with signed_in(client, key) as member:
        assert "Read it in English" in text_of(member.get("/documents/tram-de", headers=english))


def test_a_document_names_what_it_replaces_and_what_replaces_it(site: tuple[httpx.Client, str]) -> None:
    client, _ = site
    assert "Il est remplacé par tram" in text_of(client.get("/documents/vieux"))
    assert "Remplace vieux" in text_of(client.get("/documents/suite"))


def test_it_offers_a_citation_of_the_passage_and_comparable_experiences(site: tuple[httpx.Client, str]) -> None:
    page = site[0].get("/documents/tram", params={"start": 0, "end": 5})
    cited = "A. Tester, « tram », p. 1. http://127.0.0.1:8000/documents/tram?start=0&end=5#passage (consulté le "
    assert cited in html.unescape(page.text).replace("\u00a0", " ")
    assert "/experiences?document=tram" in page.text
    assert "/experiences?document" not in site[0].get("/documents/vieux").text


def test_former_versions_are_listed_and_read_by_those_who_might_read_them(tmp_path: Path) -> None:
    first, second = prepared("note", "La règle est de trois ans."), prepared("note", "La règle est de cinq ans.")
    hidden = prepared("note", "Le secret est de deux ans.", audience=Audience.STAFF)
    engine = engine_over(tmp_path, [first])
    store = engine.store
    for version in (hidden, second):
        Indexer(store, HashEmbedder(), NoLexical()).put([version])
    parts = build_parts(Settings(index=IndexSettings(data=tmp_path)), OpenLibrary(OpenIndex(engine, store)))
    with served(create_app(parts)) as address, httpx.Client(base_url=address, timeout=30) as client:
        page = client.get("/documents/note")
        assert "cinq ans" in page.text
        (listed,) = set(re.findall(r'href="/documents/note\?version=(v[0-9a-f]{16})"', page.text))
        old = client.get(f"/documents/note?version={listed}")
        assert client.get("/documents/note?version=1").text.count("trois ans") == 1
        assert "trois ans" in old.text
        assert "Vous lisez une ancienne version" in text_of(old)
        assert datetime.now(UTC).strftime("%Y") in text_of(old)
        assert "cinq ans" in client.get("/documents/note?version=2").text  # the second of those the reader may see
        (secret,) = {version.key for version in store.versions("note", Access(Audience.STAFF))} - {
            version.key for version in store.versions("note", Access(Audience.PUBLIC))
        }
        for name in (3, 9, secret):
            assert client.get(f"/documents/note?version={name}").status_code == 404
        assert "secret" not in page.text + old.text


def test_a_passage_is_exported_to_a_reference_manager_for_those_who_may_see_it(site: tuple[httpx.Client, str]) -> None:
    client, key = site
    ris = client.get("/documents/tram/cite.ris?start=0&end=7")
    assert ris.headers["content-type"] == "application/x-research-info-systems"
    assert {"TI  - tram", "AU  - A. Tester", "N1  - Le tram", "SP  - 1", "ER  - "} <= set(ris.text.split("\r\n"))
    bib = client.get("/documents/tram/cite.bib")
    assert bib.text.startswith("@misc{tram,")
    assert "attachment" in bib.headers["content-disposition"]
    hidden, absent = (client.get(f"/documents/{name}/cite.ris") for name in ("voisin-cache", "none"))
    assert hidden.status_code == absent.status_code == 404
    with signed_in(client, key) as member:
        assert "TI  - voisin-cache" in member.get("/documents/voisin-cache/cite.ris").text


def test_a_reference_manager_reads_the_page(client: TestClient) -> None:
    shown = client.get("/documents/notes/teletravail").text
    tags = dict(re.findall(r'<meta name="(citation_\w+)" content="([^"]*)">', shown))
    assert tags["citation_title"] == "Télétravail et sécurité sociale"
    assert tags["citation_language"] == "fr"
    assert tags["citation_public_url"] == "http://testserver/documents/notes/teletravail"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d", tags["citation_publication_date"])
