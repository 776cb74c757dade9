"""Where a record stands on the loop: how much of every node belongs to it. A record with stages of its own shows those instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import models

from bihuan.core import registry
from bihuan.core.desk import Desk
from bihuan.core.query import Hung, Query
from bihuan.web import counts
from bihuan.web.loop import NODES
from bihuan.web.subject import Subject
from bihuan.web.workbench import address


@dataclass(frozen=True, slots=True)
class Stop:
    """A node as a record sees it: how many of its records belong to this one ("" for none), with their list."""

    label: Any
    is_here: bool
    count: str = ""
    url: str = ""


def is_shown(desk: Desk) -> bool:
    """Whether the records of an object show where they stand on the loop."""
    return desk.node is not None and not desk.stage_field and "owner" in desk.own_fields


def empty(desk: Desk) -> list[Stop]:
    """The line before anything has been counted."""
    return [Stop(label, place == desk.node) for place, label in enumerate(NODES)]


def line(subject: Subject) -> list[Stop]:
    """The line with what belongs to the record, as far as the actor sees it. A query for every node that can be tied to it."""
    stops = empty(subject.desk)
    for place, hanging, link in _ties(subject.desk):
        if not subject.actor.may(hanging.model, "view"):
            continue
        hung = Hung(link, subject.desk.slug, subject.record.pk)
        number = replace(Query.parse(hanging, subject.actor, {}, ()), hung=hung).count(counts.MOST + 1)
        if number:
            url = address(hanging, {f"{link}.in": str(subject.record.pk)})
            stops[place] = replace(stops[place], count=counts.told(number), url=url)
    return stops


def _ties(desk: Desk) -> Iterator[tuple[int, Desk, str]]:
    """For each other node, what of it hangs on these records: its own records by a link, or what ties the two together."""
    for node in registry.desks():
        if node.node in (None, desk.node):
            continue
        direct = _link(node.model, desk.model)
        if direct:
            yield node.node, node, direct  # type: ignore[misc]
            continue
        for between in registry.desks():
            near, far = _link(between.model, desk.model), _link(between.model, node.model)
            if near and far and set(between.through) == {near, far} and "owner" not in between.own_fields:
                yield node.node, between, near  # type: ignore[misc]
                break


def _link(model: type[models.Model], target: type[models.Model]) -> str:
    """The first link of a model to another one, by name; empty where there is none."""
    return next((each.name for each in model._meta.fields if each.related_model is target), "")
