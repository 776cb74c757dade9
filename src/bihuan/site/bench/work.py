"""Long work on the measured firm: leads given out by rules, accounts fallen into a public pool; somebody else writes meanwhile.

Run as a program, in an environment that names the database; prints one line of JSON:

    BIHUAN_DATA=/tmp/bench python -m bihuan.site.bench.work assign
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

#: Seconds between two touches that somebody writes down while the work goes on.
PAUSE = 0.2
#: Accounts that nobody has touched for so many days fall: most of the firm's.
UNTOUCHED = 30


@dataclass(frozen=True, slots=True)
class Done:
    """What the work has done: how many records in how many seconds, and the longest that the other writer waited, in ms."""

    count: int
    wall: float
    cpu: float
    waited: float


def assign() -> Done:
    """Leads that are nobody's go to a hundred sellers: those of one province in turn, the others to whom has the fewest."""
    from bihuan.core.access import SYSTEM, visible
    from bihuan.people.user import User
    from bihuan.sales.lead import Lead

    sellers = list(visible(SYSTEM, User).filter(username__startswith="seller-").values_list("pk", flat=True))
    _make("assignmentrule", name="江苏", when="province.is=江苏省", method="turn", members=sellers, order=1)
    _make("assignmentrule", name="其他", when="", method="load", members=sellers, order=2)
    unowned = visible(SYSTEM, Lead).filter(owner=None)
    before = unowned.count()
    return _measured("assign_leads", lambda: before - unowned.count())


def recycle() -> Done:
    """Every account that was not touched for a month falls into one pool."""
    from django.utils import timezone

    from bihuan.core.access import SYSTEM, visible
    from bihuan.parties.account import Account
    from bihuan.parties.pools import recycling
    from bihuan.people.unit import Unit

    pool = _make("pool", name="公海", units=list(visible(SYSTEM, Unit).values_list("pk", flat=True)))
    _make(
        "poolrule", pool=pool.pk, untouched_days=UNTOUCHED, created_at=timezone.now() - timedelta(days=365)
    )  # whoever owned an account before there was a pool had that long
    _perform(recycling.RULES)
    fallen = visible(SYSTEM, Account).filter(pool=pool)
    return _measured(recycling.DAY, fallen.count, day=timezone.localdate().isoformat())


WORKS = {"assign": assign, "recycle": recycle}


def _make(slug: str, **inputs: Any) -> Any:
    from bihuan.core import registry
    from bihuan.core.access import SYSTEM
    from bihuan.core.run import do
    from bihuan.core.verbs import create

    return do(create, by=SYSTEM, on=registry.desk(slug).model, **inputs)


def _perform(work: str, **inputs: Any) -> None:
    """Do a work as the worker does. Raises SystemExit where it fails: what fails quickly must not count as fast."""
    from bihuan.core import job

    todo = job.enqueue(work, user_id=None, **inputs)
    job.claim(todo)
    job.perform(todo)
    todo.refresh_from_db()
    if todo.state != "done":
        raise SystemExit(f"The work “{work}” ended as {todo.state}: {todo.error}")


def _measured(work: str, count: Any, **inputs: Any) -> Done:
    writer = subprocess.Popen(
        [sys.executable, "-m", __spec__.name, "write"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    writer.stdout.readline()  # it has begun
    wall, cpu = time.monotonic(), time.process_time()
    _perform(work, **inputs)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    waited, _errors = writer.communicate()  # closes its input, at which it ends
    return Done(count(), wall, cpu, float(waited))


def write() -> float:
    """Note a touch now and then until the input is closed; the longest that one took, in milliseconds."""
    from select import select

    from bihuan.core import choice

    account, longest = _make("account", name="正在跟进的客户").pk, 0.0
    channel = choice.options("channel")[0].id
    print("begun", flush=True)
    while not select([sys.stdin], [], [], PAUSE)[0]:
        began = time.monotonic()
        _make("touchpoint", channel=channel, account=account, text="电话沟通")
        longest = max(longest, time.monotonic() - began)
    return longest * 1000


def main(name: str) -> None:
    import django

    django.setup()
    if name == "write":
        print(write())
        return
    done = WORKS[name]()
    print(json.dumps(asdict(done)))


if __name__ == "__main__":
    main(sys.argv[1])
