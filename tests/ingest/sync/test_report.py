"""The report of a run says what was done, to people and to programs."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from index.reasons import Reason, count_parts
from ingest.sync.report import Omission, Remark, Report


def test_the_report_is_written_for_people_and_for_programs(tmp_path: Path) -> None:
    report = Report(
        ("corpus",), new=2, unchanged=1, without_audience=2, failures=[Remark("corpus/a.pdf", Reason("sealed-mail"))]
    )
    text = report.write(tmp_path)
    assert f"FAILED: corpus/a.pdf: {Reason('sealed-mail')}" in text.read_text(encoding="utf-8")
    latest = json.loads((tmp_path / "ingest-report.json").read_text(encoding="utf-8"))
    assert latest["failures"] == [
        {"path": "corpus/a.pdf", "reason": str(Reason("sealed-mail")), "code": "sealed-mail", "values": {}}
    ]
    assert (latest["read"], latest["failed"], latest["exit_code"], latest["unsaid"]) == (2, 1, 1, 2)
    assert datetime.fromisoformat(latest["started"]).tzinfo is not None
    assert text.with_suffix(".json").is_file()


def test_a_report_comes_back_from_what_programs_read_and_another_is_added() -> None:
    omission = Omission("corpus/a.xlsx", count_parts("hidden column", 2), "sheet Tarifs", Reason("hidden"))
    remark = Remark("corpus/a.pdf", Reason("sealed-mail"))
    report = Report(("corpus",), new=2, embedded=3, without_audience=1, seconds=1.5, warnings=[remark])
    report.add(Report(new=1, removed=4, without_audience=1, failures=[remark], left_out=[omission]))
    assert (report.new, report.removed, report.without_audience, report.embedded) == (3, 4, 2, 3)
    assert (report.warnings, report.failures, report.left_out) == ([remark], [remark], [omission])
    assert Report.from_json(report.as_json()) == report


def test_what_was_left_out_is_counted_and_listed_with_its_reason(tmp_path: Path) -> None:
    omission = Omission("corpus/a.xlsx", count_parts("hidden column", 2), "sheet Tarifs", Reason("hidden"))
    other = Omission("corpus/b.html", count_parts("hidden part", 1), "", Reason("hidden-on-page"))
    report = Report(("corpus",), new=2, left_out=[omission, other])
    text = report.write(tmp_path)
    lines = text.read_text(encoding="utf-8").splitlines()
    assert "Left out: 2 parts of 2 files, each named below" in lines
    assert "left out: corpus/a.xlsx: 2 hidden columns in sheet Tarifs: hidden" in lines
    assert "left out: corpus/b.html: 1 hidden part: hidden on the page" in lines
    written = json.loads(text.with_suffix(".json").read_text(encoding="utf-8"))
    assert written["left_out"][0] == {
        "path": "corpus/a.xlsx",
        "what": "2 hidden columns",
        "where": "sheet Tarifs",
        "why": "hidden",
        "messages": {"what": {"code": "hidden-column", "values": {"n": 2}}, "why": {"code": "hidden", "values": {}}},
    }
    assert report.exit_code == 0
