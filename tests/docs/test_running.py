"""The page for those who run the product names every variable that is read, and every command it names is one; so do the units."""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import shlex
from pathlib import Path

import pytest

from bihuan.__main__ import command_names, module_name
from tests.house.source import ROOT, modules

PAGE = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
UNITS = sorted((ROOT / "packaging" / "systemd").glob("*.service"))
#: Read for what others have put there: passed on to a child, or set by the product itself.
OURS = {"DJANGO_SETTINGS_MODULE"}


def variables() -> set[str]:
    """Names of environment variables that the product's modules read."""
    return {
        node.value
        for name, tree in modules()
        if not name.startswith("site/bench/") and "environ" in ast.unparse(tree)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.fullmatch(r"(BIHUAN|DJANGO|XDG|LC|DATABASE)_[A-Z_]+|LANG", node.value)
    } - OURS  # fmt: skip


def test_every_variable_is_told_of() -> None:
    read = variables()
    assert len(read) >= 12
    assert {name for name in read if f"`{name}`" not in PAGE} == set()
    told = set(re.findall(r"^\| `([A-Z_]+)`", PAGE, re.MULTILINE))
    assert told - read == set(), "the page tells of what nothing reads"


@pytest.mark.parametrize("name", ["running.md", "scale.md"])
def test_every_command_is_one(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    called = re.findall(
        r"(?:`|^ {4})(?:[A-Z_]+=\S+ )*(?:/opt/bihuan/bin/)?bihuan (?:--data \S+ )?([a-z]+)([^`\n]*)", text, re.MULTILINE
    )
    assert len(called) >= 5
    for command, arguments in called:
        assert command in command_names(), command
        for option in re.findall(r" (--[a-z-]+)", arguments.partition("#")[0].partition("|")[0]):
            assert option in parser_of(command).format_help() + "--data", f"bihuan {command} {option}"


def parser_of(command: str) -> argparse.ArgumentParser:
    module = importlib.import_module(f"bihuan.site.cli.{module_name(command)}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    module.add_arguments(parser)
    return parser


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_what_a_unit_starts_can_be_started(unit: Path) -> None:
    started = re.search(r"^ExecStart=.*?/opt/bihuan/bin/bihuan ([^'\n]+)", unit.read_text(), re.MULTILINE)
    assert started, unit
    command, *arguments = shlex.split(re.sub(r"\$\(.*?\)", "day", started[1]))
    assert command in command_names()
    parser_of(command).parse_args(arguments)
