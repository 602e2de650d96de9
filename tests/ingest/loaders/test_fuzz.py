"""Whatever a damaged file does, the reader answers or refuses: no crash, no hang, nothing left behind in the parent."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.formats import FORMAT_OF_SUFFIX
from ingest.loaders.loaded_file import UnreadableFile
from ingest.sync.reader_process import ReaderProcess
from tests.conftest import ROOT, SHARED

QUICK, MANY = 100, 2_000
SECONDS = 20.0
LARGEST = 600_000  # bytes; larger files only take longer
SLOW = frozenset((".doc", ".ppt", ".xls"))  # through LibreOffice, five seconds a file


def real_files() -> list[Path]:
    """Return files of every format that the project and the folder beside it hold."""
    files = [path for root in (ROOT / "corpus/documents", SHARED / "files") for path in sorted(root.rglob("*.*"))]
    small = [path for path in files if path.is_file() and path.stat().st_size < LARGEST]
    by_suffix: dict[str, list[Path]] = {}
    for path in small:
        if path.suffix.lower() in FORMAT_OF_SUFFIX:
            by_suffix.setdefault(path.suffix, []).append(path)
    return [path for paths in by_suffix.values() for path in paths[:: max(1, len(paths) // 12)]]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one to four of the accidents that files meet."""
    made = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) or 1)
        size = chance.choice((1, 4, 64, 1024))
        kind = chance.randrange(6)
        if kind == 0:
            del made[at:]  # cut off
        elif kind == 1:
            made[at : at + size] = chance.randbytes(size)
        elif kind == 2:
            del made[at : at + size]
        elif kind == 3:
            made[at:at] = made[at : at + size] * chance.choice((2, 50))
        elif kind == 4:
            for index in range(at, min(at + size, len(made)), 7):
                made[index] ^= 1 << chance.randrange(8)
        else:
            made[at : at + size] = b"9" * len(made[at : at + size])  # lengths and offsets out of bounds
    return bytes(made)


def damaged_files(folder: Path, count: int, seed: int) -> Iterator[Path]:
    chance = random.Random(seed)
    originals = real_files()
    for number in range(count):
        original = chance.choice(originals)
        suffix = chance.choice((original.suffix, original.suffix, original.suffix, ".pdf", ".docx", ".html", ".txt"))
        path = folder / f"{number}{suffix}"
        path.write_bytes(mutated(original.read_bytes(), chance))
        yield path
        path.unlink()


def resident_bytes() -> int:
    """Return the memory this process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def children() -> set[str]:
    return set(Path("/proc/self/task").glob("*/children").__next__().read_text().split())


def bear(folder: Path, count: int, seed: int) -> None:
    """Read `count` damaged files; fail on a crash, on one that outlasts the limit, on memory or processes left."""
    if not Path("/proc/self/status").is_file():
        pytest.skip("memory and processes are counted in /proc")
    before_children = children()
    with ReaderProcess(seconds=SECONDS) as reader:
        held, read = 0, 0
        for number, path in enumerate(damaged_files(folder, count, seed)):
            started, outcome = time.monotonic(), "read"
            try:
                loaded = reader.read(path)
                read += 1
                assert all("\x00" not in section.text for section in loaded.sections)
            except UnreadableFile as error:
                outcome = str(error)
            assert outcome
            assert "its reader crashed" not in outcome, f"{seed}/{number} {path.suffix}: {outcome}"
            assert time.monotonic() - started < 2 * SECONDS + 10, f"{seed}/{number}: {path.name}"
            if number == min(50, count // 2):
                held = resident_bytes()
        assert read > 0
        assert resident_bytes() - held < 64 << 20
    assert children() <= before_children


def test_a_hundred_damaged_files_harm_nobody(tmp_path: Path) -> None:
    bear(tmp_path, QUICK, seed=7)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_two_thousand_damaged_files_harm_nobody(tmp_path: Path, seed: int) -> None:
    bear(tmp_path, MANY // 4, seed=1000 + seed)
