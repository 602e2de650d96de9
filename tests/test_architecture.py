"""The arrows of the README's Architecture section, read from the imports themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "index": {"index"},
    "ingest": {"index", "ingest"},
    "service": {"index", "service"},
    "eval": {"index", "service", "eval"},
}
KEPT_OUT = {
    "index": {"fastapi", "starlette", "pydantic", "pypdf", "pypdfium2"},
    "service": {"pypdf", "docx", "pptx", "odf"},
    "ingest": {"fastapi", "starlette", "pydantic"},
    "eval": {"fastapi", "pypdf"},
}
WRITES = {"service/exports/docx.py": {"docx"}, "service/exports/odt.py": {"odf"}}  # what is written, not read
HEAVY = {"torch", "sentence_transformers", "transformers", "openvino", "nncf", "faiss", "tantivy"}


def imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "imports are absolute"
            found.add(node.module.split(".")[0])
    return found


def files() -> list[tuple[str, Path]]:
    return [(package, path) for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize(("package", "path"), files(), ids=lambda value: str(value).replace(str(ROOT), ""))
def test_every_arrow_points_the_right_way(package: str, path: Path) -> None:
    found = imports(ast.parse(path.read_text(encoding="utf-8")))
    assert found & set(MAY_IMPORT) <= MAY_IMPORT[package]
    assert not found & (KEPT_OUT[package] - WRITES.get(path.relative_to(ROOT).as_posix(), set()))


@pytest.mark.parametrize(("package", "path"), files(), ids=lambda value: str(value).replace(str(ROOT), ""))
def test_heavy_imports_stand_where_they_are_needed(package: str, path: Path) -> None:
    top = ast.parse(path.read_text(encoding="utf-8")).body
    at_import = set().union(*(imports(node) for node in top if isinstance(node, ast.Import | ast.ImportFrom)), set())
    assert not at_import & HEAVY
