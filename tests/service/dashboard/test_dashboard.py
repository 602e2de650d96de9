"""What staff see: queries and how they went, held to counting by hand; reports; and nobody else sees any of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.reasons import Reason, count_parts
from ingest.sync.report import Omission, Report
from service.app import Parts
from service.dashboard.activity import Activity, Days, journal_csv, percentile, read_activity
from service.dashboard.plots import lines, stacked_bars
from service.dashboard.reports import ingestion_runs, measured_sets
from service.journal.store import JournalStore, OpeningRecord, SearchRecord, TextTopics, VoteRecord
from tests.databases import Locate
from tests.service.signing_in import sign_in

LAST = date(2026, 11, 26)
DAYS = Days(LAST - timedelta(days=6), LAST)


def search(token: str, **fields: Any) -> SearchRecord:
    at = datetime.combine(LAST - timedelta(days=fields.pop("ago", 0)), datetime.min.time(), UTC)
    usual: dict[str, Any] = {
        **{"channel": "page", "kind": "search", "audience": "member", "query": "tram", "is_query_kept": False},
        **{"who": "", "filters": (), "shown": ("a", "b"), "answered": None, "took_ms": 10.0},
    }
    return SearchRecord(token=token, at=at, **(usual | fields))


def activity(locate: Locate, *records: Any) -> Activity:
    store = JournalStore(locate("journal.sqlite"), lambda text: TextTopics("fr", (f"theme/{text}",)))
    store.add(records)
    return read_activity(store, DAYS)


def vote(token: str, document_id: str, *, helped: bool, word: str = "") -> VoteRecord:
    return VoteRecord(token, document_id, datetime.combine(LAST, datetime.min.time(), UTC), helped, word, "member", "")


def test_searches_are_counted_by_day_and_those_of_other_days_are_not(locate: Locate) -> None:
    shown = activity(
        locate,
        search("a"),
        search("b", shown=()),
        search("c", ago=6),
        search("d", ago=7),
        search("e", ago=14),
    )
    assert (shown.searches, shown.unfound) == (3, 1)
    assert [(line.searches, line.unfound) for line in shown.by_day] == [(1, 0), *[(0, 0)] * 5, (2, 1)]


def test_words_are_listed_where_they_were_kept_and_concepts_always(locate: Locate) -> None:
    agreed = {"query": "Le  Tram", "is_query_kept": True}
    shown = activity(
        locate,
        search("a", **agreed),
        search("b", **agreed | {"query": "le tram"}),
        search("c", query="bus"),
        search("d", ago=8, **agreed),
        search("e", shown=(), query="bus"),
        search("f", shown=(), **agreed),
    )
    assert [(line.subject.words, line.count, line.before) for line in shown.frequent] == [("le tram", 3, 1)]
    assert ("theme/bus",) in [line.subject.concepts for line in shown.concepts]
    assert {(line.subject.words, line.subject.concepts) for line in shown.without_results} == {
        ("le tram", ()),
        ("", ("theme/bus",)),
    }
    assert shown.words_kept == 3


def test_silent_answers_are_questions_without_one(locate: Locate) -> None:
    shown = activity(
        locate, search("a", answered=False), search("b", answered=True, query="bus"), search("c", query="vélo")
    )
    assert (shown.questions, shown.answered) == (2, 1)
    assert [line.subject.concepts for line in shown.unanswered] == [("theme/tram",)]


def test_a_document_shown_often_and_never_opened_is_named_until_it_is_opened(locate: Locate) -> None:
    many = [search(str(number)) for number in range(3)]
    shown = activity(locate, *many, OpeningRecord("1", "a", datetime.now(UTC)))
    assert [(document.document_id, document.times) for document in shown.never_opened] == [("b", 3)]
    assert shown.opened == 1


def test_what_api_clients_are_shown_is_never_opened_here_and_says_nothing(locate: Locate) -> None:
    assert activity(locate, *[search(str(n), channel="api") for n in range(5)]).never_opened == ()


def test_complaints_name_what_did_not_help_and_how_it_was_put(locate: Locate) -> None:
    shown = activity(
        locate,
        search("a", answered=True, query="tram ?", is_query_kept=True),
        vote("a", "", helped=False, word="faux"),
        vote("a", "a", helped=True),
        vote("a", "b", helped=False),
    )
    assert (shown.helped, shown.not_helped) == (1, 2)
    complaints = {(vote.document_id, vote.word, vote.subject.words) for vote in shown.complaints}
    assert complaints == {("", "faux", "tram ?"), ("b", "", "tram ?")}


@given(st.lists(st.floats(0, 1e6), max_size=40), st.floats(0.01, 1))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    least = percentile(values, share)
    if not values:
        assert least is None
        return
    enough = [value for value in values if sum(other <= value for other in values) >= share * len(values) - 1e-9]
    assert least == min(enough)


def test_the_table_holds_words_only_with_consent_and_no_formula(locate: Locate) -> None:
    store = JournalStore(locate("journal.sqlite"))
    store.add([search("a"), search("b", query="=cmd|'/C calc'!A0", is_query_kept=True, who="digest")])
    rows = list(csv.DictReader(io.StringIO(journal_csv(store, DAYS))))
    assert [row["query"] for row in rows] == ["", "'=cmd|'/C calc'!A0"]
    assert "digest" not in journal_csv(store, DAYS)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=30))
def test_bars_stand_inside_the_plot_and_on_one_another(values: list[tuple[int, int]]) -> None:
    days = [LAST + timedelta(days=n) for n in range(len(values))]
    for bar in stacked_bars(days, values).bars:
        assert 0 <= bar.y <= bar.y + bar.height <= 176.2
        assert 44 <= bar.x <= bar.x + bar.width <= 720.1


def test_a_day_without_searches_leaves_a_gap_in_the_line() -> None:
    days = [LAST + timedelta(days=n) for n in range(4)]
    assert len(lines(days, [[1.0, 2.0, None, 3.0]]).lines) == 2


def test_a_search_of_a_moment_ago_stands_on_the_page_and_in_the_api(staff: TestClient, staff_key: str) -> None:
    staff.get("/?q=ambulance")
    page = staff.get("/staff").text
    assert "<dt>Recherches</dt><dd>1</dd>" in page
    assert "<svg" in page
    assert 'role="img"' in page
    headers = {"Authorization": f"Bearer {staff_key}"}
    answer = staff.get("/api/v1/staff/dashboard", headers=headers).json()
    assert (answer["searches"], answer["documents"], len(answer["days"])) == (1, 6, 30)
    assert staff.get("/staff/", follow_redirects=False).headers["location"] == "/staff"
    table = staff.get("/staff/journal.csv")
    assert table.headers["content-disposition"].startswith("attachment")
    assert len(table.text.splitlines()) == 2


@pytest.mark.parametrize(
    "query", ["first=x", "first=2026-02-02&last=2026-01-01", "first=2000-01-01&last=2026-01-01", "last=0001-01-02"]
)
def test_days_that_cannot_be_shown_are_refused(staff: TestClient, staff_key: str, query: str) -> None:
    headers = {"Authorization": f"Bearer {staff_key}"}
    assert staff.get(f"/staff?{query}").status_code == 422
    assert staff.get(f"/api/v1/staff/dashboard?{query}", headers=headers).status_code == 422


def test_ingestion_reports_name_every_failed_file_with_its_reason(staff: TestClient, parts: Parts) -> None:
    reports = parts.settings.index.data / "reports"
    reports.mkdir()
    report = {
        **{"sources": ["corpus"], "started": "2026-11-26T17:00:00+00:00", "seconds": 1.5, "unchanged": 3, "removed": 0},
        **{"new": 1, "changed": 0, "failures": [{"path": "corpus/a.pdf", "reason": "damaged <b>"}]},
        "left_out": [{"path": "corpus/b.html", "what": "2 columns", "where": "table 1", "why": "hidden <i>"}],
    }
    (reports / "ingest-20261126T170000Z.json").write_text(json.dumps(report))
    (reports / "ingest-20261126T160000Z.json").write_text("{cut off")
    assert len(ingestion_runs(parts.settings.index.data)) == 1
    for path in ("/staff", "/staff/reports/ingest-20261126T170000Z"):
        page = staff.get(path).text
        assert "corpus/a.pdf" in page
        assert "damaged &lt;b&gt;" in page
    assert "laissés de côté 1" in page
    for text in ("corpus/b.html", "2 columns", "table 1", "hidden &lt;i&gt;"):
        assert text in page
    for name in ("ingest-20261126T160000Z", "nothing", "..%2F..%2Fkeys", "ingest-20261126T170000Z.json"):
        assert staff.get(f"/staff/reports/{name}").status_code == 404


def test_the_reasons_of_a_report_are_said_in_the_language_of_the_page(
    staff: TestClient, parts: Parts, staff_key: str
) -> None:
    reason = Reason("damaged-file", kind="Word", detail="BadZipFile: <b>")
    report = Report(("corpus",), started="2026-11-26T17:00:00+00:00", unchanged=3)
    report.fail("corpus", "a.docx", reason)
    report.left_out.append(Omission("corpus/b.xlsx", count_parts("hidden column", 2), "Tarifs", Reason("hidden")))
    name = report.write(parts.settings.index.data).stem
    page = staff.get(f"/staff/reports/{name}?lang=de").text
    for text in ("beschädigte Word-Datei (BadZipFile: &lt;b&gt;).", "2 verborgene Spalten", "verborgen", "Tarifs"):
        assert f"{text}<" in page
    assert "damaged" not in page
    headers = {"Authorization": f"Bearer {staff_key}", "Accept-Language": "de"}
    (failure,) = staff.get("/api/v1/staff/dashboard", headers=headers).json()["last_ingestion"]["failures"]
    values = {"kind": "Word", "detail": "BadZipFile: <b>"}
    assert failure == {"path": "corpus/a.docx", "reason": str(reason), "code": "damaged-file", "values": values}


def test_evaluation_pages_are_shown_in_a_sandbox_and_the_newest_figures_stand_beside(
    staff: TestClient, parts: Parts
) -> None:
    runs = parts.settings.index.data / "eval" / "runs"
    runs.mkdir(parents=True)
    figure = {"mean": 0.71, "low": 0.67, "high": 0.74, "topics": 130}
    for number, mean in enumerate((0.5, 0.71)):
        run = {"set": "corpus-fr", "arm": "engine", "made": f"2026-11-2{number}T00:00:00+00:00"}
        summary = {"all": {"nDCG@10": figure | {"mean": mean}}}
        (runs / f"{number}.json").write_text(json.dumps(run | {"summary": summary}))
    (runs / "broken.json").write_text("{}")
    (runs.parent / "report.html").write_text("<script>alert(1)</script>")
    (runs.parent / "report-fr.html").write_text('<!doctype html>\n<html lang="fr">')
    assert [result.figures["nDCG@10"][0] for result in measured_sets(parts.settings.index.data)] == [0.71]
    page = staff.get("/staff").text
    assert "<strong>0.710</strong>" in page
    assert 'href="/staff/evaluations/report.html">report.html</a>' in page
    assert 'href="/staff/evaluations/report-fr.html">report-fr.html – ' in page
    answer = staff.get("/staff/evaluations/report.html")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    for name in ("nothing.html", "runs", "..%2Fkeys.sqlite", "%2e%2e"):
        assert staff.get(f"/staff/evaluations/{name}").status_code == 404


PAGES = ("/staff", "/staff/", "/staff/journal.csv", "/staff/reports/x", "/staff/evaluations/x.html", "/staff/upload")
API = ("dashboard", "journal.csv", "uploads", "withdrawn")


def test_for_members_and_the_public_none_of_it_exists(client: TestClient, member_key: str) -> None:
    for path in PAGES:
        assert client.get(path, follow_redirects=False).status_code in ((404, 308) if path.endswith("/") else (404,))
    sign_in(client, member_key)
    for path in PAGES:
        assert client.get(path).status_code == 404
    assert "/staff" not in client.get("/").text
    for name in API:
        assert client.get(f"/api/v1/staff/{name}").status_code == 401
        headers = {"Authorization": f"Bearer {member_key}"}
        assert client.get(f"/api/v1/staff/{name}", headers=headers).status_code == 403
