"""Document numbers: a pattern such as "OP-{year}-{n:05}", counted per period, without gaps and without doubles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Forbidden, Refused

if TYPE_CHECKING:
    from bihuan.core.access import Actor

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
    if re.search(r"{(month|day|n)}(?={)", pattern):  # {month}{n} would make 111 twice
        raise Refused(_("In a number pattern, parts side by side need widths, such as {month:02}{n:05}."))
    return pattern


def pattern_of(slug: str, declared: str) -> str:
    """The pattern in force for an object."""
    return NumberRule.objects.filter(object=slug).values_list("pattern", flat=True).first() or declared


def example(pattern: str, today: date) -> str:
    """What the first number of a pattern looks like."""
    return pattern.format(n=1, **{part: getattr(today, part) for part in PARTS})


def set_pattern(slug: str, pattern: str, *, by: Actor) -> None:
    """Give an object another pattern; numbers given out stay. Whoever may edit pipelines may do this. Raises Refused."""
    if not by.may("pipeline", "edit"):
        raise Forbidden()
    check_pattern(pattern)
    with transaction.atomic():
        rule, _made = NumberRule.objects.select_for_update().get_or_create(object=slug)
        former, rule.pattern = rule.pattern, pattern
        if former == pattern:
            return
        rule.save()
        AuditEntry.objects.create(
            at=timezone.now(), run=uuid4(), command="set_pattern", object="numberrule", record_id=rule.pk, version=1,
            actor_kind=by.kind, actor_id=by.user_id, actor_name=by.name, changes={"pattern": [former or None, pattern]},
        )  # fmt: skip


def allocate(slug: str, pattern: str, count: int, today: date) -> list[str]:
    """The next `count` numbers of an object; they return to the pot if the caller's transaction rolls back."""
    pattern = pattern_of(slug, pattern)
    period = "-".join(f"{getattr(today, part):02}" for part in PARTS if f"{{{part}" in pattern)
    counter = Counter.objects.filter(object=slug, period=period)
    if not counter.update(last=F("last") + count):
        Counter.objects.bulk_create([Counter(object=slug, period=period)], ignore_conflicts=True)
        counter.update(last=F("last") + count)
    last = counter.values_list("last", flat=True).get()
    values = {part: getattr(today, part) for part in PARTS}
    return [pattern.format(n=number, **values) for number in range(last - count + 1, last + 1)]


def skip(slug: str, pattern: str, numbers: Iterable[str]) -> None:
    """Let the counters of an object go on after numbers of its pattern that records brought along from elsewhere."""
    parts = re.split(r"{(\w+)(?::\d+)?}", pattern_of(slug, pattern))
    widths = {"year": "{4}", "month": "{1,2}", "day": "{1,2}", "n": "{1,18}"}
    form = "".join(f"(?P<{part}>[0-9]{widths[part]})" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    highest: dict[str, int] = {}
    for match in filter(None, (re.fullmatch(form, number) for number in numbers)):
        period = "-".join(f"{int(match[part]):02}" for part in PARTS if part in parts)
        highest[period] = max(int(match["n"]), highest.get(period, 0))
    Counter.objects.bulk_create([Counter(object=slug, period=period) for period in highest], ignore_conflicts=True)
    for period, last in highest.items():
        Counter.objects.filter(object=slug, period=period, last__lt=last).update(last=last)
