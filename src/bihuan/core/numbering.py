"""Document numbers: a pattern such as "OP-{year}-{n:05}", counted per period, without gaps and without doubles."""

from __future__ import annotations

import re
from datetime import date

from django.db import models
from django.db.models import F
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused

#: What a pattern may hold besides text; {n} or {n:05} is the counter.
PARTS = ("year", "month", "day")


class NumberRule(models.Model):
    """The firm's own pattern for an object; without a row the object's declared pattern counts."""

    object = models.CharField(max_length=40, unique=True)
    pattern = models.CharField(max_length=60)

    class Meta:
        app_label = "core"


class Counter(models.Model):
    """The last number given for an object in a period ("2026", "2026-03" or ""). The row is the lock."""

    object = models.CharField(max_length=40)
    period = models.CharField(max_length=60)
    last = models.BigIntegerField(default=0)

    class Meta:
        app_label = "core"
        constraints = [models.UniqueConstraint(fields=["object", "period"], name="one_counter")]


def check_pattern(pattern: str) -> str:
    """The pattern, if it makes distinct numbers. Raises Refused."""
    names = re.findall(r"{(\w+)(?::\d+)?}", pattern)
    if names.count("n") != 1 or set(names) - {"n", *PARTS} or "{" in re.sub(r"{\w+(:0?\d+)?}", "", pattern):
        raise Refused(_("A number pattern holds {n} once and, if wanted, {year}, {month}, {day}."))
    return pattern


def allocate(slug: str, pattern: str, count: int, today: date) -> list[str]:
    """The next `count` numbers of an object; they return to the pot if the caller's transaction rolls back."""
    own = NumberRule.objects.filter(object=slug).values_list("pattern", flat=True).first()
    pattern = own or pattern
    period = "-".join(f"{getattr(today, part):02}" for part in PARTS if f"{{{part}" in pattern)
    counter = Counter.objects.filter(object=slug, period=period)
    if not counter.update(last=F("last") + count):
        Counter.objects.bulk_create([Counter(object=slug, period=period)], ignore_conflicts=True)
        counter.update(last=F("last") + count)
    last = counter.values_list("last", flat=True).get()
    values = {part: getattr(today, part) for part in PARTS}
    return [pattern.format(n=number, **values) for number in range(last - count + 1, last + 1)]
