"""What the worker looks into every so often, a mailbox or a calendar: when next, and what came of the last visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.utils import timezone

from bihuan.core.access import SYSTEM, visible
from bihuan.core.record import Record

#: How long after a visit the next one is due, and the longest pause after visits that failed.
INTERVAL, LONGEST = timedelta(minutes=1), timedelta(hours=1)
#: Who visits and is not heard of for so long is taken to be dead.
LEASE = timedelta(minutes=15)


class Visited(models.Model):
    """The state of what is visited, which its link `of` names.

    `due_at` is when it is visited next; who visits it moves that moment on first. `failure` is one of `sentences`.
    """

    due_at = models.DateTimeField()
    visited_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    of: ClassVar[str]
    sentences: ClassVar[Mapping[str, Any]]

    class Meta:
        abstract = True

    @classmethod
    def open(cls) -> models.QuerySet[Self]:
        """The states of all that is to be visited at all."""
        return cls.objects.filter(**{f"{cls.of}__active": True, f"{cls.of}__archived_at": None})  # type: ignore[attr-defined]

    @classmethod
    def claim(cls) -> Self | None:
        """Take up what is due for the longest time; nobody else does until LEASE is over."""
        now = timezone.now()
        whole: type[Record] = cls._meta.get_field(cls.of).related_model  # type: ignore[assignment]
        for each in visible(SYSTEM, whole).filter(state=None):
            cls.objects.get_or_create(**{cls.of: each}, defaults={"due_at": now})  # type: ignore[attr-defined]
        due = cls.open().filter(due_at__lte=now).order_by("due_at")
        if not due.exists():  # asked outside a transaction: to begin one is to wait for SQLite's only write lock
            return None
        with transaction.atomic():
            state = due.select_for_update(skip_locked=True, of=("self",)).select_related(cls.of).first()
            if state is not None:
                state.due_at = now + LEASE
                state.save(update_fields=["due_at"])
        return state

    def note(self, failure: str = "", detail: str = "") -> None:
        """Keep what came of a visit; after one that failed the next comes later."""
        self.failures = self.failures + 1 if failure else 0
        pause = min(INTERVAL * 2**self.failures, LONGEST)
        self.failure, self.detail = failure, detail[:300]
        self.visited_at, self.due_at = timezone.now(), timezone.now() + pause
        self.save(update_fields=["failures", "failure", "detail", "visited_at", "due_at"])

    @property
    def sentence(self) -> str:
        """What went wrong at the last visit, in the reader's language; "" where nothing did."""
        return str(self.sentences[self.failure]) if self.failure else ""
