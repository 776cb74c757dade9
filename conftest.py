"""For the tests in tests/ and in every room: which of them run where."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["tests.cast"]  # the firm that the tests play in

TESTS = Path(__file__).parent / "tests"
ROOMS = Path(__file__).parent / "src"
#: The workers of ./test.
WORKERS = ("sqlite", "postgresql", "postgresql_faults", "browser")
#: What the browser's worker runs: its own tests, and those that are the same whatever the database. So are those of the
#: rooms that do not ask for a database.
ONCE = (TESTS / "browser", TESTS / "house", TESTS / "real" / "test_wheel.py")
#: What starts the product or waits for it: on SQLite by the browser's worker, on PostgreSQL by one of its own.
FAULTS = TESTS / "faults"
#: What the workers of each database leave to the others; on PostgreSQL also what is counted or read on SQLite.
LEFT = {
    "sqlite": (*ONCE, FAULTS),
    "postgresql": (*ONCE, FAULTS, TESTS / "contract" / "test_page_counts.py", TESTS / "docs"),
}
#: Tests of every object, of which each database has its share.
WALKED = TESTS / "contract"
#: Walks over every page: one of each role walks, on one of the databases; `./test --long` sends all over both.
WALKS = {"test_pages.py", "test_page_changes.py", "test_api_rights.py"}
WALKERS = {"sqlite": {"lin", "sun", "qian", "zhou"}, "postgresql": {"wang"}}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What a worker has no test in it need not even read."""
    worker = _worker(config)
    if worker not in WORKERS or collection_path.is_dir():
        return None
    if worker == "postgresql_faults":
        return not collection_path.is_relative_to(FAULTS) or None
    is_others = any(map(collection_path.is_relative_to, LEFT.get(worker, LEFT["sqlite"])))
    return is_others == (worker != "browser") if collection_path.is_relative_to(TESTS) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under ./test each of the four workers has its share, so that they end at about the same time."""
    from tests.contract.hostile import is_walked  # once the apps are loaded

    worker = _worker(config)
    if worker not in WORKERS:
        return
    if worker == "postgresql_faults":
        mine = [item for item in items if item.path.is_relative_to(FAULTS)]
    else:
        left = LEFT.get(worker, LEFT["sqlite"])
        mine = [item for item in items if is_left(item, left) == (worker == "browser")]
    if worker in WALKERS and os.environ.get("BIHUAN_TEST_LONG") != "1":
        mine = [item for item in mine if item.path.name not in WALKS or _walker(item) in {"", *WALKERS[worker]}]
    mine = [item for item in mine if (desk := _desk(item)) is None or is_walked(desk, worker)]
    config.hook.pytest_deselected(items=[item for item in items if item not in mine])
    items[:] = mine


def _worker(config: pytest.Config) -> str:
    """The name of this worker; empty where all tests run in one process."""
    return getattr(config, "workerinput", {}).get("workerid", "")


def is_left(item: pytest.Item, left: tuple[Path, ...]) -> bool:
    """Whether the workers of the databases leave a test to the browser's."""
    if item.path.is_relative_to(ROOMS):
        asked_for = {"db", "transactional_db"} & set(item.fixturenames)  # type: ignore[attr-defined]
        return not asked_for and item.get_closest_marker("django_db") is None
    return any(map(item.path.is_relative_to, left))


def _desk(item: pytest.Item) -> Any:
    """The object that a test of the contract is about; None where it names none."""
    return item.callspec.params.get("desk") if hasattr(item, "callspec") and WALKED in item.path.parents else None


def _walker(item: pytest.Item) -> str:
    """The login of whoever walks; empty where the test names nobody."""
    return item.callspec.params.get("login", "") if hasattr(item, "callspec") else ""


# ---------------------------------------------------------------------- whether they end together

_began = time.monotonic()
_ended: dict[str, float] = {}


def pytest_runtest_logreport(report: Any) -> None:
    if hasattr(report, "node"):
        _ended[report.node.gateway.id] = time.monotonic() - _began


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """When each worker had done its last test: what the shares above are cut by."""
    for worker, seconds in sorted(_ended.items()):
        terminalreporter.write_line(f"{worker}: last test after {seconds:.0f} s")
