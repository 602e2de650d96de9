"""Nothing leaks: whatever a caller asks over HTTP, the answer is that of an index holding their documents alone.

Two services over the real engine: one holds a random corpus, the other only what the caller's audience may see. Each
document bears a mark in everything it has (id, title, text, author, file); a mark of a hidden one must never be seen.
Scores may differ, for they rest on statistics of the whole collection; membership, counts, quotes and errors may not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.settings import IndexSettings
from index.update import Prepared
from service.answering.evidence import AnswerModel, Linear
from service.app import create_app
from service.library import OpenIndex, OpenLibrary
from service.pictures.page_images import PageImages, Wanted
from service.settings import Settings
from service.wiring import answerer, desk, key_store
from tests.index.test_engine import engine_over
from tests.service.signing_in import sign_in

WORDS = ("gare", "tram", "hôpital", "douane", "école", "fleuve", "impôt", "ambulance")
EAGER = AnswerModel(  # answers whenever it can, so that much could leak
    "words", Linear({"near": 1.0}), Linear({}, bias=5.0)
)
LOOSE = re.compile(r"score|took_ms|confidence|strength|created|chatcmpl")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)?|chatcmpl-\w+")
TOKEN = re.compile(r'name="(?:token|search)" value="[^"]*"|(?:from|again)=[\w-]{12}')  # drawn anew for each page


@dataclass(frozen=True)
class Asked:
    """One request, the same to both services."""

    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Item:
    """What is drawn of a document; `related` are numbers of others."""

    words: list[str]
    audience: Audience
    related: tuple[int, int, int]


ITEMS = st.lists(
    st.builds(
        Item,
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
        st.sampled_from(Audience),
        st.tuples(*[st.integers(0, 9)] * 3),
    ),
    min_size=1,
    max_size=8,
)


def mark(number: int) -> str:
    return f"zq{number}qz"


def made(number: int, item: Item, originals: dict[str, bytes]) -> Prepared:
    said, content = mark(number), f"%PDF of {mark(number)}".encode()
    name = f"{number:064x}"
    originals[name] = content
    replaces, replaced_by, translation = (f"d/{mark(one)}" for one in item.related)
    document = Document.from_sections(
        f"d/{said}",
        [
            SectionText("p. 1", f"La note {said} parle longuement de {' et de '.join(item.words)} ici.", said, "fr"),
            SectionText("p. 2", f"La réponse {said} est que {' et '.join(item.words)} sont bien là.", "", "fr"),
        ],
        Metadata(
            f"Titre {said}",
            Kind.FORUM_THREAD if number % 2 else Kind.STUDY,
            item.audience,
            "fr",
            borders=(f"{'ABCDEFGHIJ'[number]}X-FR",),
            themes=("transport", "health")[: number % 3],
            published=date(2000 + number, 1, 1),
            author=said,
            notice=said,
            replaces=replaces,
            replaced_by=replaced_by,
            translation_of=translation,
            solved=True if number % 2 else None,
        ),
        source="/s",
        path=f"{said}.pdf",
        original=name,
    )
    passages = [
        Passage(document.id, one.start, one.end, document.text[one.start : one.end], one.label, "fr", document.id)
        for one in document.sections
    ]
    return Prepared(document, passages)


class FileAsPicture(PageImages):
    """Gives a file's own bytes for each of its pages, so that the pictures of hidden ones would be seen."""

    def _ask(self, asked: Wanted, path: Path) -> tuple[dict[str, Any], bytes]:
        return {"pages": 1, "width": 1, "height": 1, "boxes": []}, path.read_bytes()


def service_over(folder: Path, documents: list[Prepared], originals: dict[str, bytes]) -> TestClient:
    engine = engine_over(folder, documents)
    for one in documents:
        path = engine.store.original(one.document.original)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(originals[one.document.original])
    index = OpenIndex(engine, engine.store)
    parts = desk(Settings(index=IndexSettings(data=folder), public_url="http://testserver"), OpenLibrary(index))
    parts = replace(parts, answerer=lambda index, within: answerer(index, within, EAGER), page_images=FileAsPicture())
    return TestClient(create_app(parts), raise_server_exceptions=False)


