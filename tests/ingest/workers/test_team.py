"""Several workers come to what one comes to: the same documents, decisions and report, whoever was quicker."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest

from index.store.opening import open_store
from ingest.sync.assembly import Defaults
from ingest.sync.run import Options
from tests.ingest.workers.sources import change_sources, write_sources
from tests.ingest.workers.teams import (
    COUNTS,
    REMARKS,
    MakeSettings,
    content,
    counts,
    do_run,
    ingest_with,
    team_of_threads,
)


@pytest.mark.parametrize("seed", range(2))
def test_several_workers_come_to_what_one_comes_to(seed: int, make_settings: MakeSettings, tmp_path: Path) -> None:
    draw, folder, options = random.Random(seed), tmp_path / "sources", Options(Defaults(), include_hidden=seed % 2 == 0)
    write_sources(folder, 24, draw)
    one, several = make_settings("one"), make_settings("several")
    kinds_of_news: set[str] = set()
    for _ in range(3):
        report = do_run(one, folder, options)
        team = team_of_threads(several, folder, 3, options)
        assert counts(ingest_with(team, folder)) == counts(report)
        with closing(open_store(one)) as expected, closing(open_store(several)) as store:
            assert content(store) == content(expected)
            assert store.database.connection.execute("SELECT count(*) FROM reading_queue").fetchone() == (0,)
        kinds_of_news |= {name for name in (*COUNTS, *REMARKS) if getattr(report, name)}
        change_sources(folder, draw)
    assert {"new", "changed", "unchanged", "removed", "failures", "duplicates", "without_audience"} <= kinds_of_news
