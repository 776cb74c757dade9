"""Long work of the pages: a command on many records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bihuan.core import job, link, registry
from bihuan.core.access import Actor, acting
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.run import Call, run

BATCH = 200
#: How many refusals a report names.
NAMED = 50


def refused(desk: Desk, actor: Actor, refusals: Mapping[int, Refused]) -> list[tuple[str, str]]:
    """What each refused record is called, as far as the actor sees it, and why it was refused. One query."""
    names = link.titles(actor, desk, refusals)
    return [(names.get(key) or f"#{key}", refusal.sentence) for key, refusal in refusals.items()][:NAMED]


@job.work("bulk")
def bulk(work: job.Job) -> Iterator[None]:
    """A command on the records `ids`, batch after batch; refusals are named in the result."""
    given = work.inputs
    actor = acting(work.user_id)
    desk = registry.desk(given["object"])
    command = registry.commands(desk)[given["command"]]
    ids = given["ids"]
    work.total = len(ids)
    for place in range(work.cursor.get("place", 0), len(ids), BATCH):
        batch = ids[place : place + BATCH]
        outcome = run(command, [Call(given["values"], key) for key in batch], by=actor, on=desk.model, partial=True)
        report = work.result.setdefault("refused", [])
        if outcome.refusals and len(report) < NAMED:
            report += refused(desk, actor, {batch[index]: refusal for index, refusal in outcome.refusals.items()})
        work.result["done"] = work.result.get("done", 0) + len(batch) - len(outcome.refusals)
        work.done, work.cursor = place + len(batch), {"place": place + BATCH}
        yield
