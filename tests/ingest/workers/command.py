"""A command with several workers, in a process of its own: arguments are its database, data folder, source, workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from index.settings import IndexSettings
from ingest.sync.report import Report
from tests.conftest import ROOT
from tests.ingest.workers.teams import ingest_with, team_of


def start(settings: IndexSettings, folder: Path, size: int) -> subprocess.Popen[str]:
    """Start a command, which writes a line when it has a session."""
    arguments = [settings.database, str(settings.data), str(folder), str(size)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ingest.workers.command", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def report_of(process: subprocess.Popen[str]) -> Report:
    """Return what a command that is left alone reports."""
    output, _ = process.communicate()
    assert process.returncode == 0
    return Report.from_json(output)


def main(database: str, data: str, folder: str, size: str) -> None:
    team = team_of(IndexSettings(data=Path(data), database=database), Path(folder), int(size), most_tries=10_000)
    print("ready", flush=True)  # noqa: T201
    print(ingest_with(team, Path(folder)).as_json(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