def with_words(example: Any, words: str) -> Any:
    """Return a schema's example asking for these words, and filtered by nothing."""
    free = {"query", "question", "title", "body", "text", "situation", "content"}
    if isinstance(example, dict):
        kept = {key: value for key, value in example.items() if key != "filters"}
        return {
            key: words if key in free and isinstance(value, str) else with_words(value, words)
            for key, value in kept.items()
        }
    return [with_words(one, words) for one in example] if isinstance(example, list) else example


EXAMPLES = {"ChatRequest": {"model": "passerelle", "messages": [{"role": "user", "content": "…"}]}}


def bodies(schema: dict[str, Any], operation: dict[str, Any], words: str) -> Iterator[dict[str, Any]]:
    """Yield the examples of an operation's request, made to ask for these words."""
    said = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = said.get("$ref", "").rpartition("/")[2]
    named = schema["components"]["schemas"].get(name, {})
    for example in named.get("examples", [EXAMPLES[name]] if name in EXAMPLES else []):
        body = with_words(example, words)
        yield body | ({"k": 100} if "k" in named["properties"] else {})


WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # each example is two indexes and 100 requests
# Operations that take what is no query. `HELD_ELSEWHERE` of `test_leaks_routes` says what holds them.
NOT_QUERIES = ("/api/v1/obstacles", "/api/v1/threads", "/api/v1/webhooks/", "/api/v1/staff/")
PLAIN = (  # pages and answers that hang on no document, and must not
    *("/health", "/ready", "/api/v1/health", "/api/v1/ready", "/api/v1/openapi.json", "/signin"),
    *("/journal", "/obstacles", "/obstacles/report", "/obstacles/follow", "/obstacles/feed.atom", "/sitemap.xml"),
    *("/feed.atom", "/robots.txt", "/forum-suggest.js", "/static/passerelle.css"),
)
STAFF_ONLY = (  # for others they do not exist, whatever there is
    *(
        "/metrics",
        "/staff",
        "/staff/",
        "/staff/journal.csv",
        "/staff/upload",
        "/staff/withdrawn",
        "/staff/obstacles",
        "/staff/judging",
    ),
    *("/staff/obstacles/export.csv", "/staff/obstacles/0123456789", "/staff/reports/a", "/staff/evaluations/a"),
    *("/api/v1/staff/dashboard", "/api/v1/staff/journal.csv", "/api/v1/staff/uploads", "/api/v1/staff/withdrawn"),
    "/api/v1/staff/obstacles/export?format=csv",
)


def requests(schema: dict[str, Any], words: str, ids: list[str]) -> Iterator[Asked]:
    """Yield something to ask of every operation there is, and of every page."""
    for path, operations in schema["paths"].items():
        if path.startswith(NOT_QUERIES):
            continue
        for method, operation in operations.items():
            for body in bodies(schema, operation, words) if method == "post" else [None]:
                for one in ids if "{" in path else [""]:
                    yield Asked(method, re.sub(r"\{\w+\}", one, path), body)
    for one in ids:
        yield from (Asked("get", f"/documents/{one}"), Asked("get", f"/files/{one}"))
        yield from (Asked("get", f"/documents/{one}?q={words}"), Asked("get", f"/documents/{one}?version=1"))
        yield from (Asked("get", f"/{at}/{one}/pages/1") for at in ("documents", "api/v1/documents"))
        yield Asked("get", f"/documents/{one}/pages/1.png?start=0&end=9")
    yield from (Asked("get", f"/?q={words}+{words}+{words}+?&superseded=1"), Asked("get", "/"))
    yield from (Asked("get", f"{path}?q={words}&format=csv") for path in ("/export", "/api/v1/search/export"))
    yield Asked("get", f"/experiences?q={words}+{words}")
    yield from (Asked("get", f"/experiences?document={one}") for one in ids)
    yield from (Asked("get", f"/documents/{one}/cite.{form}") for one in ids for form in ("bib", "ris"))
    yield from (Asked("get", path) for path in PLAIN)
    yield from (
        Asked(method, f"/oai?verb={verb}")
        for method in ("get", "post")
        for verb in ("ListRecords&metadataPrefix=oai_dc", "ListIdentifiers&metadataPrefix=oai_dc", "ListSets")
    )


def comparable(answer: Any) -> Any:
    """Return what must be equal: everything but scores and times, in no order."""
    if answer.headers["content-type"].partition(";")[0] in {"application/json", "application/problem+json"}:
        return _without_scores(answer.json())
    text = TOKEN.sub("", TIMES.sub("", answer.content.decode("utf-8", "replace")))
    return sorted(text.splitlines())


