"""No way out is forgotten: each route is asked by the property test of `test_leaks`, or by a test named here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.client.client import Client
from starlette.testclient import TestClient

from index.documents import Audience
from service.auth.callers import Caller
from service.desk import Desk
from service.mcp.tools import mcp_server
from tests.service.asking_everything import STAFF_ONLY, _without_scores, requests
from tests.service.marked import ITEMS, WORDS, Item, made, mark, service_over
from tests.service.test_leaks import WITHOUT_SHRINKING

REGISTER = "obstacles/test_leaks.py::test_a_reader_gets_what_a_register_of_their_own_would_give"
SIGN_IN = "auth/test_scopes.py::test_no_form_is_taken_that_one_s_own_pages_did_not_make"
OPEN_ID = "auth/test_openid.py"
HELD_ELSEWHERE = {
    "GET /api/v1/obstacles": REGISTER,
    "GET /api/v1/obstacles/{obstacle_id}": REGISTER,
    "GET /obstacles/{obstacle_id}": REGISTER,
    "GET /obstacles/mine": REGISTER,
    "POST /obstacles/mine": REGISTER,
    "POST /obstacles/report": "obstacles/test_pages.py",
    "POST /obstacles/withdraw": "obstacles/test_pages.py",
    "POST /api/v1/obstacles": "obstacles/test_routes.py",
    "POST /staff/obstacles/{obstacle_id}": "obstacles/test_pages.py",
    "POST /api/v1/webhooks/discourse": "forum/test_routes.py",
    "POST /api/v1/threads": "forum/test_routes.py",
    "POST /api/v1/staff/uploads": "uploads/test_service.py::test_nobody_else_uploads_and_nobody_s_files_are_read_before",
    "POST /staff/upload": "uploads/test_service.py::test_nobody_else_uploads_and_nobody_s_files_are_read_before",
    "POST /staff/withdrawn": "withdrawals/test_withdrawals.py::test_only_staff_withdraw_and_others_are_not_told_what_there_is",
    "DELETE /api/v1/staff/withdrawn/{document_id:path}": (
        "withdrawals/test_withdrawals.py::test_only_staff_withdraw_and_others_are_not_told_what_there_is"
    ),
    "POST /staff/judging": "judging/test_judging.py::test_for_others_there_is_no_such_page",
    "POST /feedback": "journal/test_feedback.py::test_a_reader_votes_on_a_result_and_adds_a_word",
    "POST /journal": "journal/test_feedback.py::test_what_is_kept_is_said_and_a_choice_from_elsewhere_refused",
    "POST /signin": SIGN_IN,
    "POST /signout": SIGN_IN,
    "POST /signout/everywhere": SIGN_IN,
    "GET /signin/openid": OPEN_ID,
    "GET /signin/openid/callback": OPEN_ID,
}


def routes_of(app: FastAPI) -> list[str]:
    """Return "METHOD template" of every route, in the order in which they are tried; HEAD goes with GET."""
    return [
        f"{method} {one.path}"
        for one in iter_route_contexts(app.routes)
        for method in sorted({*(one.methods or {"GET"})} - {"HEAD"})
    ]


def fits(route: str, method: str, path: str) -> bool:
    wanted, _, template = route.partition(" ")
    pieces = re.split(r"(\{\w+(?::path)?\})", template)
    pattern = "".join(
        (".+" if one.endswith(":path}") else "[^/]+") if one.startswith("{") else re.escape(one) for one in pieces
    )
    if template == "/static":
        pattern = "/static/.+"
    return wanted == method and re.fullmatch(pattern, path) is not None


def test_every_route_is_asked_what_is_hidden_or_names_the_test_that_does(app: FastAPI) -> None:
    routes = routes_of(app)
    asked = [(one.method.upper(), one.path) for one in requests(app.openapi(), "tram", ["d/zq0qz"])]
    asked += [("GET", path) for path in STAFF_ONLY]
    reached = {
        next((route for route in routes if fits(route, method, path.partition("?")[0])), "") for method, path in asked
    }
    forgotten = [one for one in routes if one not in reached and one not in HELD_ELSEWHERE]
    assert not forgotten, f"have `requests` ask {forgotten}, or say in HELD_ELSEWHERE what holds them"
    assert not HELD_ELSEWHERE.keys() - {*routes}, "no such route any more"
    assert not HELD_ELSEWHERE.keys() & reached, "asked here too: take it from HELD_ELSEWHERE"


@pytest.mark.parametrize("named", sorted({*HELD_ELSEWHERE.values()}))
def test_what_is_said_to_hold_a_route_is_there(named: str) -> None:
    file, _, test = named.partition("::")
    said = (Path(__file__).parent / file).read_text("utf-8")
    assert f"def {test}(" in said or not test


def told_by_tools(desk: Desk, audience: Audience, words: str, ids: list[str]) -> list[Any]:
    """Return what each tool of the MCP server says to a caller of this audience."""

    async def who_calls(headers: object) -> Caller:
        return Caller("x", audience, "key:1")

    calls: list[tuple[str, dict[str, Any]]] = [("search", {"query": words, "k": 50}), ("ask", {"question": words})]
    calls += [("similar_experiences", {"situation": words, "k": 50})]
    calls += [("get_document", {"document_id": one}) for one in ids]

    async def talk() -> list[Any]:
        async with Client(mcp_server(desk, who_calls)) as client:
            return [await client.call_tool(name, said) for name, said in calls]

    return [
        [one.is_error, _without_scores(one.structured_content), "" if one.structured_content else one.content[0].text]
        for one in anyio.run(talk)
    ]


@given(items=ITEMS, audience=st.sampled_from(Audience), word=st.sampled_from(WORDS))
@settings(max_examples=3, phases=WITHOUT_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_assistant_is_told_what_an_index_of_its_caller_s_documents_alone_would_tell(
    tmp_path_factory: pytest.TempPathFactory, items: list[Item], audience: Audience, word: str
) -> None:
    originals: dict[str, bytes] = {}
    everything = [made(number, item, originals) for number, item in enumerate(items)]
    allowed = [one for one in everything if audience.may_see(one.document.metadata.audience)]
    ids = [f"d/{mark(number)}" for number in range(len(items))] + ["d/absent"]
    told = []
    for name, documents in (("all", everything), ("own", allowed)):
        client: TestClient = service_over(tmp_path_factory.mktemp(name), documents, originals)
        told.append(told_by_tools(client.app.state.desk, audience, word, ids))  # type: ignore[attr-defined]
    assert told[0] == told[1]
