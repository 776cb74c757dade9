"""A database as an earlier version left it: `python -m tests.faults.old_state EXTRA` in the environment of a product.

Every room's first migration is applied, and of the later ones the first EXTRA. Every table then has rows in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

ROWS = 5
FIRST = "0001_initial"


def make(extra: int) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    targets = targets_of(executor, extra)
    executor.migrate(targets)
    apps = executor.loader.project_state(targets).apps
    for model in in_order(apps.get_models()):
        fill(model)
    connection.check_constraints()


def targets_of(executor: Any, extra: int) -> list[tuple[str, str]]:
    """The newest migration of each room in that state."""
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    whole = [(migration.app_label, migration.name) for migration, _backwards in plan]
    first = [key for key in whole if key[1] == FIRST]
    wanted = [*first, *later(whole)[:extra]]
    needed = {key: set(executor.loader.graph.forwards_plan(key)) - {key} for key in wanted}
    return [
        key for key in wanted if not any(key in before for before in needed.values())
    ]  # what others need comes with them


def later(whole: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The migrations after the first of each room, in the order in which they are applied."""
    return [key for key in whole if key[1] != FIRST]


def in_order(models: Any) -> Iterator[Any]:
    """Each model after those that it must link to."""
    left = list(models)
    while left:
        free = [
            model for model in left if not {each for each in needs(model) if each is not model} & set(left)
        ] or left[:1]
        yield from free
        left = [model for model in left if model not in free]


def needs(model: Any) -> set[Any]:
    return {each.related_model for each in model._meta.concrete_fields if each.is_relation and not each.null}


def fill(model: Any) -> None:
    """Some rows whose every column holds something that differs from row to row."""
    for number in range(1, ROWS + 1):
        row = model(
            **{each.attname: value(each, number) for each in model._meta.concrete_fields if not each.auto_created}
        )
        if {"pool_id", "owner_id"} <= vars(row).keys():  # whatever lies in a pool has no owner
            row.pool_id = None
        row.save(force_insert=True)
    first = list(model._base_manager.all()[:1])
    for each in model._meta.many_to_many:
        if each.remote_field.through._meta.auto_created:
            getattr(first[0], each.name).set(each.related_model._base_manager.all()[:2])


def value(field: Any, number: int) -> Any:
    from django.db import models

    if field.is_relation:
        keys = list(field.related_model._base_manager.order_by("pk").values_list("pk", flat=True))
        return keys[(number - 1) % len(keys)] if keys else None
    if field.choices:
        return list(field.flatchoices)[number % len(field.flatchoices)][0]
    made: dict[type, Any] = {
        models.BooleanField: number % 2 == 0,
        models.DateTimeField: datetime(2025, number, 3, 4, 5, tzinfo=UTC),
        models.DateField: date(2025, number, 3),
        models.DurationField: timedelta(days=number),
        models.JSONField: field.get_default() if field.has_default() else {},
        models.UUIDField: uuid4(),
        models.DecimalField: Decimal(number),
        models.IntegerField: number,
        models.TextField: f"{field.name} {number}",
        models.FileField: f"files/{number}",
        models.BinaryField: bytes([number]),
    }
    for kind, sample in made.items():
        if isinstance(field, kind):
            return sample
    if isinstance(field, models.CharField):
        return f"{field.name} {number}"[-(field.max_length or 99) :] if not field.has_default() else field.get_default()
    return Decimal(number)  # amounts and quantities


if __name__ == "__main__":
    import django

    django.setup()
    make(int(sys.argv[1]))
