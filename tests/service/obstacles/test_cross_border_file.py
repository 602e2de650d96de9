"""The file of Regulation (EU) 2025/925: its deadlines, what is in it and what never is, and whose it is."""

from __future__ import annotations

import io
import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience
from service.auth.scopes import Scope
from service.obstacles.cross_border_file import (
    CrossBorderFile,
    Deadline,
    DeadlineState,
    InitiatorKind,
    deadlines_of,
    months_after,
    next_deadline,
    not_member_states,
)
from service.obstacles.database import MIGRATIONS
from service.obstacles.editing import Editor
from service.obstacles.model import UnknownObstacle, WrongStep
from service.obstacles.store import Register
from service.web.translating import INTERFACE_LANGUAGES, Translator
from tests.databases import BOTH
from tests.service.obstacles.reports import ANNE, new_report
from tests.service.obstacles.site import SALT, Clock, Site, confirm, post_report
from tests.service.signing_in import sign_in, token_of

FILLED = {
    "initiator": "Communauté de communes <du Col> & Cie",
    "initiator_kind": "public",
    "contact": "direction@example.org",
    "interaction": "Déneigement commun du col.",
    "territory": "Les deux versants du col.\nAucun autre.",
    "provision": "Code des assurances, art. L. 211-1",
    "solution": "Une dérogation pour les engins de service public.",
    "submitted": "2026-01-12",
    "reply_due": None,
    "answered": None,
    "redress_until": None,
}


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        ("2026-01-12", 2, "2026-03-12"),
        ("2025-12-31", 2, "2026-03-02"),  # 28 February 2026 is a Saturday
        ("2027-12-31", 2, "2028-02-29"),  # a leap year, a Tuesday
        ("2028-02-29", 6, "2028-08-29"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-08-30", 6, "2027-03-01"),  # 28 February 2027 is a Sunday
        ("2026-10-30", 2, "2026-12-30"),
        ("2026-06-15", 2, "2026-08-17"),  # a Saturday
        ("2025-11-30", 2, "2026-01-30"),
    ],
)
def test_months_end_on_the_same_date_or_the_month_s_last_day_and_never_on_a_weekend(
    day: str, months: int, end: str
) -> None:
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(end)


@given(st.dates(date(2000, 1, 1), date(2150, 1, 1)), st.sampled_from([2, 6]))
def test_a_period_of_months_is_never_shorter_than_its_months_and_ends_on_a_weekday(day: date, months: int) -> None:
    end = months_after(day, months)
    assert end.weekday() < 5
    assert 28 * months <= (end - day).days <= 31 * months + 2
    assert months_after(day + timedelta(days=1), months) >= end


def states(file: CrossBorderFile, today: str) -> list[str]:
    return [str(deadline.state) for deadline in deadlines_of(file, date.fromisoformat(today))]


def test_each_deadline_is_counted_from_what_it_depends_on() -> None:
    assert states(CrossBorderFile(), "2026-01-01") == ["unknown"] * 3
    file = CrossBorderFile(submitted=date(2026, 1, 12))
    assert states(file, "2026-01-12") == ["open", "unknown", "unknown"]
    assert states(file, "2026-02-26") == states(file, "2026-03-12") == ["soon", "unknown", "unknown"]
    assert states(file, "2026-03-13") == ["over", "unknown", "unknown"]
    announced = CrossBorderFile(submitted=date(2026, 1, 12), reply_due=date(2026, 7, 1))
    assert states(announced, "2026-07-02") == ["over", "overdue", "unknown"]
    assert next_deadline(announced, date(2026, 7, 2)) == Deadline(
        "reply", "12(1)", date(2026, 7, 1), DeadlineState.OVERDUE
    )
    answered = CrossBorderFile(submitted=date(2026, 1, 12), answered=date(2026, 6, 30))
    assert states(answered, "2026-07-01") == ["done", "done", "open"]
    redress = next_deadline(answered, date(2026, 7, 1))
    assert redress
    assert (redress.article, redress.due) == ("12(1)(e)", date(2026, 12, 30))
    assert next_deadline(answered, date(2027, 1, 1)) is None


