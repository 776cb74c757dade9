"""Records are obtained through `visible` and `find` alone; past them go only the kernel, and the places named here."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bihuan.core import registry
from tests.house.source import modules, places

#: Rooms and files that may read past an actor's rights: the kernel, who people are, and what runs without a person.
FREE = ("core/", "people/", "demo/", "blueprint/")
FREE_FILES = ("commands.py", "handlers.py")

#: Every other place, with why nobody's rights are passed by there.
KNOWN = {
    "api/token.py": "finds a token before it is known who asks, and notes its use",
    "site/move.py": "carries every row of every table to another database, for nobody in particular",
    "site/cli/up.py": "asks whether the demo's people are there, before anybody is signed in",
    "web/shell.py": "the firm's own name, which everybody may read",
    "web/show.py": "names and colours of colleagues, which everybody may read",
}


def accesses() -> Iterator[tuple[str, int, str]]:
    records = {desk.model.__name__ for desk in registry.desks()}
    for name, tree in modules():
        if name.startswith(FREE) or name.endswith(FREE_FILES):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and (
                node.attr in ("_base_manager", "_default_manager")
                or (node.attr == "objects" and isinstance(node.value, ast.Name) and node.value.id in records)
            ):
                yield name, node.lineno, ast.unparse(node)


def test_records_are_obtained_through_the_doors() -> None:
    unknown = [each for each in accesses() if each[0] not in KNOWN]
    assert not unknown, places(unknown)


def test_every_known_exception_is_still_one() -> None:
    assert KNOWN.keys() <= {name for name, _line, _text in accesses()}
