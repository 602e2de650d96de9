"""No route is forgotten: each is requested by the property test of `test_leaks`, or by a test named here."""

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

from index.documents import Access
from service.app import Parts, components
from service.auth.callers import Caller
from service.mcp.tools import mcp_server
from tests.accesses import accesses
from tests.service.asking_everything import STAFF_ONLY, _without_scores, requests
from tests.service.marked import ITEMS, WORDS, Item, made, mark, service_over
from tests.service.test_leaks import WITHOUT_SHRINKING

REGISTER = "obstacles/test_leaks.py::test_a_reader_gets_what_a_register_of_their_own_would_give"
CROSS_BORDER_FILE = "obstacles/test_cross_border_file.py::test_the_file_is_for_staff_with_a_key_for_it"
SIGN_IN = "auth/test_scopes.py::test_no_form_is_taken_that_one_s_own_pages_did_not_make"
OPEN_ID = "auth/test_openid.py"
UPLOADS = "uploads/test_service.py::test_nobody_else_uploads_and_nobody_s_files_are_read_before"
CORRECTIONS = "corrections/test_corrections.py::test_only_staff_correct_and_others_are_not_told_what_there_is"
READ_AGAIN = "ingestion/test_pages.py::test_only_staff_see_what_is_read_and_have_it_read_again"
WITHDRAWALS = "withdrawals/test_withdrawals.py::test_only_staff_withdraw_and_others_are_not_told_what_there_is"
DOSSIERS = "dossiers/test_leaks.py::test_a_reader_gets_what_a_dossier_without_the_rest_would_give"
DOSSIER_CHANGES = "dossiers/test_routes.py::test_of_somebody_else_s_dossier_nothing_is_told"
DOSSIER_PAGES = "dossiers/test_pages.py::test_no_form_of_another_page_is_taken_and_nobody_s_dossier_changed"
DOSSIER = "/api/v1/dossiers/{dossier_id}"
ALERTS = "alerts/test_routes.py::test_alerts_are_their_owner_s_and_nobody_else_s"
ALERT_PAGES = "alerts/test_pages.py::test_nobody_changes_somebody_else_s_alert"
ALERT_LINKS = "alerts/test_pages.py::test_links_of_mails_change_nothing_when_a_program_looks_at_them"
KEYS = "keys/test_keys.py::test_no_key_of_a_lesser_audience_or_scope_manages_keys"
NEWSLETTER = "newsletter/test_routes.py::test_letters_are_for_staff_alone"
NEWSLETTER_PAGES = "newsletter/test_pages.py::test_others_are_shown_no_such_page_and_no_form_from_elsewhere_is_taken"
LETTER = "/api/v1/staff/newsletters/{letter_id}"
SUBSCRIBING = (
    "newsletter/test_pages.py::test_a_reader_subscribes_confirms_and_leaves_by_links_that_reading_alone_does_not_act_on"
)
THESAURUS = "thesaurus/test_thesaurus.py::test_nobody_else_sees_or_changes_it"
HARVESTS = "harvesting/test_harvesting.py::test_only_staff_see_harvests_and_change_them"
GROUPS = "groups/test_groups.py::test_only_staff_who_manage_keys_see_or_change_groups"
HELD_ELSEWHERE = {
    "POST /api/v1/staff/groups": GROUPS,
    "PATCH /api/v1/staff/groups/{group_id}": GROUPS,
    "DELETE /api/v1/staff/groups/{group_id}": GROUPS,
    "PUT /api/v1/staff/groups/{group_id}/keys/{key_id}": GROUPS,
    "DELETE /api/v1/staff/groups/{group_id}/keys/{key_id}": GROUPS,
    "POST /staff/groups": GROUPS,
    "POST /staff/groups/{group_id}": GROUPS,
    "POST /api/v1/staff/harvests": HARVESTS,
    "POST /api/v1/staff/harvests/try": HARVESTS,
    "PATCH /api/v1/staff/harvests/{name}": HARVESTS,
    "DELETE /api/v1/staff/harvests/{name}": HARVESTS,
    "POST /api/v1/staff/harvests/{name}/run": HARVESTS,
    "POST /staff/harvests": HARVESTS,
    "POST /staff/harvests/{name}": HARVESTS,
    "POST /api/v1/staff/thesaurus/labels": THESAURUS,
    "DELETE /api/v1/staff/thesaurus/labels": THESAURUS,
    "POST /api/v1/staff/thesaurus/concepts": THESAURUS,
    "DELETE /api/v1/staff/thesaurus/concepts": THESAURUS,
    "POST /api/v1/staff/thesaurus/broader": THESAURUS,
    "DELETE /api/v1/staff/thesaurus/broader": THESAURUS,
    "POST /staff/thesaurus": THESAURUS,
    "POST /api/v1/staff/keys": KEYS,
    "PATCH /api/v1/staff/keys/{key_id}": KEYS,
    "DELETE /api/v1/staff/keys/{key_id}": KEYS,
    "POST /staff/keys": KEYS,
    "POST /staff/keys/{key_id}": KEYS,
    "POST /api/v1/staff/newsletters": NEWSLETTER,
    f"GET {LETTER}": NEWSLETTER,
    f"PATCH {LETTER}": NEWSLETTER,
    f"DELETE {LETTER}": NEWSLETTER,
    f"POST {LETTER}/refresh": NEWSLETTER,
    f"GET {LETTER}/export": NEWSLETTER,
    f"POST {LETTER}/test": NEWSLETTER,
    f"POST {LETTER}/send": NEWSLETTER,
    "POST /staff/newsletters": NEWSLETTER_PAGES,
    "POST /staff/newsletters/{letter_id}": NEWSLETTER_PAGES,
    "GET /staff/newsletters/{letter_id}/letter.{form}": NEWSLETTER_PAGES,
    "GET /staff/newsletters/{letter_id}/send": NEWSLETTER_PAGES,
    "POST /staff/newsletters/{letter_id}/send": NEWSLETTER_PAGES,
    "POST /newsletter": SUBSCRIBING,
    "POST /newsletter/mine": "newsletter/test_pages.py::test_a_member_ends_their_own_subscription_and_nobody_else_s",
    "POST /newsletter/confirm": SUBSCRIBING,
    "POST /newsletter/unsubscribe": SUBSCRIBING,
    "GET /api/v1/dossiers": DOSSIERS,
    "POST /api/v1/dossiers": "dossiers/test_routes.py",
    f"GET {DOSSIER}": DOSSIERS,
    f"PATCH {DOSSIER}": DOSSIER_CHANGES,
    f"DELETE {DOSSIER}": DOSSIER_CHANGES,
    f"POST {DOSSIER}/items": DOSSIER_CHANGES,
    f"PATCH {DOSSIER}/items/{{item_id}}": DOSSIER_CHANGES,
    f"DELETE {DOSSIER}/items/{{item_id}}": DOSSIER_CHANGES,
    f"PATCH {DOSSIER}/order": DOSSIER_CHANGES,
    f"POST {DOSSIER}/shares": DOSSIER_CHANGES,
    f"DELETE {DOSSIER}/shares/{{share_id}}": DOSSIER_CHANGES,
    f"GET {DOSSIER}/export": DOSSIERS,
    "GET /api/v1/shared": DOSSIERS,
    "GET /api/v1/shared/export": DOSSIERS,
    "POST /dossiers": DOSSIER_PAGES,
    "POST /dossiers/add": DOSSIER_PAGES,
    "GET /dossiers/{dossier_id}": DOSSIERS,
    "POST /dossiers/{dossier_id}": DOSSIER_PAGES,
    "POST /dossiers/{dossier_id}/export": DOSSIERS,
    "GET /shared": DOSSIERS,
    "GET /shared/export": DOSSIERS,
    "GET /api/v1/alerts": ALERTS,
    "POST /api/v1/alerts": ALERTS,
    "PATCH /api/v1/alerts/{alert_id}": ALERTS,
    "DELETE /api/v1/alerts/{alert_id}": ALERTS,
    "POST /api/v1/alerts/{alert_id}/feed": ALERTS,
    "DELETE /api/v1/alerts/{alert_id}/feed": ALERTS,
    "POST /alerts/new": "alerts/test_pages.py",
    "POST /alerts/{alert_id}": ALERT_PAGES,
    "POST /alerts/confirm": ALERT_LINKS,
    "POST /alerts/unsubscribe": ALERT_LINKS,
    "GET /api/v1/obstacles": REGISTER,
    "GET /api/v1/obstacles/{obstacle_id}": REGISTER,
    "GET /obstacles/{obstacle_id}": REGISTER,
    "GET /obstacles/mine": REGISTER,
    "POST /obstacles/mine": REGISTER,
    "POST /obstacles/report": "obstacles/test_pages.py",
    "POST /obstacles/withdraw": "obstacles/test_pages.py",
    "POST /api/v1/obstacles": "obstacles/test_routes.py",
    "POST /staff/obstacles/{obstacle_id}": "obstacles/test_pages.py",
    "GET /api/v1/staff/obstacles/{obstacle_id}/file": CROSS_BORDER_FILE,
    "PUT /api/v1/staff/obstacles/{obstacle_id}/file": CROSS_BORDER_FILE,
    "GET /staff/obstacles/{obstacle_id}/file.{form}": CROSS_BORDER_FILE,
    "POST /api/v1/webhooks/discourse": "forum/test_routes.py",
    "POST /api/v1/threads": "forum/test_routes.py",
    "POST /api/v1/staff/uploads": UPLOADS,
    "POST /staff/upload": UPLOADS,
    "POST /api/v1/staff/ingestion": READ_AGAIN,
    "POST /staff/ingestion": READ_AGAIN,
    "GET /api/v1/staff/corrections/{document_id:path}": CORRECTIONS,
    "PATCH /api/v1/staff/corrections/{document_id:path}": CORRECTIONS,
    "DELETE /api/v1/staff/corrections/{document_id:path}": CORRECTIONS,
    "GET /staff/corrections/{document_id:path}": CORRECTIONS,
    "POST /staff/corrections/{document_id:path}": CORRECTIONS,
    "POST /staff/withdrawn": WITHDRAWALS,
    "DELETE /api/v1/staff/withdrawn/{document_id:path}": WITHDRAWALS,
    "POST /staff/judging": "judging/test_judging.py::test_for_others_there_is_no_such_page",
    "POST /feedback": "journal/test_feedback.py::test_a_reader_votes_on_a_result_and_adds_a_word",
    "POST /journal": "journal/test_feedback.py::test_what_is_kept_is_said_and_a_choice_from_elsewhere_refused",
    "POST /api/v1/translate": "translation/test_translation.py::test_a_document_one_may_not_see_is_absent_and_not_sent",
    "POST /translate": "translation/test_translation.py::test_a_reader_sees_no_translation_of_what_they_may_not_read",
    "POST /signin": SIGN_IN,
    "POST /signout": SIGN_IN,
    "POST /signout/session": "signin/test_pages.py",
    "POST /signout/everywhere": SIGN_IN,
    "POST /signin/openid/logout": "auth/test_logout.py",
    "GET /signin/openid": OPEN_ID,
    "GET /signin/openid/callback": OPEN_ID,
}


