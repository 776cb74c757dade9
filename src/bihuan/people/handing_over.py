"""Handing over what somebody leaves behind: everything they own, what else names them, and then their account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db import models
from django.utils.translation import gettext as _

from bihuan.core import job, kind, registry
from bihuan.core.access import Actor, acting
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.record import KEPT, OwnedRecord
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import assign, update
from bihuan.people import session
from bihuan.people.user import User

BATCH = 200
#: How many refusals a report names.
NAMED = 50
Plan = Mapping[str, Sequence[int]]


def owned() -> list[Desk]:
    """The objects whose records have an owner."""
    return [desk for desk in registry.desks() if issubclass(desk.model, OwnedRecord)]


def naming() -> list[tuple[Desk, Field]]:
    """Where else a record names people who look after it: members, managers. What is given once, such as whose target it was, stays."""
    return [
        (desk, each) for desk in registry.desks() for each in desk.own_fields.values()
        if each.target is User and each.editable and not each.create_only and each.name != "owner" and each.name not in KEPT
    ]  # fmt: skip


def left_behind(user_id: int) -> list[tuple[Desk, int]]:
    """How many records of each object somebody owns, archived ones among them; objects of which there are none are left out."""
    counts = [(desk, desk.model._base_manager.filter(owner=user_id).count()) for desk in owned()]
    return [(desk, count) for desk, count in counts if count]


def queue(user: User, successor: int, plan: Plan, by: Actor) -> job.Job:
    """Queue the hand-over of a user in the caller's transaction. Raises Refused for a plan that leads nowhere."""
    heirs = {successor, *(key for keys in plan.values() for key in keys)}
    ready = set(User._base_manager.filter(pk__in=heirs, is_active=True, archived_at=None).values_list("pk", flat=True))
    if user.pk in heirs or heirs - ready:
        raise Refused(_("Choose somebody else, who may sign in."), "successor")
    if user.pk == by.user_id:
        raise Refused(_("Nobody hands over their own account; ask another administrator."))
    if set(plan) - {desk.slug for desk in owned()}:
        raise Refused(_("The plan names an object that nobody owns."), "plan")
    total = sum(count for _desk, count in left_behind(user.pk)) + 1
    return job.enqueue(
        "hand_over", user_id=by.user_id, label=user.name, total=total,
        leaver=user.pk, successor=successor, plan={slug: list(keys) for slug, keys in plan.items() if keys},
    )  # fmt: skip


@job.work("hand_over")
def hand_over(todo: job.Job) -> Iterator[None]:
    """Object after object, batch after batch, as whoever began it; the account goes last, and only when nothing is left.

    Where it breaks off it goes on by what the user still owns: what has been handed over is not theirs any more.
    """
    actor, leaver, successor = acting(todo.user_id), todo.inputs["leaver"], todo.inputs["successor"]
    for desk in owned():
        heirs = todo.inputs["plan"].get(desk.slug) or [successor]
        while batch := _next_batch(todo, desk, leaver):
            _assign(todo, actor, desk, batch, heirs)
            yield
    for desk, field in naming():
        _name_instead(todo, actor, desk, field, leaver, successor)
        yield
    if not left_behind(leaver):
        do(update, leaver, by=actor, on=User, is_active=False)
        session.end(leaver)
        todo.done += 1
    else:
        todo.result.setdefault("refused", []).append([todo.label, _("Something is left; the account stays as it was.")])


def _next_batch(todo: job.Job, desk: Desk, leaver: int) -> list[int]:
    """The next records after those that were tried; what was refused is not tried again."""
    tried = todo.cursor.get(desk.slug, 0)
    rows = desk.model._base_manager.filter(owner=leaver, pk__gt=tried).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def _assign(todo: job.Job, actor: Actor, desk: Desk, batch: list[int], heirs: Sequence[int]) -> None:
    """Hand a batch over, to several successors in turn."""
    before = todo.result.get("done", 0)
    calls = [Call({"owner": heirs[(before + place) % len(heirs)]}, key) for place, key in enumerate(batch)]
    outcome = run(assign, calls, by=actor, on=desk.model, partial=True)
    todo.cursor = {**todo.cursor, desk.slug: batch[-1]}
    todo.result["done"] = before + len(batch) - len(outcome.refusals)
    _report(todo, desk, {batch[place]: refusal for place, refusal in outcome.refusals.items()})
    todo.done += len(batch)


def _name_instead(todo: job.Job, actor: Actor, desk: Desk, field: Field, leaver: int, successor: int) -> None:
    """Put the successor where records name the leaver; nobody becomes their own manager."""
    rows = desk.model._base_manager.filter(models.Q(**{field.name: leaver}), archived_at=None)
    if isinstance(field.kind, kind.Links):
        calls = [Call({field.name: _replaced(each, field.name, leaver, successor)}, each.pk) for each in rows]
    else:
        calls = [
            Call({field.name: None if desk.model is User and key == successor else successor}, key)
            for key in rows.values_list("pk", flat=True)
        ]
    if calls:
        refusals = run(update, calls, by=actor, on=desk.model, partial=True).refusals
        _report(todo, desk, {calls[place].record: refusal for place, refusal in refusals.items()})


def _replaced(record: models.Model, name: str, leaver: int, successor: int) -> list[int]:
    held = set(getattr(record, name).values_list("pk", flat=True))
    return sorted(held - {leaver} | {successor})


def _report(todo: job.Job, desk: Desk, refusals: Mapping[int, Refused]) -> None:
    report = todo.result.setdefault("refused", [])
    report += [[f"{desk.label} #{key}", refusal.sentence] for key, refusal in refusals.items()][: NAMED - len(report)]
