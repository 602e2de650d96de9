"""The command writes what harvests did and the service reads it; neither imports the other, so the file binds them."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

from index.reasons import Reason
from ingest.harvest import records as written_by
from ingest.harvest.trial import Trial as LookedAt
from ingest.sync.report import Remark
from service.harvesting import program
from service.harvesting import records as read_by


def test_the_service_reads_every_field_that_the_command_records(tmp_path: Path) -> None:
    busy = Remark("https://a.org/b", Reason("busy", host="a.org", status=503))
    records = written_by.Records(tmp_path)
    records.change("harvests/a", "a", fetched=3, due=12.5, failures=(busy,), unread=(busy,))
    assert [asdict(record) for record in read_by.read_records(tmp_path).values()] == [
        asdict(record) for record in records.all().values()
    ]
    (record,) = read_by.read_records(tmp_path).values()
    assert [tuple(remark) for remark in record.failures] == [tuple(busy)]


def test_a_look_at_a_list_has_the_same_fields_on_both_sides() -> None:
    of_command = {field.name for field in fields(LookedAt)} - {"harvest"} | {"format", "address"}
    assert {field.name for field in fields(program.Trial)} == of_command
