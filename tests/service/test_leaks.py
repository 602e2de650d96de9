"""Nothing leaks: whatever a caller asks over HTTP, the answer is that of an index holding their documents alone.

Two services over the real engine: one holds a random corpus, the other only what the caller may see. Each
document bears a mark in everything it has (id, title, text, author, file); a mark of a hidden one must never be seen.
Scores may differ, for they rest on statistics of the whole collection; membership, counts, quotes and errors may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience
from service.auth.groups import Group
from service.wiring import key_store
from tests.accesses import GROUPS, accesses
from tests.service.asking_everything import NOT_QUERIES, STAFF_ONLY, SentRequest, comparable, requests, text_of
from tests.service.marked import ITEMS, WORDS, Item, made, mark, service_over
from tests.service.signing_in import sign_in

WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # each example is two indexes and 100 requests


@given(items=ITEMS, access=accesses, probe=st.integers(0, 9), word=st.sampled_from(WORDS))
@settings(max_examples=8, phases=WITHOUT_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_caller_receives_what_an_index_of_their_documents_alone_would_give(
    tmp_path_factory: pytest.TempPathFactory, items: list[Item], access: Access, probe: int, word: str
) -> None:
    originals: dict[str, bytes] = {}
    everything = [made(number, item, originals) for number, item in enumerate(items)]
    allowed = [prepared for prepared in everything if access.may_see(prepared.document.metadata)]
    hidden = [mark(n) for n, prepared in enumerate(everything) if not access.may_see(prepared.document.metadata)]
    ids = [f"d/{mark(n)}" for n in range(len(items))] + ["d/absent"]
    folders = [tmp_path_factory.mktemp(name) for name in ("all", "own")]
    with service_over(folders[0], everything, originals) as full, service_over(folders[1], allowed, originals) as own:
        for client in (full, own):
            if access.audience is not Audience.PUBLIC:
                keys = key_store(client.app.state.parts.settings)  # type: ignore[attr-defined]
                token = keys.add("x", access.audience, groups=access.groups)
                client.headers["Authorization"] = f"Bearer {token}"
                assert sign_in(client, token) == 303
        for client, known in ((full, GROUPS), (own, _known_to(access))):
            for group in known:
                client.app.state.parts.groups.write(Group(group, {"fr": f"zq{group}qz"}))  # type: ignore[attr-defined]
        hidden += [f"zq{group}qz" for group in GROUPS if group not in _known_to(access)]
        schema = full.get("/api/v1/openapi.json").json()
        if access.audience is not Audience.STAFF:
            for path in STAFF_ONLY:
                got, expected = (client.get(path) for client in (full, own))
                assert got.status_code == expected.status_code in {401, 403, 404}, path
                assert comparable(got) == comparable(expected), path
        for words, request in _each_once(
            schema, (word, mark(probe)), ids
        ):  # many have the word; the mark, a hidden one may
            got, expected = (client.request(request.method, request.path, json=request.body) for client in (full, own))
            assert got.status_code == expected.status_code < 500, request
            assert comparable(got) == comparable(expected), request
            text = text_of(got) + str(got.headers)
            seen = [name for name in hidden if name in text and name not in request.path and name != words]
            assert not seen, request


def _each_once(schema: dict[str, Any], queries: Sequence[str], ids: list[str]) -> Iterator[tuple[str, SentRequest]]:
    """Yield requests, each with the words it was made for; what does not hang on them comes once, with the first."""
    sent = {repr(request): (words, request) for words in reversed(queries) for request in requests(schema, words, ids)}
    yield from sent.values()


def _known_to(access: Access) -> frozenset[str]:
    """Return the groups that somebody may know of: members their own, staff all."""
    return frozenset(GROUPS) if access.audience is Audience.STAFF else access.groups


def test_an_error_says_the_same_of_what_is_hidden_and_what_is_absent(tmp_path: Path) -> None:
    originals: dict[str, bytes] = {}
    item = Item(["tram"], Audience.STAFF, (0, 0, 0))
    with service_over(tmp_path, [made(0, item, originals)], originals) as client:
        for path in ("/api/v1/documents/{}", "/api/v1/documents/{}/text", "/api/v1/documents/{}/file"):
            for ending in ("", "?start=0&end=999999", "?start=5&end=2"):
                hidden, absent = (
                    client.get(path.format(document_id) + ending) for document_id in (f"d/{mark(0)}", "d/none")
                )
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
        sent = list(requests(schema, "tram", [f"d/{mark(0)}"]))
        for path, operations in schema["paths"].items():
            if path.startswith(NOT_QUERIES) or "post" not in operations:
                continue
            matching = [request for request in sent if (request.method, request.path) == ("post", path)]
            assert matching, f"{path}: give its request an example, so that it is known to leak nothing"
            for request in matching:
                assert client.post(request.path, json=request.body).status_code < 400, request
        response = client.post("/api/v1/ask", json={"question": "tram"}).json()
        assert response["answered"], "an answerer that never answers leaks nothing, and shows nothing"
