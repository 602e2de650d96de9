"""The report of a run says what was done, to people and to programs."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from ingest.sync.report import Remark, Report


def test_the_report_is_written_for_people_and_for_programs(tmp_path: Path) -> None:
    report = Report(
        ("corpus",), new=2, unchanged=1, without_audience=2, failures=[Remark("corpus/a.pdf", "encrypted.")]
    )
    text = report.write(tmp_path)
    assert "FAILED: corpus/a.pdf: encrypted." in text.read_text(encoding="utf-8")
    latest = json.loads((tmp_path / "ingest-report.json").read_text(encoding="utf-8"))
    assert latest["failures"] == [{"path": "corpus/a.pdf", "reason": "encrypted."}]
    assert (latest["read"], latest["failed"], latest["exit_code"], latest["unsaid"]) == (2, 1, 1, 2)
    assert datetime.fromisoformat(latest["started"]).tzinfo is not None
    assert text.with_suffix(".json").is_file()