def _without_scores(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_scores(one) for key, one in value.items() if not LOOSE.search(key)}
    if isinstance(value, list):
        return sorted((_without_scores(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    return TIMES.sub("", value) if isinstance(value, str) else value


@given(items=ITEMS, audience=st.sampled_from(Audience), probe=st.integers(0, 9), word=st.sampled_from(WORDS))
@settings(max_examples=8, phases=WITHOUT_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_caller_receives_what_an_index_of_their_documents_alone_would_give(
    tmp_path_factory: pytest.TempPathFactory, items: list[Item], audience: Audience, probe: int, word: str
) -> None:
    originals: dict[str, bytes] = {}
    everything = [made(number, item, originals) for number, item in enumerate(items)]
    allowed = [one for one in everything if audience.may_see(one.document.metadata.audience)]
    hidden = [mark(n) for n, one in enumerate(items) if not audience.may_see(one.audience)]
    ids = [f"d/{mark(n)}" for n in range(len(items))] + ["d/absent"]
    folders = [tmp_path_factory.mktemp(name) for name in ("all", "own")]
    with service_over(folders[0], everything, originals) as full, service_over(folders[1], allowed, originals) as own:
        for client in (full, own):
            if audience is not Audience.PUBLIC:
                token = key_store(client.app.state.desk.settings).add("x", audience)  # type: ignore[attr-defined]
                client.headers["Authorization"] = f"Bearer {token}"
                assert sign_in(client, token) == 303
        schema = full.get("/api/v1/openapi.json").json()
        if audience is not Audience.STAFF:
            for path in STAFF_ONLY:
                got, expected = (one.get(path) for one in (full, own))
                assert got.status_code == expected.status_code in {401, 403, 404}, path
                assert comparable(got) == comparable(expected), path
        for words in (word, mark(probe)):  # a word many have, and one that only a hidden document may have
            for asked in requests(schema, words, ids):
                got, expected = (one.request(asked.method, asked.path, json=asked.body) for one in (full, own))
                assert got.status_code == expected.status_code < 500, asked
                assert comparable(got) == comparable(expected), asked
                said = got.text + str(got.headers)
                seen = [one for one in hidden if one in said and one not in asked.path and one != words]
                assert not seen, asked


def test_an_error_says_the_same_of_what_is_hidden_and_what_is_absent(tmp_path: Path) -> None:
    originals: dict[str, bytes] = {}
    item = Item(["tram"], Audience.STAFF, (0, 0, 0))
    with service_over(tmp_path, [made(0, item, originals)], originals) as client:
        for path in ("/api/v1/documents/{}", "/api/v1/documents/{}/text", "/api/v1/documents/{}/file"):
            for ending in ("", "?start=0&end=999999", "?start=5&end=2"):
                hidden, absent = (client.get(path.format(one) + ending) for one in (f"d/{mark(0)}", "d/none"))
                assert hidden.status_code == absent.status_code == 404
                assert hidden.content == absent.content
                different = {"x-request-id", "date"}
                assert [
                    [(name, value) for name, value in answer.headers.items() if name not in different]
                    for answer in (hidden, absent)
                ] == [[(name, value) for name, value in absent.headers.items() if name not in different]] * 2


def test_every_operation_that_takes_a_body_is_asked_something(tmp_path: Path) -> None:
    originals: dict[str, bytes] = {}
    with service_over(tmp_path, [made(0, Item(["tram"], Audience.PUBLIC, (0, 0, 0)), originals)], originals) as client:
        schema = client.get("/api/v1/openapi.json").json()
        asked = list(requests(schema, "tram", [f"d/{mark(0)}"]))
        for path, operations in schema["paths"].items():
            if path.startswith(NOT_QUERIES) or "post" not in operations:
                continue
            said = [one for one in asked if (one.method, one.path) == ("post", path)]
            assert said, f"{path}: give its request an example, so that it is known to leak nothing"
            for one in said:
                assert client.post(one.path, json=one.body).status_code < 400, one
        found = client.post("/api/v1/ask", json={"question": "tram"}).json()
        assert found["answered"], "an answerer that never answers leaks nothing, and shows nothing"
