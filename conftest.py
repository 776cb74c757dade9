"""For the tests in tests/ and in every room: which of them run where."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.cast"]  # the firm that the tests play in

BROWSER_TESTS = Path(__file__).parent / "tests" / "browser"
#: Walks over every page: one of each role walks, an administrator and a seller on both databases; `./test --long` sends all.
WALKS = {"test_pages.py", "test_page_changes.py", "test_api_rights.py"}
WALKERS = {"sqlite": {"zhou", "lin", "sun", "qian"}, "postgresql": {"zhou", "lin", "wang"}}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under ./test the worker “browser” runs the browser's tests, and the two databases' workers run the others."""
    worker = getattr(config, "workerinput", {}).get("workerid")
    if worker not in ("sqlite", "postgresql", "browser"):
        return
    mine = [item for item in items if item.path.is_relative_to(BROWSER_TESTS) == (worker == "browser")]
    if worker in WALKERS and os.environ.get("BIHUAN_TEST_LONG") != "1":
        mine = [item for item in mine if item.path.name not in WALKS or _walker(item) in WALKERS[worker]]
    config.hook.pytest_deselected(items=[item for item in items if item not in mine])
    items[:] = mine


def _walker(item: pytest.Item) -> str:
    """The login of whoever walks; somebody's where the test names nobody."""
    return item.callspec.params.get("login", "lin") if hasattr(item, "callspec") else "lin"
