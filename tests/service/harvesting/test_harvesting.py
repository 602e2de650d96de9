"""Staff see every harvest, and add, change, pause, run and end their own; nobody else does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.clock import utc_today
from index.reasons import Reason, record_reason
from service.app import Parts
from service.harvesting.store import FOLDER, PLAN, HarvestPlan, Status
from tests.ingest.harvest.site import Site
from tests.service.signing_in import sign_in, token_of

API = "/api/v1/staff/harvests"
PAGE = "/staff/harvests"


@pytest.fixture
def data(parts: Parts) -> Path:
    return parts.settings.index.data


@pytest.fixture
def plan(data: Path) -> HarvestPlan:
    return HarvestPlan(data)


@pytest.fixture
def api(client: TestClient, staff_key: str) -> Callable[..., Any]:
    """Send a request as staff; return the answer."""

    def send(method: str, path: str = "", revision: int | None = None, **values: Any) -> Any:
        headers = {"Authorization": f"Bearer {staff_key}"}
        headers |= {"If-Match": str(revision)} if revision is not None else {}
        return client.request(method, f"{API}{path}", headers=headers, **values)

    return send


def add(api: Callable[..., Any], name: str = "actu", **terms: Any) -> dict[str, Any]:
    payload = {"name": name, "format": "feed", "address": "https://exemple.org/rss", **terms}
    answer = api("POST", json=payload)
    assert answer.status_code == 201, answer.text
    harvest: dict[str, Any] = answer.json()
    return harvest


def record(data: Path, folder: str, **values: Any) -> None:
    """Leave a record as the command does."""
    path = data / "harvests-state.json"
    known = json.loads(path.read_text())["harvests"] if path.exists() else {}
    entry = {"name": folder.rpartition("/")[2], "began": "2026-11-30T09:00:00.000+00:00", **values}
    path.write_text(json.dumps({"harvests": known | {folder: entry}}))


def form(page: str, **fields: str) -> dict[str, str]:
    """Return a form of a page as it is shown, with these fields filled in."""
    revision = re.search(r'name="revision" value="(\d+)"', page)
    usual = {"audience": "staff", "most": "500", "delay_s": "1", "every_minutes": "60"}
    return {"token": token_of(page), "revision": revision[1] if revision else "", **usual, **fields}


def actions(parts: Parts) -> list[tuple[str, str]]:
    lines = reversed(parts.audit.latest("harvests", 50))
    return [(str(line["action"]).removeprefix("harvests "), str(line["what"])) for line in lines]


def test_a_harvest_is_added_with_what_an_operator_s_plan_knows(api: Callable[..., Any], plan: HarvestPlan) -> None:
    terms: dict[str, Any] = {
        "only": "/pub/",
        "audience": "member",
        "groups": ["gt-sante"],
        "kind": "news",
        "language": "fr",
        "most": 9,
    }
    harvest = add(api, **terms, delay_s=2, every_s=7200)
    (planned,) = plan.all()
    assert planned.terms == harvest["terms"]
    assert {name: planned.terms[name] for name in terms} == terms
    assert (harvest["is_waiting"], harvest["is_own"], harvest["status"]) == (True, True, "active")


def test_terms_are_judged_by_the_code_that_reads_an_operator_s_plan(api: Callable[..., Any], plan: HarvestPlan) -> None:
    answer = api("POST", json={"format": "feed", "address": "https://exemple.org/rss", "only": "("})
    assert answer.status_code == 422
    assert "expected a regular expression" in answer.text
    for wrong in ({"address": "ftp://exemple.org"}, {"every_s": 10}, {"audience": "secret"}, {"colour": "red"}):
        payload = {"format": "feed", "address": "https://exemple.org/rss", **wrong}
        assert api("POST", json=payload).status_code == 422
    assert plan.all() == []


def test_a_harvest_without_a_name_is_called_after_its_site_and_no_name_is_given_twice(api: Callable[..., Any]) -> None:
    payload = {"format": "feed", "address": "https://www.exemple.org/rss"}
    assert [api("POST", json=payload).json()["name"] for _ in range(2)] == ["exemple-org", "exemple-org-2"]
    assert api("POST", json={**payload, "name": "exemple-org"}).status_code == 409


def test_a_list_is_looked_at_before_it_is_added_and_nothing_is_kept(
    api: Callable[..., Any], plan: HarvestPlan, site: Site, base: str
) -> None:
    trial = api("POST", "/try", json={"address": f"{base}/feed", "delay_s": 0}).json()
    assert (trial["format"], trial["listed"], trial["to_fetch"], trial["reason"]) == ("feed", 2, 2, "")
    assert [entry["title"] for entry in trial["entries"]] == ["tram", "pont"]
    assert set(site.requested) == {"/robots.txt", "/feed"}
    assert plan.all() == []


def test_an_address_of_the_internal_network_is_refused_in_words(
    api: Callable[..., Any], base: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSERELLE_HARVEST_ALLOW")
    trial = api("POST", "/try", json={"address": f"{base}/feed"}).json()
    assert "address of this network" in trial["reason"]
    assert site.requested == []


def test_a_form_without_a_format_has_it_detected_before_it_is_added(
    staff: TestClient, plan: HarvestPlan, base: str
) -> None:
    page = staff.get(PAGE).text
    tried = staff.post(PAGE, data=form(page, address=f"{base}/feed", format="", action="try", delay_s="0"))
    assert f"{base}/pont" in tried.text
    assert '<option value="feed" selected>' in tried.text
    assert plan.all() == []
    added = staff.post(PAGE, data=form(page, address=f"{base}/feed", format="", action="add", delay_s="0"))
    assert "le premier passage commence" in added.text
    assert [harvest.terms["format"] for harvest in plan.all()] == ["feed"]
    refused = staff.post(PAGE, data=form(page, address=f"{base}/absent", format="", action="add"))
    assert refused.status_code == 422
    assert "HTTP 404" in refused.text
    assert len(plan.all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "exemple.org"),
        ("name", "Été"),
        ("most", "beaucoup"),
        ("every_minutes", "1"),
        ("only", "("),
        ("groups", "GT!"),
    ],
)
def test_a_form_with_a_wrong_field_is_shown_again_as_it_was_filled_in(
    staff: TestClient, plan: HarvestPlan, field: str, value: str
) -> None:
    fields = {"address": "https://exemple.org/rss", "format": "feed", "action": "add", field: value}
    answer = staff.post(PAGE, data=form(staff.get(PAGE).text, **fields))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{value}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert plan.all() == []


def test_a_harvest_is_changed_paused_resumed_and_run_from_its_page(
    staff: TestClient, api: Callable[..., Any], plan: HarvestPlan, parts: Parts
) -> None:
    add(api, audience="public")
    path = f"{PAGE}/actu"
    fields = {
        "address": "https://exemple.org/autre",
        "format": "sitemap",
        "audience": "member",
        "every_minutes": "1440",
    }
    staff.post(path, data=form(staff.get(path).text, action="change", **fields))
    (planned,) = plan.all()
    assert (planned.terms["address"], planned.terms["audience"]) == ("https://exemple.org/autre", "member")
    assert planned.terms["every_s"] == 86_400
    for action, status in (("pause", Status.PAUSED), ("resume", Status.ACTIVE)):
        assert staff.post(path, data=form(staff.get(path).text, action=action)).status_code == 200
        assert plan.all()[0].status is status
    staff.post(path, data=form(staff.get(path).text, action="run"))
    assert plan.all()[0].requested
    assert actions(parts) == [(action, "actu") for action in ("add", "change", "pause", "resume", "run")]
    assert "audience: public → member" in staff.get(PAGE).text


def test_of_two_who_change_at_once_the_second_is_told(staff: TestClient, api: Callable[..., Any]) -> None:
    revision = add(api)["revision"]
    page = staff.get(f"{PAGE}/actu").text
    assert api("PATCH", "/actu", revision, json={"most": 7}).status_code == 200
    for action in ("change", "pause", "run"):
        fields = form(page, action=action, address="https://exemple.org/rss", format="feed")
        answer = staff.post(f"{PAGE}/actu", data=fields)
        assert answer.status_code == 412
        assert "Quelqu’un d’autre a changé ce moissonnage" in answer.text
    for method, path, payload in (("PATCH", "/actu", {}), ("POST", "/actu/run", None), ("DELETE", "/actu", None)):
        assert api(method, path, revision, json=payload).status_code == 412
    assert api("GET", "/actu").json()["terms"]["most"] == 7


def test_what_becomes_of_the_documents_has_to_be_chosen(
    staff: TestClient, api: Callable[..., Any], plan: HarvestPlan, parts: Parts
) -> None:
    add(api)
    path = f"{PAGE}/actu"
    yesterday = str(utc_today().replace(year=2020))
    for wrong in (
        {},
        {"documents": "remove"},
        {"documents": "until", "until": ""},
        {"documents": "until", "until": yesterday},
    ):
        assert staff.post(path, data=form(staff.get(path).text, action="end", **wrong)).status_code == 422
    assert plan.all()[0].status is Status.ACTIVE
    staff.post(path, data=form(staff.get(path).text, action="end", documents="until", until="2999-01-01"))
    assert (plan.all()[0].status, plan.all()[0].until) == (Status.ENDED, "2999-01-01")
    assert "1 janvier 2999" in staff.get(path).text
    staff.post(path, data=form(staff.get(path).text, action="resume"))
    assert (plan.all()[0].status, plan.all()[0].until) == (Status.ACTIVE, "")
    staff.post(path, data=form(staff.get(path).text, action="end", documents="remove", sure="yes"))
    assert plan.all()[0].until == utc_today().isoformat()
    assert "documents en cours de retrait" in staff.get(PAGE).text
    assert staff.post(path, data=form(staff.get(PAGE).text, action="resume")).status_code == 404
    assert actions(parts)[-3:] == [("end", "actu"), ("resume", "actu"), ("remove", "actu")]


def test_what_a_harvest_last_did_is_shown_with_every_failure_and_its_reason(
    staff: TestClient, api: Callable[..., Any], data: Path
) -> None:
    revision = add(api)["revision"]
    record(
        data,
        f"{FOLDER}/actu",
        revision=revision,
        ended="2026-11-30T09:01:00.000+00:00",
        fetched=12,
        unchanged=3,
        dropped=1,
        failed=1,
        failures=[{"path": "https://exemple.org/perdu", **record_reason(Reason("address-gone", status=404))}],
        unreadable=1,
        unread=[{"path": "https://exemple.org/a.pdf", "reason": "damaged PDF."}],
        documents=15,
        due=4_000_000_000.0,
    )
    last = api("GET", "/actu").json()["last"]
    assert (last["fetched"], last["gone"], last["next"]) == (12, 1, "2096-10-02T07:06+00:00")
    page = staff.get(f"{PAGE}/actu").text
    for text in (
        "Pris\u00a0: 12. Inchangés\u00a0: 3. Disparus\u00a0: 1.",
        "elle n’existe plus (HTTP 404).",
        "damaged PDF.",
        "2 octobre 2096",
    ):
        assert text in page
    assert "Pris\u00a0: 12" in staff.get(PAGE).text


def test_an_operator_s_harvest_is_shown_and_cannot_be_changed(
    staff: TestClient, api: Callable[..., Any], data: Path, tmp_path: Path
) -> None:
    usual: dict[str, Any] = {"path": "", "folder": str(tmp_path), "options": [], "at": "2026-11-30T09:00:00"}
    sources = [{**usual, "source": name, "environ": {}} for name in ("plan.toml", "later.toml", "corpus")]
    (data / "ingest-sources.json").write_text(json.dumps({"sources": sources}))
    terms = {"name": "voisin", "format": "oai", "address": "https://voisin.example/oai", "audience": "public"}
    record(data, "harvest/voisin", plan=str((tmp_path / "plan.toml").resolve()), terms=terms, ended="2026-11-30T09:01")
    record(data, "harvest/ancien", plan="/gone/plan.toml", terms=terms, ended="2026-11-30T09:01")
    listed = api("GET").json()
    assert [(harvest["name"], harvest["is_own"], harvest["plan"]) for harvest in listed["harvests"]] == [
        ("voisin", False, "plan.toml")
    ]
    assert listed["unrecorded"] == ["later.toml"]
    page = staff.get(f"{PAGE}/voisin").text
    assert "il ne se change pas ici" in page
    assert 'method="post" action="/staff/harvests' not in page
    assert api("PATCH", "/voisin", 0, json={"most": 1}).status_code == 404
    assert staff.post(f"{PAGE}/voisin", data=form(staff.get(PAGE).text, action="pause")).status_code == 404
    assert api("POST", json={"name": "voisin", "format": "feed", "address": "https://a.example/"}).status_code == 409


def test_a_list_of_harvests_that_cannot_be_read_is_said_and_stays_as_it_is(
    staff: TestClient, api: Callable[..., Any], data: Path
) -> None:
    (data / PLAN).write_text('{"revision": 3, "harv')
    assert staff.get(PAGE).status_code == 503
    assert "Restore it from a backup" in staff.get(PAGE).text
    assert api("POST", json={"format": "feed", "address": "https://a.example/"}).status_code == 503
    assert (data / PLAN).read_text() == '{"revision": 3, "harv'


def test_only_staff_see_harvests_and_change_them(
    client: TestClient, api: Callable[..., Any], plan: HarvestPlan, member_key: str
) -> None:
    add(api, address="https://secret.example/rss")
    sent = {"format": "feed", "address": "https://a.example/"}
    requests: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("POST", "", sent),
        ("POST", "/try", sent),
        ("GET", "/actu", None),
    ]
    requests += [("PATCH", "/actu", {"is_paused": True}), ("POST", "/actu/run", None), ("DELETE", "/actu", None)]
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {member_key}"}, 403)):
        for method, path, payload in requests:
            answer = client.request(method, f"{API}{path}", headers={**headers, "If-Match": "1"}, json=payload)
            assert answer.status_code == status
            assert "secret.example" not in answer.text
    sign_in(client, member_key)
    for path in (PAGE, f"{PAGE}/actu", f"{PAGE}/absent"):
        for method in ("GET", "POST"):
            assert client.request(method, path).status_code == 404
    assert [(harvest.name, harvest.revision) for harvest in plan.all()] == [("actu", 1)]


def test_no_form_of_another_page_is_taken(staff: TestClient, api: Callable[..., Any], plan: HarvestPlan) -> None:
    add(api)
    for path in (PAGE, f"{PAGE}/actu"):
        fields = {"token": "forged", "action": "pause", "revision": "1", "address": "https://a.example/"}
        assert staff.post(path, data=fields).status_code == 403
    assert plan.all()[0].status is Status.ACTIVE
