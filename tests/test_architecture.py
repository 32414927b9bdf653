"""The arrows between the parts, and the habits that keep the parts small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from ownership_contracts import specs

ROOT = Path(__file__).parent.parent
PARTS = ("specs", "mockserver", "contracts")
MODULES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
LONGEST_MODULE = 250
LONGEST_FUNCTION = 30


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(source: str, package: list[str]) -> Iterator[str]:
    """Yield the modules and names that a module in this package imports, relative ones resolved from the top folder."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = [*above, *([node.module] if node.module else [])]
            yield from (".".join([*module, alias.name]) for alias in node.names)


def foreign_imports(source: str, package: list[str]) -> list[str]:
    """What a module imports and may not: specs imports neither part, and the two parts not each other."""
    others = {"mockserver", "contracts"} - {package[0]}
    return [module for module in imported(source, package) if module.removeprefix("ownership_contracts.").split(".")[0] in others]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_part_imports_another_than_specs(path: Path) -> None:
    assert not foreign_imports(path.read_text(), list(path.relative_to(ROOT).parts[:-1]))


@pytest.mark.parametrize(
    "line",
    [
        "from ..mockserver import cli",
        "from .. import mockserver",
        "import ownership_contracts.mockserver.cli",
        "from ownership_contracts.mockserver import cli",
    ],
)
def test_the_arrow_check_sees_every_form_of_import(line: str) -> None:
    assert foreign_imports(line, ["contracts"])


def shared_modules() -> list[Path]:
    vendors = set(specs.vendors())
    return [path for path in MODULES if not vendors.intersection(path.relative_to(ROOT).parts)]


@pytest.mark.parametrize("path", shared_modules(), ids=name)
def test_what_is_shared_names_no_vendor(path: Path) -> None:
    text = path.read_text().lower()
    assert not [vendor for vendor in specs.vendors() if vendor in text]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body, its docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_are_short(path: Path) -> None:
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {node.name: lines(node) for node in functions if lines(node) > LONGEST_FUNCTION}
    assert not long


def test_no_module_is_called_by_what_says_nothing() -> None:
    empty_words = {"manager", "helper", "helpers", "utils", "util", "base", "common", "misc"}
    assert not [name(path) for path in MODULES if empty_words.intersection(path.stem.split("_"))]


def test_every_vendor_has_its_column_everywhere() -> None:
    for vendor in specs.vendors():
        for part in PARTS:
            assert (ROOT / part / vendor).is_dir(), f"{part}/{vendor}"
