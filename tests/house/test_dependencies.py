"""What the product imports is what it says it needs: in a checkout the tools' packages would hide what is missing."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires

from tests.house.source import ROOT, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def named(requirements: list[str]) -> set[str]:
    """The distributions that requirements name, as packaging spells them."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", each)[0]).lower() for each in requirements}


def imports() -> dict[str, str]:
    """Every package from elsewhere that a module of the product imports, with one that does."""
    found = {}
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                several = [each.name for each in node.names]
            else:
                several = [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            found |= {each.split(".")[0]: name for each in several}
    return {package: name for package, name in found.items() if package not in {*sys.stdlib_module_names, "bihuan"}}


def brought(needed: set[str]) -> set[str]:
    """What these packages always bring along."""
    found = {each for name in needed for each in requires(name) or [] if "extra ==" not in each}
    return needed | named(sorted(found))


def test_every_package_that_is_imported_is_asked_for() -> None:
    needed = brought(named(PROJECT["dependencies"]))
    agents = brought(named(PROJECT["optional-dependencies"]["mcp"]))
    home = packages_distributions()
    missing = [
        f"{name} imports {package}"
        for package, name in imports().items()
        if not named(home.get(package, [package]))
        & (needed | (agents if name in ("api/mcp.py", "site/cli/mcp.py") else set()))
    ]
    assert not missing, missing
    assert len(needed) > 15
