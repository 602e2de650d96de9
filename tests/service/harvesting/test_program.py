"""Terms are judged and lists looked at in a child process: within its time, and whatever becomes of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from service.errors import InvalidField, LimitReached
from service.harvesting.program import HarvestProgram

TERMS = {"name": "actu", "format": "feed", "address": "https://exemple.org/rss"}


def test_terms_come_back_as_they_are_understood(tmp_path: Path) -> None:
    program = HarvestProgram(tmp_path)
    assert program.check({**TERMS, "kind": "news"})["kind"] == "news"
    with pytest.raises(InvalidField, match="expected 300 seconds or more") as refused:
        program.check({**TERMS, "every_s": 1})
    assert (refused.value.field, refused.value.rule) == ("every_s", "every_s")


def test_a_list_is_looked_at(tmp_path: Path, base: str) -> None:
    trial = HarvestProgram(tmp_path).look({"name": "actu", "address": f"{base}/feed", "delay_s": 0})
    assert (trial.format, trial.to_fetch, [entry.title for entry in trial.entries]) == ("feed", 2, ["tram", "pont"])


@pytest.mark.parametrize(
    ("source", "rule"), [("import time; time.sleep(60)", "slow"), ("import os; os.abort()", "failed")]
)
def test_a_child_that_hangs_or_dies_is_an_answer_too(tmp_path: Path, source: str, rule: str) -> None:
    program = HarvestProgram(tmp_path, (sys.executable, "-c", source), check_s=0.5, trial_s=0.5)
    with pytest.raises(LimitReached) as refused:
        program.look(TERMS)
    assert refused.value.rule == rule
