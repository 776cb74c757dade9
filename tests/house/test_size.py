"""Reading is the work: files and functions stay short enough to be read downward."""

from __future__ import annotations

import ast

from tests.house.source import PACKAGE, modules, places

LINES, FUNCTION_LINES = 450, 60

#: Tables of data, however long.
DATA = "demo/"


def test_no_file_is_long() -> None:
    lengths = ((name, len((PACKAGE / name).read_text().splitlines())) for name, _tree in modules())
    long = [
        (name, length, f"has {length} lines")
        for name, length in lengths
        if length > LINES and not name.startswith(DATA)
    ]
    assert not long, places(long)


def test_no_function_is_long() -> None:
    long = [
        (name, node.lineno, f"{node.name} has {lines} lines")
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert not long, places(long)
