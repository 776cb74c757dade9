"""Templates: each is used and says what it draws, names drawings that exist, and holds nothing that the policy forbids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bihuan.core import registry
from tests.house.source import PACKAGE, ROOT, modules

TEMPLATES = {
    path.relative_to(next(each for each in path.parents if each.name == "templates")).as_posix(): path
    for path in PACKAGE.rglob("templates/**/*.html")
}
every_template = pytest.mark.parametrize("name", sorted(TEMPLATES))

ICON = re.compile(r"""\bicon\(\s*["']([\w-]+)["']""")
#: How a template names another; a widget is named by its kind.
USED = re.compile(r"""["']([\w/]+\.html)["']""")
NAMED = re.compile(r"^[a-z]+(-[a-z0-9]+)*$")


@cache
def source(name: str) -> str:
    return TEMPLATES[name].read_text()


@cache
def drawings() -> frozenset[str]:
    """The names in the sprite; a line may say more after a blank."""
    lines = (ROOT / "frontend" / "icons.txt").read_text().splitlines()
    return frozenset(line.split()[0] for line in lines if line.strip() and not line.startswith("#"))


@every_template
def test_a_template_begins_by_saying_what_it_draws(name: str) -> None:
    assert re.match(r"\{#\s+\S[\s\S]{3,}?#\}", source(name)), "a template begins with a comment: {# What this draws. #}"


@every_template
def test_nothing_is_written_inline(name: str) -> None:
    """No script, no style sheet, no handler: the content policy lets none of them act."""
    markup = re.sub(r"\{#[\s\S]*?#\}", "", source(name))
    assert not re.search(r"<style\b", markup)
    assert not [tag for tag in re.findall(r"<script\b[^>]*>", markup) if "src=" not in tag]
    assert not re.search(r"""[\s"']on[a-z]+\s*=\s*["'{]""", markup)
    assert not re.search(r"javascript:|hx-on|hx-vals\s*=\s*[\"']js:|\|\s*safe\b", markup)


def test_every_template_is_used() -> None:
    named = {found for name in TEMPLATES for found in USED.findall(source(name))}
    named |= {
        node.value
        for _name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".html")
    }
    steps = {f"web/pages/import_{step}.html" for step in ("file", "files", "columns", "questions", "check")}
    unused = {name for name in TEMPLATES if name not in named | steps and not name.startswith("web/widgets/")}
    assert not unused


def test_every_widget_is_a_kind_of_control() -> None:
    """`Input.widget` names its file; a file nobody names is dead."""
    form = (PACKAGE / "web" / "form.py").read_text()
    widgets = {Path(name).stem for name in TEMPLATES if name.startswith("web/widgets/")}
    assert not [name for name in widgets if f'"{name}"' not in form]


def test_every_template_that_is_named_exists() -> None:
    named = {found for name in TEMPLATES for found in USED.findall(source(name)) if "/" in found}
    assert not named - TEMPLATES.keys()


def icons_named() -> Iterator[tuple[str, str]]:
    """Every drawing that a template or a module names, with where."""
    for name in TEMPLATES:
        for found in ICON.findall(source(name)):
            yield name, found
    for name, tree in modules():
        for node in ast.walk(tree):
            if (
                isinstance(node, (ast.Assign, ast.AnnAssign))
                and "icon" in ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target).lower()
            ):
                values = ast.walk(node.value) if isinstance(node.value, ast.Dict) else [node.value]
                yield from (
                    (name, each.value)
                    for each in values
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and is_a_value(node.value, each)
                )
            if isinstance(node, ast.keyword) and node.arg == "icon" and isinstance(node.value, ast.Constant):
                yield name, node.value.value
    for desk in registry.desks():
        yield desk.slug, desk.icon
        yield from ((f"{desk.slug}.{name}", command.icon) for name, command in registry.commands(desk, internal=True).items())


def is_a_value(whole: ast.expr | None, part: ast.Constant) -> bool:
    """Whether a text is a value of a dictionary, not a key."""
    return not isinstance(whole, ast.Dict) or part in whole.values


def test_every_drawing_that_is_named_is_in_the_sprite() -> None:
    found = list(icons_named())
    assert len(found) > 100
    assert not [f"{where}: {name}" for where, name in found if name and NAMED.match(name) and name not in drawings()]
