"""What is installed is pinned, to the file, and names no place it comes from."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_and_every_file_of_it_has_a_hash(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    stated = [line for line in lines if line.strip() and not line.startswith(("#", "--requirement requirements"))]
    assert stated
    pinned = re.compile(r"[A-Za-z0-9._-]+==\S+ (?:; [^#]*?)?(?: *--hash=sha256:[0-9a-f]{64})+")
    assert [line for line in stated if not pinned.fullmatch(line.strip())] == []


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile"])
def test_hashes_are_checked_wherever_a_lock_is_installed(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    text = text.replace("$(PIP) ", " ".join(re.findall(r"^PIP := .*$", text, re.MULTILINE)) + " ")
    installs = [line for line in text.splitlines() if re.search(r"pip install .*(?:--requirement|-r) ", line)]
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []


def test_no_lock_says_where_packages_come_from() -> None:
    for name in LOCKS:
        assert "://" not in (ROOT / name).read_text(encoding="utf-8"), name
