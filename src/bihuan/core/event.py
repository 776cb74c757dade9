"""Events: what happened, as frozen values, written in the transaction that made them true (the outbox).

Handlers run later in the worker, at least once each, so every handler must bear being called twice with the same event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.core import rows
from bihuan.core.outage import outage_of

Handler = Callable[[Any], None]
Outbox = Callable[[Sequence[tuple[int, "Event"]]], None]
_events: dict[str, type[Event]] = {}
_handlers: dict[str, dict[str, tuple[Handler, tuple[str, ...]]]] = {}
_outboxes: list[Outbox] = []


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one record. Subclasses add plain values only."""

    object: str
    record_id: int
    name: ClassVar[str] = ""
    label: ClassVar[Any] = ""  # in the words of whoever chooses among events

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super(Event, cls).__init_subclass__(**kwargs)
        cls.name = cls.__name__
        _events[cls.__name__] = cls

    def payload(self) -> dict[str, Any]:
        """The event's values by name, as they are kept."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def known() -> dict[str, type[Event]]:
    """Every declared event by name."""
    return dict(_events)


def on(events: type[Event] | Iterable[type[Event]], *objects: str) -> Callable[[Handler], Handler]:
    """Declare the decorated function as a handler of an event or of several, of every object or of those named (slugs)."""

    def declare(handler: Handler) -> Handler:
        name = f"{handler.__module__}.{handler.__qualname__}"
        for each in (events,) if isinstance(events, type) else events:
            _handlers.setdefault(each.__name__, {})[name] = handler, objects
        return handler

    return declare


def outbox(owe: Outbox) -> Outbox:
    """Declare a function that hears of all events, each with its key, in the transaction that makes them true.

    It only writes down what it owes, in a table of its own, and pays later.
    """
    _outboxes.append(owe)
    return owe


def handled() -> dict[str, set[str]]:
    """The names of the events that have handlers, each with the objects that these name."""
    return {name: {slug for _handler, objects in each.values() for slug in objects} for name, each in _handlers.items()}


class Happening(models.Model):
    """An event as it is kept: the outbox, and the history that timelines and automation read."""

    name = models.CharField(max_length=60)
    object = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    payload = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["object", "record_id", "-id"], name="happening_record")]


class Delivery(models.Model):
    """One event owed to one handler. Done when `done_at` is set; retried with growing pauses until then."""

    happening = models.ForeignKey(Happening, models.CASCADE)
    handler = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "core"
        indexes = [models.Index(fields=["due_at"], name="delivery_due", condition=models.Q(done_at=None))]


#: After this many failures a delivery waits for a person.
ATTEMPTS = 10


def publish(events: Iterable[Event]) -> None:
    """Write events and what they owe, in the caller's transaction."""
    now, happened = timezone.now(), list(events)
    kept = ((each.name, each.object, each.record_id, each.payload(), now) for each in happened)
    keys = rows.insert(Happening, ("name", "object", "record_id", "payload", "at"), kept)
    owed = (
        (key, name, now, 0, "")
        for key, each in zip(keys, happened, strict=True)
        for name, (_handler, objects) in _handlers.get(each.name, {}).items()
        if not objects or each.object in objects
    )
    rows.insert(Delivery, ("happening", "handler", "due_at", "attempts", "error"), owed)
    for owe in _outboxes:
        owe(list(zip(keys, happened, strict=True)))


def deliver(limit: int = 100) -> int:
    """Hand due events to their handlers, each in its own transaction; returns how many were tried."""
    due = Delivery.objects.filter(done_at=None, due_at__lte=timezone.now(), attempts__lt=ATTEMPTS)
    tried = 0
    for key in list(due.order_by("due_at", "id").values_list("pk", flat=True)[:limit]):
        tried += 1
        try:
            with transaction.atomic():
                delivery = (
                    due.select_for_update(skip_locked=True, of=("self",))
                    .select_related("happening")
                    .filter(pk=key)
                    .first()
                )
                if delivery is not None:
                    _hand_over(delivery)
        except Exception as error:  # whatever a handler raises is kept with its delivery and tried again
            if outage_of(error):  # no fault of the handler's
                raise
            _postpone(key, error)
    return tried


def _hand_over(delivery: Delivery) -> None:
    happening = delivery.happening
    if declared := _handlers.get(happening.name, {}).get(
        delivery.handler
    ):  # one that is no longer there is owed nothing
        declared[0](_events[happening.name](**happening.payload))
    Delivery.objects.filter(pk=delivery.pk).update(done_at=timezone.now(), error="")


def _postpone(key: int, error: Exception) -> None:
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().get(pk=key)
        delivery.attempts += 1
        delivery.error = f"{type(error).__name__}: {error}"[:2000]
        delivery.due_at = timezone.now() + timedelta(seconds=5 * 3 ** min(delivery.attempts, 8))
        delivery.save(update_fields=["attempts", "error", "due_at"])


@dataclass(frozen=True, slots=True)
class Created(Event):
    """A record came into being."""

    label = _("Was created")


@dataclass(frozen=True, slots=True)
class Changed(Event):
    """Fields of a record were given other values."""

    label = _("Was changed")

    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Archived(Event):
    """A record was put into the recycle bin."""

    label = _("Was archived")


@dataclass(frozen=True, slots=True)
class Restored(Event):
    """A record was taken out of the recycle bin."""

    label = _("Was restored")


#: What makes a record other than it was, or lets it come and go.
WRITTEN = Created, Changed, Archived, Restored


@dataclass(frozen=True, slots=True)
class Erased(Event):
    """What was held of a person was erased; whoever holds a copy erases it too."""

    label = _("Was erased")


@dataclass(frozen=True, slots=True)
class Assigned(Event):
    """A record got another owner."""

    label = _("Was handed over")

    owner_id: int | None = None
    former_id: int | None = None
    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Moved(Event):
    """A record came to another stage."""

    label = _("Came to another stage")

    stage_id: int = 0
    former_id: int | None = None


@dataclass(frozen=True, slots=True)
class Merged(Event):
    """Other records went into this one."""

    merged: tuple[int, ...] = ()
    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unmerged(Event):
    """A merge was taken back: the records are several again."""

    merged: tuple[int, ...] = ()
    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class ToldApart(Event):
    """Somebody said that this record and another one that looks like it are two."""

    other_id: int | None = None
    by_id: int | None = None
