"""Several workers come to what one comes to: the same documents, decisions and report, whoever was quicker."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store.opening import open_store
from ingest.sync.assembly import Defaults
from ingest.sync.run import Options
from tests.databases import Postgresql
from tests.ingest.workers.teams import COUNTS, REMARKS, content, counts, do_run, ingest_with, team_of_threads
from tests.postgresql import Server

MakeSettings = Callable[[str], IndexSettings]


@pytest.fixture
def make_settings(postgresql: Server, tmp_path: Path) -> Iterator[MakeSettings]:
    """Return what makes the settings of a new, empty index."""
    databases = Postgresql(postgresql)

    def make(name: str) -> IndexSettings:
        (tmp_path / name).mkdir(exist_ok=True)
        return databases.settings(tmp_path / name)

    yield make
    databases.drop_databases()


WORDS = ["frontière", "santé", "travail", "école", "transport", "impôt", "accord", "hôpital", "commune", "région"]


def write(path: Path, text: str, age_s: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_600_000_000 + age_s,) * 2)


def write_sources(folder: Path, files: int, draw: random.Random) -> None:
    """Write files in which ids collide, texts repeat, something cannot be read, and some are long."""
    folder.mkdir(exist_ok=True)
    texts: list[str] = []
    for number in range(files):
        text = " ".join(draw.choices(WORDS, k=draw.choice((5, 60, 100, 900)))) + f" {draw.randrange(files)}."
        if texts and draw.random() < 0.3:
            text = draw.choice(texts)
        texts.append(text)
        name = (
            f"{draw.choice(('', 'a/', 'b/'))}note{draw.randrange(files)}{draw.choice(('.md', '.txt', '.xyz', '.html'))}"
        )
        front = draw.choice(
            ("", "", "audience: public\n", "audience: member\n", "audience: secret\n", f"id: x{number % 5}\n")
        )
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        write(path, f"---\n{front}---\n{text}\n" if front and name.endswith(".md") else text, number)
    (folder / "catalogue.csv").write_text("file,title\nnote1.txt,Du catalogue\nnowhere.md,Rien\n", encoding="utf-8")


def change_sources(folder: Path, draw: random.Random) -> None:
    for path in sorted(path for path in folder.rglob("note*") if path.is_file()):
        if draw.random() < 0.2:
            path.unlink()
        elif draw.random() < 0.3:
            write(path, " ".join(draw.choices(WORDS, k=90)), draw.randrange(1000))


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
