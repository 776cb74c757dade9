"""What a process remembers about the firm's configuration, and how it learns that it changed.

Stages, choices, units, users and roles are read on every page and change rarely. Each process keeps them in memory
and compares one number per request (the epoch) with the database; a command on such a record raises the number in its
own transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import F

T = TypeVar("T")
_remembered: dict[Callable[..., Any], dict[Any, Any]] = {}
_epoch: int | None = None
_generation = 0


class Epoch(models.Model):
    """One row: how often the configuration has changed."""

    value = models.BigIntegerField(default=0)

    class Meta:
        app_label = "core"


def remembered(load: Callable[..., T]) -> Callable[..., T]:
    """Remember what `load` returns, per arguments, until the configuration changes."""
    kept: dict[Any, Any] = {}
    _remembered[load] = kept

    @wraps(load)
    def recall(*args: Any) -> T:
        found = kept.get(args, kept)  # one look: another thread may forget at any moment
        if found is kept:
            kept[args] = found = load(*args)
        return found

    return recall


def forget() -> None:
    """Drop what this process remembers."""
    global _generation
    _generation += 1
    for kept in _remembered.values():
        kept.clear()


def generation() -> int:
    """How often this process has forgotten: what was worked out from the configuration is good while this stays the same."""
    return _generation


def refresh() -> None:
    """Compare with the database and forget if someone changed the configuration. One query."""
    global _epoch
    with connection.cursor() as cursor:  # on every request: the ORM takes ten times as long to ask it
        cursor.execute("SELECT value FROM core_epoch WHERE id = 1")
        value = (cursor.fetchone() or (None,))[0]
    if value != _epoch:
        forget()
        _epoch = value


def changed() -> None:
    """Tell every process that the configuration changed; call inside the transaction that changes it."""
    global _epoch
    if not Epoch.objects.filter(pk=1).update(value=F("value") + 1):
        Epoch.objects.create(pk=1, value=1)
    forget()
    _epoch = None  # what is read from now on may be rolled back: the next request reads it again
    transaction.on_commit(forget)
