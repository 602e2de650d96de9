"""Unsolved threads like a situation: shown as unsolved, to those who may read them, and never as a case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Access, Audience, Kind
from index.store.small_files import file_at
from index.types import Filter
from service.app import create_app
from service.experiences.cases import find_cases
from service.experiences.situations import Situation
from service.experiences.unsolved import EMBEDDED_AT_ONCE, OpenThreads, find_unsolved
from service.forum.suggestions import Threshold
from service.library.concepts import NO_THESAURUS
from service.wiring import key_store
from tests.service.cases import SITUATION, case, index_of
from tests.service.conftest import make_parts
from tests.service.fakes import OpenLibrary, WordEmbedder

ASKED = "L'ambulance passe la frontière pour le secours : qui sait sous quelle convention ?"
NEAR = Threshold(floor=0.1)  # the fake embedder compares words
NOBODY = Access()
HERE = Situation(SITUATION, "fr", frozenset({"ES-FR"}))


def entry(name: str, audience: str = "public", **fields: Any) -> dict[str, Any]:
    known = {"forum": "mot", "id": name, "title": f"Fil {name}", "question": ASKED, "language": "fr", "groups": []}
    return known | {"audience": audience, "url": f"https://forum.example/t/{name}", "created": "2025-03-01"} | fields


def write(folder: Path, *entries: dict[str, Any]) -> OpenThreads:
    path = folder / "unsolved.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return OpenThreads(file_at(path))


def titles(index: Any, listed: OpenThreads, access: Access = NOBODY) -> list[str]:
    threads = find_unsolved(HERE, index, Filter.seen_by(access), listed, NEAR)
    return [thread.metadata.title for thread in threads]


def test_an_unsolved_thread_is_found_and_is_no_case(tmp_path: Path) -> None:
    index = index_of(
        case("ouvert", "ES-FR", text=ASKED, kind=Kind.FORUM_THREAD, solved=False),
        case("resolu", "DE-FR", text=ASKED, kind=Kind.FORUM_THREAD, solved=True),
    )
    assert titles(index, OpenThreads(file_at(tmp_path / "none"))) == ["ouvert"]
    cases = find_cases(replace(HERE, borders=frozenset()), 9, index, Filter(), NO_THESAURUS)
    assert [case.document.id for case in cases] == ["resolu"]


def test_a_problem_sheet_stands_with_the_unsolved_and_is_no_case(tmp_path: Path) -> None:
    problem = case("fiche", "DE-FR", text=ASKED, kind=Kind.PROBLEM_SHEET)
    index = index_of(problem, case("note", "DE-FR", text=ASKED, kind=Kind.LEGAL_NOTE))
    assert titles(index, OpenThreads(file_at(tmp_path / "none"))) == ["fiche"]
    assert find_cases(replace(HERE, borders=frozenset()), 9, index, Filter(), NO_THESAURUS) == []
    parts = replace(make_parts(tmp_path), library=OpenLibrary(index), threshold=NEAR)
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        page = client.get("/experiences", params={"q": SITUATION, "lang": "fr"}).text
        assert "Problème rencontré" in page.partition('class="unsolved"')[2]
        (problem_out,) = client.post("/api/v1/experiences", json={"situation": SITUATION}).json()["unsolved"]
        assert (problem_out["kind"], problem_out["document_id"]) == ("problem sheet", "fiche")


def test_a_thread_that_is_on_its_forum_alone_is_found_with_its_address(tmp_path: Path) -> None:
    listed = write(tmp_path, entry("a"), entry("fremd", question="Rien à voir du tout", title="Autre sujet"))
    (thread,) = find_unsolved(HERE, index_of(case("x", "DE-FR")), Filter(), listed, NEAR)
    assert (thread.document, thread.address) == (None, "https://forum.example/t/a")
    assert ASKED.startswith(thread.quote.text)


def test_only_who_may_read_a_thread_is_shown_it(tmp_path: Path) -> None:
    listed = write(tmp_path, entry("m", "member"), entry("g", "member", groups=["gt-sante"]), entry("s", "staff"))
    index = index_of(case("x", "DE-FR"))
    assert titles(index, listed) == []
    assert titles(index, listed, Access(Audience.MEMBER)) == ["Fil m"]
    assert set(titles(index, listed, Access(Audience.MEMBER, frozenset({"gt-sante"})))) == {"Fil m", "Fil g"}
    assert len(titles(index, listed, Access(Audience.STAFF))) == 3


def test_a_deleted_or_solved_thread_goes_with_the_list(tmp_path: Path) -> None:
    listed, index = write(tmp_path, entry("a"), entry("b", question=f"{ASKED} Ou sans ?")), index_of(case("x", "DE-FR"))
    assert set(titles(index, listed)) == {"Fil a", "Fil b"}
    write(tmp_path, entry("a"))
    assert titles(index, listed) == ["Fil a"]
    (tmp_path / "unsolved.jsonl").unlink()
    assert titles(index, listed) == []


def test_no_address_runs_a_script(tmp_path: Path) -> None:
    listed = write(tmp_path, entry("a", url="javascript:alert(1)"))
    (thread,) = find_unsolved(HERE, index_of(case("x", "DE-FR")), Filter(), listed, NEAR)
    assert thread.address == ""


def test_a_thread_is_embedded_once(tmp_path: Path) -> None:
    class Counting(WordEmbedder):
        calls = 0

        def embed_passages(self, texts: Any) -> Any:
            Counting.calls += len(texts)
            return super().embed_passages(texts)

    listed, embedder = write(tmp_path, entry("a"), entry("b", question="Autre chose")), Counting()
    for _ in range(2):
        assert listed.vectors(listed.seen_by(NOBODY), embedder).keys() == {"forum/mot/a", "forum/mot/b"}
    assert Counting.calls == 2


def test_of_a_long_list_a_request_waits_for_some_and_all_have_their_turn(tmp_path: Path) -> None:
    entries = [entry(str(number), question=f"Question {number}") for number in range(EMBEDDED_AT_ONCE + 5)]
    listed, embedder = write(tmp_path, *entries), WordEmbedder()
    threads = listed.seen_by(NOBODY)
    assert len(listed.vectors(threads, embedder)) == EMBEDDED_AT_ONCE
    assert len(listed.vectors(threads, embedder)) == len(entries)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, str]]:
    index = index_of(
        case("cas", "DE-FR"),
        case("fil", "BE-FR", text=ASKED, kind=Kind.FORUM_THREAD, solved=False, audience=Audience.MEMBER),
    )
    parts = replace(make_parts(tmp_path), library=OpenLibrary(index), threshold=NEAR)
    data = parts.settings.index.data
    data.mkdir(parents=True, exist_ok=True)
    write(data, entry("ailleurs"))
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        yield client, key_store(parts.settings).add("Marie", Audience.MEMBER)


def test_the_page_and_the_api_mark_them_as_unsolved(served: tuple[TestClient, str]) -> None:
    client, key = served
    page = client.get("/experiences", params={"q": SITUATION, "lang": "en"}).text
    before, _, after = page.partition('class="unsolved"')
    assert "cas" in before
    assert "Fil ailleurs" in after
    assert "Fil ailleurs" not in before
    assert "Unsolved" in after
    assert 'href="https://forum.example/t/ailleurs"' in after
    answer = client.post("/api/v1/experiences", json={"situation": SITUATION}).json()
    assert [case["document"]["id"] for case in answer["cases"]] == ["cas"]
    assert [thread["title"] for thread in answer["unsolved"]] == ["Fil ailleurs"]
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post("/api/v1/experiences", json={"situation": SITUATION}, headers=headers).json()
    assert {thread["document_id"] for thread in answer["unsolved"]} == {"fil", None}


def test_an_export_has_the_cases_then_the_unsolved_threads_marked(served: tuple[TestClient, str]) -> None:
    client, _ = served
    page = client.get("/experiences/export", params={"q": SITUATION, "format": "csv", "lang": "en"})
    assert page.headers["content-disposition"].startswith('attachment; filename="passerelle-experiences-')
    rows = [line.split('","') for line in page.text.removeprefix("\ufeff").splitlines()]
    assert rows[0][-1] == 'Unsolved"'
    assert [(row[1], row[-1]) for row in rows[1:]] == [("cas", '"'), ("Fil ailleurs", '×"')]
    body = {"situation": SITUATION, "format": "csv", "language": "en", "k": 8}
    assert client.post("/api/v1/experiences/export", json=body).text == page.text
    for suffix in ("docx", "odt", "ris", "bibtex"):
        assert client.get("/experiences/export", params={"q": SITUATION, "format": suffix}).status_code == 200
    assert client.get("/experiences/export", params={"format": "csv"}).status_code == 422
    assert client.get("/experiences/export", params={"q": SITUATION, "format": "xls"}).status_code == 422
    assert client.get("/experiences/export", params={"document": "none", "format": "csv"}).status_code == 404