def routes_of(app: FastAPI) -> list[str]:
    """Return "METHOD template" of every route, in the order in which they are tried; HEAD goes with GET."""
    return [
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in sorted({*(route.methods or {"GET"})} - {"HEAD"})
    ]


def fits(route: str, method: str, path: str) -> bool:
    expected, _, template = route.partition(" ")
    pieces = re.split(r"(\{\w+(?::path)?\})", template)
    pattern = "".join(
        (".+" if piece.endswith(":path}") else "[^/]+") if piece.startswith("{") else re.escape(piece)
        for piece in pieces
    )
    if template == "/static":
        pattern = "/static/.+"
    return expected == method and re.fullmatch(pattern, path) is not None


def test_every_route_is_asked_what_is_hidden_or_names_the_test_that_does(app: FastAPI) -> None:
    routes = routes_of(app)
    sent = [(request.method.upper(), request.path) for request in requests(app.openapi(), "tram", ["d/zq0qz"])]
    sent += [("GET", path) for path in STAFF_ONLY]
    reached = {
        next((route for route in routes if fits(route, method, path.partition("?")[0])), "") for method, path in sent
    }
    forgotten = [route for route in routes if route not in reached and route not in HELD_ELSEWHERE]
    assert not forgotten, f"have `requests` ask {forgotten}, or say in HELD_ELSEWHERE what holds them"
    assert not HELD_ELSEWHERE.keys() - {*routes}, "no such route any more"
    assert not HELD_ELSEWHERE.keys() & reached, "asked here too: take it from HELD_ELSEWHERE"


