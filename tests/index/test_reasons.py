"""Every reason the program gives has an English text, and the text says the values it is given and no others."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from index.reasons import TEXTS, Part, Reason, count_parts, describe

ROOT = Path(__file__).parents[2]


def reasons_in_the_source() -> Iterator[tuple[str, str, set[str] | None]]:
    """Yield where each reason is made, its code, and the names of its values, None where they come as a mapping."""
    for path in sorted(path for package in ("index", "ingest", "service") for path in (ROOT / package).rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "from index.reasons import" not in source and path.name != "reasons.py":
            continue
        tree = ast.parse(source)
        assigned = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "Reason":
                continue
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            names = {keyword.arg for keyword in call.keywords}
            code = call.args[0]
            for text in _codes_of(assigned.get(code.id, code) if isinstance(code, ast.Name) else code):
                yield where, text, None if None in names else {name for name in names if name}


def _codes_of(code: ast.expr) -> list[str]:
    """Return the codes an expression can have; those that count parts are of `Part`."""
    if isinstance(code, ast.IfExp):
        return _codes_of(code.body) + _codes_of(code.orelse)
    if isinstance(code, ast.Call):
        return [count_parts(part, 1).code for part in get_args(Part)]
    assert isinstance(code, ast.Constant), f"no code that can be looked up: {ast.unparse(code)}"
    return [str(code.value)]


def names_in(text: str | tuple[str, str]) -> set[str]:
    texts = (text,) if isinstance(text, str) else text
    return {name for text in texts for name in re.findall(r"%\((\w+)\)s", text)}


def test_every_reason_has_a_text_that_says_its_values() -> None:
    for where, code, names in reasons_in_the_source():
        assert code in TEXTS, f"{where}: {code} has no text"
        counted = set() if isinstance(TEXTS[code], str) else {"n"}
        assert names is None or names == names_in(TEXTS[code]) | counted, f"{where}: {code}"


def test_no_text_stands_unused() -> None:
    assert {code for _, code, _ in reasons_in_the_source()} == set(TEXTS)


def test_a_reason_is_its_english_text() -> None:
    assert Reason("too-many-rows", most=50_000) == "more than 50000 rows: split it."
    assert f"a.csv: {Reason('empty-file')}" == "a.csv: the file is empty (0 bytes)."
    assert Reason("read-by-ocr", pages="page 1", confidence="91") == "read by OCR: page 1 (confidence 91 % at least)"


def test_one_and_several_are_counted() -> None:
    assert [count_parts("hidden column", n) for n in (1, 2)] == ["1 hidden column", "2 hidden columns"]
    assert Reason("pages", numbers="1-3", n=3) == "pages 1-3"


def test_a_reason_survives_the_way_through_a_report() -> None:
    inner = Reason("damaged-file", kind="Word", detail="BadZipFile: 100 %")
    reason = Reason("attachment-unread", name="a.docx", reason=inner)
    read = Reason.from_json(json.loads(json.dumps(reason.as_json())))
    assert read == reason == "its attachment a.docx is not read: damaged Word file (BadZipFile: 100 %)."
    assert read.values["reason"] == inner
    assert isinstance(read.values["reason"], Reason)
    assert copy.deepcopy(reason).as_json() == reason.as_json()


@pytest.mark.parametrize(
    "entry", [{}, {"code": "of-another-version", "values": {}}, {"code": "too-many-rows", "values": {}}]
)
def test_what_this_version_has_no_text_for_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        Reason.from_json(entry)


def test_an_exception_says_the_reason_it_was_raised_with() -> None:
    reason = Reason("no-text")
    assert describe(ValueError(reason)) is reason
    assert describe(ValueError("x")) == "x"
