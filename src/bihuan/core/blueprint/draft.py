"""A draft: changes to one place of the configuration, collected before they go live.

It holds the place as it was when the draft began and as it shall be. What others have changed there meanwhile stays theirs:
only what differs between the two is carried over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from bihuan.core.access import Actor
from bihuan.core.blueprint import text
from bihuan.core.blueprint.apply import apply
from bihuan.core.blueprint.difference import Difference, compare
from bihuan.core.blueprint.part import PLACE, Address, Rows, part_at
from bihuan.core.blueprint.present import Present, present
from bihuan.core.errors import Forbidden


class Draft(models.Model):
    """What shall become of the rows below `address`. `goals` says where the records of a removed row go, by keys."""

    address = models.CharField(max_length=200, unique=True)
    base = models.TextField()
    text = models.TextField()
    goals = models.JSONField(default=dict)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        app_label = "core"


def within(rows: Rows, address: Address) -> Rows:
    """The rows at and below an address."""
    return {each: row for each, row in rows.items() if each[: len(address)] == address}


def find_draft(address: Address) -> Draft | None:
    """The draft of a place; None when nothing waits there."""
    return Draft.objects.select_related("user").filter(address="/".join(address)).first()


def wanted(address: Address, now: Present, draft: Draft | None) -> Rows:
    """The whole configuration as it will be when the draft of a place is live."""
    if draft is None:
        return now.rows
    return _merged(now.rows, address, text.read(draft.base).rows, text.read(draft.text).rows)


def _merged(live: Rows, address: Address, base: Rows, aim: Rows) -> Rows:
    """The live rows with what leads from `base` to `aim`. The place itself stays where it stands among its neighbours."""
    rows: Rows = {each: row for each, row in live.items() if each[: len(address)] != address}
    for each, row in aim.items():
        former, present_row = base.get(each), live.get(each)
        if former is None or present_row is None:
            if former is None or row != former:
                rows[each] = row
            continue
        changed = {name: value for name, value in row.items() if name != PLACE and value != former[name]}
        rows[each] = {**present_row, **changed, PLACE: (present_row if each == address else row)[PLACE]}
    for each, row in within(live, address).items():
        if each not in rows and each not in base:
            rows[each] = {**row, PLACE: len(aim)}
    return rows


@transaction.atomic
def keep(address: Address, rows: Rows, *, by: Actor, goals: Mapping[str, str] | None = None) -> Draft | None:
    """Make `rows` the draft of a place, once a dry run has gone well; None where nothing differs from what is live.

    Whether records may go where `goals` send them shows when the draft goes live. Raises Faulty, Forbidden.
    """
    _may_edit(address, by)
    now, draft = present(), find_draft(address)
    base = text.read(draft.base).rows if draft is not None else within(now.rows, address)
    aim = _merged(now.rows, address, base, rows)
    differences = compare(now.rows, aim, {address[0]})
    if not differences:
        discard(address, by=by)
        return None
    staying = aim | {each.address: now.rows[each.address] for each in differences if each.sort == "remove"}
    apply(staying, {address[0]}, by=by, dry=True)
    kept = {"base": text.write(base), "text": text.write(rows), "user_id": by.user_id, "at": timezone.now()}
    if goals is not None:
        kept["goals"] = dict(goals)
    return Draft.objects.update_or_create(address="/".join(address), defaults=kept)[0]


@transaction.atomic
def go_live(address: Address, *, by: Actor, goals: Mapping[Address, Address]) -> list[Difference]:
    """Carry the draft of a place out. Raises Faulty where records stand in the way."""
    _may_edit(address, by)
    draft = find_draft(address)
    if draft is None:
        return []
    done = apply(wanted(address, present(), draft), {address[0]}, by=by, goals=goals)
    draft.delete()
    return done


def discard(address: Address, *, by: Actor) -> None:
    """Forget the draft of a place."""
    _may_edit(address, by)
    Draft.objects.filter(address="/".join(address)).delete()


def _may_edit(address: Address, by: Actor) -> None:
    if not by.may(_model_below(address), "edit"):
        raise Forbidden()


def _model_below(address: Address) -> Any:
    """The object whose rows hang on a place: stages on a pipeline, values on a list."""
    below = ("stages", "") if address[0] == "pipelines" else ("",)
    return part_at((*address, *below)).model
