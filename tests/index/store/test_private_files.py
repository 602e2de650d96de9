"""What the commands write, and what former ones wrote, is for the user who runs them alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.store.private_files import keep_private
from tests.conftest import ROOT

# Only the start of each command: `keep_private` sets the umask of a whole process.
COMMANDS = {
    "ingest": [sys.executable, "-m", "ingest", "no-such-folder"],
    "service": [sys.executable, "-m", "service", "keys", "add", "--audience", "staff", "--name", "Anne"],
}


def open_to_others(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.stat().st_mode & 0o077)


def run_in(data: Path, *command: str) -> None:
    environ = {**os.environ, "PASSERELLE_DATA": str(data), "PASSERELLE_READER": "none", "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=data.parent, env=environ, capture_output=True, umask=0o022, timeout=120, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_former_commands_left_readable_is_closed_at_the_start_of_each(name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for folder in ("originals", "lexical", "reports", "models"):
        (data / folder).mkdir(parents=True, mode=0o755)
    for file in ("passerelle.sqlite", "ingest-report.json", "unsolved.jsonl", "originals/a", "models/m"):
        (data / file).touch(mode=0o644)
    run_in(data, *COMMANDS[name])
    assert open_to_others(data) == ["models", "models/m", "originals/a"]  # the last is in a folder that is closed
    assert (data / "originals").stat().st_mode & 0o777 == 0o700


def test_what_a_run_writes_is_for_its_user_alone(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from index.store.private_files import keep_private;"
        "from index.store.store import Store; from ingest.sync.report import Report; data = Path(sys.argv[1]);"
        "keep_private(data); store = Store(data / 'passerelle.sqlite', data=data, create=True);"
        "store.keep_original(open('/etc/hostname', 'rb'));"
        "Report().write(data); (data / 'lexical').mkdir(); (data / 'lexical' / 'x').write_text('x')"
    )
    data = tmp_path / "data"
    run_in(data, sys.executable, "-c", program, str(data))
    assert {"passerelle.sqlite", "originals", "reports", "lexical"} <= {path.name for path in data.iterdir()}
    assert open_to_others(tmp_path) == []


def test_a_folder_that_is_there_keeps_its_mode_and_a_link_is_not_followed(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        other, data = tmp_path / "other.json", tmp_path / "shared"
        other.touch(mode=0o644)
        data.mkdir(mode=0o755)
        (data / "link.json").symlink_to(other)
        keep_private(data)
        assert (data.stat().st_mode & 0o777, other.stat().st_mode & 0o777) == (0o755, 0o644)
    finally:
        os.umask(before)
