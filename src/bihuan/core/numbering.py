"""Document numbers: a pattern such as "OP-{year}-{n:05}", counted per period, without gaps and without doubles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import F
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.columns import ObjectField
from bihuan.core.configuration import remembered
from bihuan.core.record import Record

#: What a pattern may hold besides text; {n} or {n:05} is the counter.
PARTS = ("year", "month", "day")
PART = re.compile(r"{(\w+)(?::0?\d{1,2})?}")
#: Characters of the number of a first record; the column holds 40, so that there is room to count on.
LONGEST = 32


class NumberRule(Record):
    """The firm's own pattern for an object; without one the object's declared pattern counts."""

    object = ObjectField(_("Object"), max_length=40, unique=True)
    pattern = models.CharField(_("Pattern"), max_length=60)

    class Meta:
        app_label = "core"
        verbose_name = _("number rule")
        verbose_name_plural = _("number rules")

    def problems(self) -> Iterable[tuple[str, str]]:
        if problem := pattern_problem(self.pattern):
            yield "pattern", problem


class Counter(models.Model):
    """The last number given for an object in a period ("2026", "2026-03" or ""). The row is the lock."""

    object = models.CharField(max_length=40)
    period = models.CharField(max_length=60)
    last = models.BigIntegerField(default=0)

    class Meta:
        app_label = "core"
        constraints = [models.UniqueConstraint(fields=["object", "period"], name="one_counter")]


def pattern_problem(pattern: str) -> str | None:
    """Why a pattern would not make distinct numbers, as a sentence; None when it does."""
    names = re.findall(PART, pattern)
    if names.count("n") != 1 or set(names) - {"n", *PARTS} or re.search(r"[{}]", re.sub(PART, "", pattern)):
        return _now("A number pattern holds {n} once and, if wanted, {year}, {month}, {day}.")
    if re.search(r"{(month|day|n)}(?={)", pattern):  # {month}{n} would make 111 twice
        return _now("In a number pattern, parts side by side need widths, such as {month:02}{n:05}.")
    if len(example(pattern, date.max)) > LONGEST:
        return _now("A document number has at most %(limit)d characters.") % {"limit": LONGEST}
    return None


@remembered
def rules() -> dict[str, str]:
    """The firm's own patterns by object."""
    return dict(NumberRule._base_manager.filter(archived_at=None).values_list("object", "pattern"))


def example(pattern: str, today: date) -> str:
    """What the first number of a pattern looks like."""
    return pattern.format(n=1, **{part: getattr(today, part) for part in PARTS})


def allocate(slug: str, pattern: str, count: int, today: date) -> list[str]:
    """The next `count` numbers of an object; they return to the pot if the caller's transaction rolls back."""
    pattern = rules().get(slug, pattern)
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
    parts = re.split(r"{(\w+)(?::\d+)?}", rules().get(slug, pattern))
    widths = {"year": "{4}", "month": "{1,2}", "day": "{1,2}", "n": "{1,18}"}
    form = "".join(f"(?P<{part}>[0-9]{widths[part]})" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    highest: dict[str, int] = {}
    for match in filter(None, (re.fullmatch(form, number) for number in numbers)):
        period = "-".join(f"{int(match[part]):02}" for part in PARTS if part in parts)
        highest[period] = max(int(match["n"]), highest.get(period, 0))
    Counter.objects.bulk_create([Counter(object=slug, period=period) for period in highest], ignore_conflicts=True)
    for period, last in highest.items():
        Counter.objects.filter(object=slug, period=period, last__lt=last).update(last=last)
