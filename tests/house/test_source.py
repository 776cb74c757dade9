"""Smaller rules of the house: exact money, explained commands, clean lock files, nothing left undone, English source."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bihuan.core import registry
from bihuan.core.desk import Desk
from tests.house.source import PACKAGE, ROOT, modules, places

#: Where amounts pass through; a float among them would lose cents.
AMOUNTS = (
    "core/money.py",
    "core/columns.py",
    "core/kind/number.py",
    "core/clean.py",
    "core/rollup.py",
    "core/query.py",
    "core/filters.py",
)

#: Chinese words that are names of things, in whatever language one speaks of them.
TERMS = re.compile(r"统一社会信用代码|統一編號|简体|繁體|墨|黛|石青|靛|紫棠|胭脂|朱砂|橘|藤黄|秋香|石绿|松石")
HAN = re.compile(r"[\u3400-\u9fff]")
TRANSLATE = {"_", "_now", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext"}
IN_TEMPLATE = re.compile(r"""_\(\s*(["'])(.*?)\1""")


def test_amounts_are_never_floats() -> None:
    found = [
        (name, node.lineno, ast.unparse(node))
        for name, tree in modules()
        if name in AMOUNTS
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]
    assert not found, places(found)
    assert {name for name, _tree in modules()} >= set(AMOUNTS)


@pytest.mark.parametrize("desk", registry.desks(), ids=lambda desk: desk.slug)
def test_every_command_explains_itself(desk: Desk) -> None:
    silent = [command.name for command in registry.commands(desk, internal=True).values() if not command.help.strip().endswith(".")]
    assert not silent, "people read a command's docstring as its explanation: a sentence"


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_lock_files_hold_names_versions_and_hashes_only(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)
    requirements = re.findall(r"^[a-z0-9][^ =\n]*==\S+", text, re.MULTILINE | re.IGNORECASE)
    assert requirements
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= len(requirements)


def test_the_front_ends_lock_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert not [name for name, each in packages.items() if "resolved" in each]
    assert all("integrity" in each for name, each in packages.items() if name and not each.get("link"))


def test_nothing_is_left_to_be_done_later() -> None:
    unfinished = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    found = [
        (path.relative_to(ROOT).as_posix(), number, line.strip())
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if unfinished.search(line)
    ]
    assert not found, found


def sources() -> Iterator[Path]:
    for folder, suffixes in (
        ("src", (".py", ".html", ".css", ".js")),
        ("frontend", (".css", ".js", ".mjs")),
        ("tests", (".py",)),
        ("docs", (".md",)),
        ("scripts", ("",)),
    ):
        for path in sorted((ROOT / folder).rglob("*")):
            if (
                path.is_file()
                and path.suffix in suffixes
                and not {"static", "assets", "node_modules", "__pycache__"} & set(path.parts)
            ):
                yield path


def test_messages_are_english() -> None:
    """The source speaks English, the catalogues Chinese; proper names aside."""
    found = [each for each in (*messages_of_modules(), *messages_of_templates()) if HAN.search(TERMS.sub("", each[2]))]
    assert not found, places(found)


def messages_of_modules() -> Iterator[tuple[str, int, str]]:
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATE:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield name, node.lineno, argument.value


def messages_of_templates() -> Iterator[tuple[str, int, str]]:
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for _quote, text in IN_TEMPLATE.findall(line):
                yield path.relative_to(PACKAGE).as_posix(), number, text
