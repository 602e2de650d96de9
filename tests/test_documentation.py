"""What the documents promise has its test: every test that docs/security.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SECURITY = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[^`]+)`")


def section(title: str) -> str:
    """Return the text below a heading, up to the next of its rank."""
    text = SECURITY.read_text(encoding="utf-8").split(f"\n## {title}\n", 1)[1]
    return text.split("\n## ", 1)[0]


def rows(text: str) -> list[str]:
    """Return the rows of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    heads = {number for number, line in enumerate(lines) if line.startswith("|---")}
    return [line for number, line in enumerate(lines) if not {number, number + 1} & heads]


@pytest.mark.parametrize("title", ["Threat model", "What each test holds"])
def test_every_line_that_promises_something_names_its_test(title: str) -> None:
    lines = rows(section(title))
    assert len(lines) >= 10
    for line in lines:
        assert NAMED.search(line), f"names no test: {line}"


@pytest.mark.parametrize("named", sorted(set(NAMED.findall(SECURITY.read_text(encoding="utf-8")))))
def test_every_test_that_the_security_document_names_is_there(named: str) -> None:
    path, _, function = named.partition("::")
    assert (ROOT / path).is_file(), f"{named}: docs/security.md names a test that is not there"
    assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8") or not function, named
    assert "def test_" in (ROOT / path).read_text(encoding="utf-8"), f"{named}: holds no test"
