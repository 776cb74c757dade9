"""For the tests in tests/ and in every room: which of them run where."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.cast"]  # the firm that the tests play in

BROWSER_TESTS = Path(__file__).parent / "tests" / "browser"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under ./test the worker “browser” runs the browser's tests, and the two databases' workers run the others."""
    worker = getattr(config, "workerinput", {}).get("workerid")
    if worker not in ("sqlite", "postgresql", "browser"):
        return
    mine = [item for item in items if item.path.is_relative_to(BROWSER_TESTS) == (worker == "browser")]
    config.hook.pytest_deselected(items=[item for item in items if item not in mine])
    items[:] = mine