def test_national_law_s_time_limit_goes_before_the_six_months() -> None:
    file = CrossBorderFile(
        submitted=date(2026, 1, 12), answered=date(2026, 6, 30), redress_until=date(2026, 8, 29)
    )  # a Saturday: national law says itself when it ends
    assert deadlines_of(file, date(2026, 7, 1))[2].due == date(2026, 8, 29)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"submitted": "tomorrow"}, "years"),
        ({"submitted": "9999-12-31"}, "years"),
        ({"submitted": "0001-01-01"}, "years"),
        ({"answered": "2026-01-01"}, "order"),
        ({"submitted": "2026-01-02", "answered": "2026-01-01"}, "order"),
        ({"submitted": "2026-01-02", "reply_due": "2026-01-01"}, "order"),
        ({"submitted": "2026-01-02", "redress_until": "2026-02-01"}, "order"),
    ],
)
def test_dates_that_cannot_be_are_refused(values: dict[str, str], fault: str) -> None:
    with pytest.raises(WrongStep, match=f"obstacles.fault.{fault}"):
        CrossBorderFile.from_json(values)


@given(st.dictionaries(st.sampled_from(["initiator", "contact", "solution"]), st.text()))
def test_whatever_is_filled_in_is_kept_as_it_is_read(values: dict[str, str]) -> None:
    file = CrossBorderFile.from_json(values)
    assert CrossBorderFile.from_json(json.loads(json.dumps(file.as_json()))) == file
    assert "\x00" not in file.solution
    assert len(file.initiator) <= 300


def test_a_register_of_the_version_before_gains_the_files_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "obstacles.sqlite"
    with sqlite3.connect(path) as db:
        for step in MIGRATIONS[:2]:
            step(db)
        db.execute("PRAGMA user_version = 2")
        db.execute(
            "INSERT INTO obstacles (id, state, about, statement, created, changed)"
            " VALUES ('abc', 'confirmed', '{}', 'Neutre.', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')"
        )
    db.close()
    path.chmod(0o600)
    register = Register(path, Clock())
    assert register.obstacle("abc").statement == "Neutre."
    assert register.cross_border_file("abc") == CrossBorderFile()
    Editor(register, ANNE).fill_in("abc", CrossBorderFile(provision="Loi"))
    assert register.cross_border_files() == {"abc": CrossBorderFile(provision="Loi")}


@BOTH
def test_the_history_tells_which_fields_changed_and_not_what_stands_in_them(register: Register) -> None:
    name, editor = register.add(new_report("a")).obstacle_id, Editor(register, ANNE)
    editor.fill_in(name, CrossBorderFile.from_json(FILLED))
    editor.fill_in(name, CrossBorderFile.from_json(FILLED))  # changes nothing
    editor.fill_in(name, CrossBorderFile.from_json(FILLED | {"contact": "", "solution": "Autre."}))
    last, first = register.history(name)
    assert (last.what, last.by, last.details) == ("file", "Anne", {"fields": ["contact", "solution"]})
    assert "direction@example.org" not in json.dumps([dict(first.details), dict(last.details)])
    with pytest.raises(UnknownObstacle):
        editor.fill_in("none", CrossBorderFile())


@BOTH
def test_a_file_goes_with_its_obstacle_into_another_and_outlives_the_reports(register: Register) -> None:
    editor = Editor(register, ANNE)
    first = register.add(new_report("a", subject="key:1")).obstacle_id
    other = register.add(new_report("b", subject="key:1")).obstacle_id
    editor.fill_in(first, CrossBorderFile(provision="Loi"))
    editor.merge(first, other)
    assert register.cross_border_files() == {other: CrossBorderFile(provision="Loi")}
    register.erase("key:1")
    assert register.cross_border_file(other).provision == "Loi"
    third = register.add(new_report("c")).obstacle_id
    editor.fill_in(third, CrossBorderFile(provision="Autre"))
    editor.merge(third, other)  # both have one: the one that is kept keeps its own
    assert register.cross_border_files() == {other: CrossBorderFile(provision="Loi")}


