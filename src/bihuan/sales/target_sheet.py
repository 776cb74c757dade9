"""The sheet of a year: twelve months of every measure for one scope, beside the sum below it and what was reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from bihuan.core import registry
from bihuan.core.access import Actor, visible
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.kind import read_key
from bihuan.core.period import Period
from bihuan.core.run import Call, run
from bihuan.core.verbs import archive, create, update
from bihuan.sales.attainment import IN_USE, Actuals
from bihuan.sales.quota import FIRM_CURRENCY, Goal, Quotas, total
from bihuan.sales.scope import Scope
from bihuan.sales.target import MEASURES, MONEY, Target

TIERS = ("base", "stretch")


@dataclass(slots=True)
class Cell:
    """One figure that is typed."""

    name: str
    text: str = ""
    error: str = ""


@dataclass(slots=True)
class Line:
    """One measure month by month: cells by tier, the own entry, what counts, the sum below it, what was reached.

    `versions` are those of the targets, under the names by which the form sends them back.
    """

    measure: str
    label: str
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    versions: list[tuple[str, int]] = field(default_factory=list)
    own: list[Goal | None] = field(default_factory=list)
    goals: list[Goal | None] = field(default_factory=list)
    below: list[Goal | None] = field(default_factory=list)
    reached: list[Decimal] = field(default_factory=list)

    @property
    def is_money(self) -> bool:
        return self.measure in MONEY

    @property
    def has_below(self) -> bool:
        """Whether anything is set below."""
        return any(self.below)

    def bases(self, name: str) -> list[Decimal | None]:
        """The bases of `goals` or of `below`, month by month."""
        return [each.base if each else None for each in getattr(self, name)]

    def year(self, name: str) -> Decimal | None:
        """Those of the whole year together."""
        found = total(getattr(self, name))
        return found.base if found else None

    @property
    def gaps(self) -> list[Decimal | None]:
        """By how much the own entry goes beyond the sum below it, where there are both."""
        pairs = zip(self.own, self.below, strict=True)
        return [own.base - below.base if own and below else None for own, below in pairs]


class YearSheet:
    """The targets of a scope in a year as an actor meets them; `sent` is what was typed."""

    def __init__(self, actor: Actor, scope: Scope, year: Period, sent: Mapping[str, str] | None = None) -> None:
        self.actor, self.scope, self.year, self.sent = actor, scope, year, sent
        self.fields: Mapping[str, Field] = registry.desk_of(Target).own_fields
        rows = visible(actor, Target).filter(**scope.named, month__gte=year.start, month__lt=year.end)
        self.kept: dict[tuple[str, date], Target] = {(each.measure, each.month): each for each in rows}
        self.errors: dict[str, str] = {}

    def lines(self, quotas: Quotas, reached: Actuals) -> Iterable[Line]:
        """Every measure in use."""
        for measure in IN_USE:
            line = Line(measure, str(MEASURES[measure]))
            for tier in TIERS:
                line.cells[tier] = [self._cell(measure, tier, month) for month in self.year.months]
            for month in self.year.months:
                line.own.append(quotas.own.get((self.scope, measure, month)))
                line.goals.append(quotas.goal(self.scope, measure, month))
                line.below.append(quotas.below(self.scope, measure, month))
                currency = FIRM_CURRENCY if line.is_money else ""
                line.reached.append(reached.get((measure, month), {}).get(currency, Decimal(0)))
                if kept := self.kept.get((measure, month)):
                    line.versions.append((f"version-{kept.pk}", kept.version))
            yield line

    def _cell(self, measure: str, tier: str, month: date) -> Cell:
        name = f"{measure}-{tier}-{month.month}"
        kept = self.kept.get((measure, month))
        value = getattr(kept, tier) if kept else None
        stored = "" if value is None else f"{value.normalize():f}"
        return Cell(name, self.sent.get(name, "") if self.sent is not None else stored, self.errors.get(name, ""))

    def save(self) -> bool:
        """Write what differs, all of it or nothing; what is wrong stands at its cell."""
        assert self.sent is not None
        made: list[Call] = []
        changed: list[Call] = []
        gone: list[Call] = []
        for measure in IN_USE:
            for month in self.year.months:
                values = {tier: self._read(f"{measure}-{tier}-{month.month}", tier) for tier in TIERS}
                kept = self.kept.get((measure, month))
                version = read_key(self.sent.get(f"version-{kept.pk}", "")) if kept else None
                if values["base"] is None and values["stretch"] is None:
                    gone += [Call({}, kept, version)] if kept else []
                elif kept is None:
                    own = {name: key for name, key in self.scope.named.items() if key is not None}
                    made.append(Call({**own, "measure": measure, "month": month, "currency": FIRM_CURRENCY, **values}))
                elif any(getattr(kept, tier) != value for tier, value in values.items()):
                    changed.append(Call(values, kept, version))
        if self.errors:
            return False
        with transaction.atomic():
            for command, calls in ((archive, gone), (update, changed), (create, made)):
                self._run(command, calls)
            if self.errors:
                transaction.set_rollback(True)
        return not self.errors

    def _read(self, name: str, tier: str) -> Decimal | None:
        each = self.fields[tier]
        try:
            return each.check(each.parse((self.sent or {}).get(name, "")))
        except Refused as refusal:
            self.errors[name] = refusal.sentence
            return None

    def _run(self, command: Any, calls: list[Call]) -> None:
        if not calls:
            return
        outcome = run(command, calls, by=self.actor, on=Target, partial=True)
        for place, refusal in outcome.refusals.items():
            measure, month = self._place(calls[place])
            for tier, sentence in refusal.errors.items():
                self.errors[f"{measure}-{tier if tier in TIERS else 'base'}-{month.month}"] = sentence

    @staticmethod
    def _place(call: Call) -> tuple[str, date]:
        if isinstance(call.record, Target):
            return call.record.measure, call.record.month
        return call.inputs["measure"], call.inputs["month"]
