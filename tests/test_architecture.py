"""What import-linter's contracts in pyproject.toml cannot say: no import cycles, late heavy imports, whole packages."""

from __future__ import annotations

import ast
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("index", "ingest", "service", "eval")
HEAVY = {"torch", "sentence_transformers", "transformers", "openvino", "nncf", "faiss", "tantivy"}
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imported).prepare()  # raises CycleError, which names the modules


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_heavy_imports_stand_where_they_are_needed(path: Path) -> None:
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    assert not {name for statement in statements for name in _imports(statement)} & HEAVY


def _imports(statement: ast.stmt) -> list[str]:
    """Return the first part of the names an import statement imports from."""
    if isinstance(statement, ast.Import):
        return [alias.name.split(".")[0] for alias in statement.names]
    return [statement.module.split(".")[0]] if isinstance(statement, ast.ImportFrom) and statement.module else []


def test_every_package_is_installed_with_its_files() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {path.parent for path in MODULES if path.name == "__init__.py"}
    assert set(setuptools["packages"]) == {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    installed = set(MODULES)
    for name, patterns in setuptools["package-data"].items():
        for folder in folders if name == "*" else [ROOT.joinpath(*name.split("."))]:
            installed |= {path for pattern in patterns for path in folder.glob(pattern)}
    files = {path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert sorted(path.relative_to(ROOT).as_posix() for path in files - installed) == []