def stated(site: Site, client: httpx.Client, **about: Any) -> str:
    post_report(client, SALT)
    return confirm(site, "Un engin <commun> n’est pas assuré.", **about)


def test_the_file_holds_what_staff_put_and_nobody_s_words(client: httpx.Client, site: Site) -> None:
    name = stated(site, client, borders=("ES-FR",), countries=("ES", "FR"), themes=("governance",))
    path, staff = f"/api/v1/staff/obstacles/{name}/file", site.bearer(Audience.STAFF)
    empty = client.get(path, headers=staff | {"Accept-Language": "en"}).json()
    assert {item["name"] for item in empty["items"] if item["is_stated"]} == {"obstacle", "classes", "borders"}
    assert {item["text"] for item in empty["items"] if not item["is_stated"]} == {"not stated"}
    filled = client.put(path, json=FILLED, headers=staff | {"Accept-Language": "de"}).json()
    assert filled["fields"] == FILLED
    texts = {item["name"]: item["text"] for item in filled["items"]}
    assert texts["initiator"] == "Communauté de communes <du Col> & Cie (Einrichtung öffentlichen Rechts)"
    assert texts["submitted"] == "12. Januar 2026"
    assert [(deadline["article"], deadline["due"]) for deadline in filled["deadlines"]] == [
        ("9(2)", "2026-03-12"),
        ("12(1)", None),
        ("12(1)(e)", None),
    ]
    word = client.get(path, params={"format": "docx", "lang": "fr"}, headers=staff)
    paragraphs = [paragraph.text for paragraph in Document(io.BytesIO(word.content)).paragraphs]
    assert (
        "Disposition législative ou administrative, ou pratique administrative, en cause (art. 3(1), 8)" in paragraphs
    )
    assert "Un engin <commun> n’est pas assuré." in paragraphs
    assert {"Les deux versants du col.", "Aucun autre.", "non renseigné"} <= set(paragraphs)
    assert word.headers["content-disposition"] == f'attachment; filename="obstacle-{name}.docx"'
    for text in (json.dumps(filled, ensure_ascii=False), "\n".join(paragraphs)):
        assert "saleuse" not in text
        assert "assureur" not in text


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_the_file_speaks_the_page_s_language(client: httpx.Client, site: Site, language: str) -> None:
    name = stated(site, client, borders=("CH-FR",), countries=("CH", "FR"))
    assert sign_in(client, site.key(Audience.STAFF)) == 303
    headers = {"Accept-Language": language}
    t = Translator(language)
    word = client.get(f"/staff/obstacles/{name}/file.docx", headers=headers)
    texts = [paragraph.text for paragraph in Document(io.BytesIO(word.content)).paragraphs]
    assert texts[0] == t("obstacles.file.title")
    assert t("obstacles.file.outside", countries=t.country("CH")) in texts
    assert t("obstacles.file.check") in texts
    answer = client.get(f"/staff/obstacles/{name}/file.json", headers=headers)
    assert answer.headers["content-language"] == answer.json()["language"] == language
    assert not [text for text in texts if "obstacles." in text]