@pytest.mark.parametrize("named", sorted({*HELD_ELSEWHERE.values()}))
def test_what_is_said_to_hold_a_route_is_there(named: str) -> None:
    file, _, test = named.partition("::")
    source = (Path(__file__).parent / file).read_text("utf-8")
    assert f"def {test}(" in source or not test


def tool_results(parts: Parts, access: Access, words: str, ids: list[str]) -> list[Any]:
    """Return what each tool of the MCP server says to a caller of this access."""

    async def get_caller(headers: object) -> Caller:
        return Caller("x", access.audience, "key:1", groups=access.groups)

    calls: list[tuple[str, dict[str, Any]]] = [("search", {"query": words, "k": 50}), ("ask", {"question": words})]
    calls += [("similar_experiences", {"situation": words, "k": 50})]
    for tool in ("get_document", "document_overview", "document_timeline"):
        calls += [(tool, {"document_id": document_id}) for document_id in ids]
    calls += [("compare", {"question": words}), *(("compare", {"document_ids": [document_id]}) for document_id in ids)]
    calls += [("list_dossiers", {}), ("get_dossier", {"dossier_id": "absent"})]

    async def talk() -> list[Any]:
        async with Client(mcp_server(components(parts), get_caller)) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return [
        [
            result.is_error,
            _without_scores(result.structured_content),
            "" if result.structured_content else result.content[0].text,
        ]
        for result in anyio.run(talk)
    ]


@given(items=ITEMS, access=accesses, word=st.sampled_from(WORDS))
@settings(max_examples=3, phases=WITHOUT_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_assistant_is_told_what_an_index_of_its_caller_s_documents_alone_would_tell(
    tmp_path_factory: pytest.TempPathFactory, items: list[Item], access: Access, word: str
) -> None:
    originals: dict[str, bytes] = {}
    everything = [made(number, item, originals) for number, item in enumerate(items)]
    allowed = [prepared for prepared in everything if access.may_see(prepared.document.metadata)]
    ids = [f"d/{mark(number)}" for number in range(len(items))] + ["d/absent"]
    results = []
    for name, documents in (("all", everything), ("own", allowed)):
        client: TestClient = service_over(tmp_path_factory.mktemp(name), documents, originals)
        results.append(tool_results(client.app.state.parts, access, word, ids))  # type: ignore[attr-defined]
    assert results[0] == results[1]
