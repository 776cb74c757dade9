"""The source that the rules of the house are about."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "bihuan"


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product but tests and migrations, by its path inside the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield path.relative_to(PACKAGE).as_posix(), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def places(found: list[tuple[str, int, str]]) -> str:
    """What was found, one line each, as an editor can jump to it."""
    return "\n" + "\n".join(f"src/bihuan/{name}:{line} {text}" for name, line, text in found)