def test_staff_fill_in_the_file_on_the_obstacle_s_page_and_see_what_is_due(client: httpx.Client, site: Site) -> None:
    name = stated(site, client)
    assert sign_in(client, site.key(Audience.STAFF)) == 303
    path = f"/staff/obstacles/{name}"
    form = {"token": token_of(client.get(path).text), "action": "file"}
    values = {key: value for key, value in FILLED.items() if value} | {"submitted": "2020-01-13"}
    refused = client.post(path, data=form | values | {"answered": "2020-01-12"})
    assert refused.status_code == 422
    assert "Une dérogation pour les engins" in refused.text  # what was typed is still there
    assert site.register.cross_border_file(name) == CrossBorderFile()
    assert client.post(path, data=form | values | {"reply_due": "2020-07-01"}).status_code == 303
    shown = client.get(path, headers={"Accept-Language": "en"}).text
    assert "Communauté de communes &lt;du Col&gt; &amp; Cie" in shown
    assert "<du Col>" not in shown
    assert "overdue" in shown
    assert "overdue" in client.get("/staff/obstacles", headers={"Accept-Language": "en"}).text
    kept = site.register.cross_border_file(name)
    assert (kept.initiator_kind, kept.submitted) == (InitiatorKind.PUBLIC, date(2020, 1, 13))
    log = "".join(file.read_text() for file in (site.folder / "audit").glob("*.jsonl"))
    assert '"obstacle file"' in log
    assert "direction@example.org" not in log
    assert client.get(f"{path}/file.odt").status_code == 404
    assert client.get("/staff/obstacles/none/file.docx").status_code == 404


def test_the_file_is_for_staff_with_a_key_for_it(client: httpx.Client, site: Site) -> None:
    name = stated(site, client)
    path = f"/api/v1/staff/obstacles/{name}/file"
    reading_only = site.bearer(Audience.STAFF, "r", scopes=[Scope.REPORT])
    for headers, status in (({}, 401), (site.bearer(Audience.MEMBER), 403), (reading_only, 403)):
        assert client.get(path, headers=headers).status_code in {status, 403}
        assert client.put(path, json=FILLED, headers=headers).status_code in {status, 403}
        assert "L. 211-1" not in client.get(f"/api/v1/obstacles/{name}", headers=headers).text
    for form in ("docx", "json"):
        assert client.get(f"/staff/obstacles/{name}/file.{form}").status_code == 404
    assert site.register.cross_border_files() == {}


def test_what_the_api_cannot_keep_is_refused_with_the_reason(client: httpx.Client, site: Site) -> None:
    path, staff = f"/api/v1/staff/obstacles/{stated(site, client)}/file", site.bearer(Audience.STAFF)
    late = client.put(path, json={"answered": "2026-01-01"}, headers=staff | {"Accept-Language": "en"})
    assert (late.status_code, late.json()["detail"][:26]) == (422, "These dates are not in ord")
    for values in ({"person": "x"}, {"initiator": "x" * 301}, {"submitted": 1}, {"solution": "\x00"}):
        assert client.put(path, json=values, headers=staff).status_code == 422
    missing = path.replace(path.split("/")[5], "none")
    assert client.put(missing, json={}, headers=staff).status_code == 404
    assert client.get(missing, headers=staff).status_code == 404


@pytest.mark.parametrize("day", ["0131-01-10", "1999-12-31", "2000-01-01", "2200-12-31", "2201-01-01", "9999-12-31"])
def test_the_schema_says_which_days_are_refused(day: str, client: httpx.Client, site: Site) -> None:
    path, staff = f"/api/v1/staff/obstacles/{stated(site, client)}/file", site.bearer(Audience.STAFF)
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    accepted = jsonschema_rs.is_valid(schemas["CrossBorderFileFields"]["properties"]["submitted"], day)
    assert client.put(path, json={"submitted": day}, headers=staff).status_code == (200 if accepted else 422)


def test_an_obstacle_without_reports_and_statement_still_has_a_name(client: httpx.Client, site: Site) -> None:
    post_report(client, SALT)
    name = site.only().id
    Editor(site.register, ANNE).fill_in(name, CrossBorderFile(provision="Loi"))
    site.register.withdraw([report.id for report in site.register.reports()])
    assert sign_in(client, site.key(Audience.STAFF)) == 303
    assert f">{name}</a>" in client.get("/staff/obstacles").text
    assert client.get(f"/staff/obstacles/{name}").status_code == 200


def test_countries_the_regulation_does_not_cover_are_told() -> None:
    assert not_member_states(("CH", "FR", "MC", "BE")) == ["CH", "MC"]
