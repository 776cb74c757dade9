"""Conditions of lists, views, boards and reports: `level.in=1,2`, `closed_on.in=this_month`, `amount.gte=10万`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.core import dates, kind, link, registry, stage, stay
from bihuan.core.access import Actor
from bihuan.core.errors import Refused
from bihuan.core.field import Field

#: What each operator is called on the screen.
OPERATORS = {
    "has": gettext_lazy("contains"),
    "is": gettext_lazy("is"),
    "not": gettext_lazy("is not"),
    "starts": gettext_lazy("begins with"),
    "empty": gettext_lazy("is empty"),
    "filled": gettext_lazy("is filled"),
    "eq": "=",
    "gte": "≥",
    "lte": "≤",
    "between": gettext_lazy("between"),
    "in": gettext_lazy("is"),
    "out": gettext_lazy("is not"),
    "late": gettext_lazy("for too long"),
    "reached": gettext_lazy("came as far as"),
    "unreached": gettext_lazy("never came as far as"),
    "on": gettext_lazy("on"),
    "before": gettext_lazy("before"),
    "after": gettext_lazy("after"),
}

#: Those that compare with nothing.
ALONE = ("empty", "filled", "late")
#: Those that ask where a record has stood and for how long, which it does not tell itself as it stands in memory.
OF_THE_PAST = ("late", "reached", "unreached")

#: Operands for links to staff that mean whoever asks.
ME, TEAM = "me", "team"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it stands in an address: a field, an operator of its kind, and the operand's text."""

    field: Field
    operator: str
    operand: str = ""

    def where(self, actor: Actor) -> Q:
        """The condition for the database. Raises Refused when the operand does not fit the field."""
        if self.operator not in self.field.kind.operators or self.field.compute is not None:
            raise Refused(_("“%(field)s” cannot be filtered so.") % {"field": self.field.label})
        if self.operator in ("empty", "filled"):
            blank = _blank(self.field)
            return blank if self.operator == "empty" else ~blank
        if self.operator == "late":
            return _late(self.field, actor)
        if self.operator in ("reached", "unreached"):
            return _reached(self)
        return _FORMS[type(self.field.kind)](self, actor)

    def met_by(self, value: Any, actor: Actor) -> bool:
        """Whether a value in memory meets the condition, as `where` says it to the database. Raises Refused like it.

        What the operators OF_THE_PAST ask cannot be asked so: the stage alone does not tell.
        """
        if self.operator in ("empty", "filled"):
            return (value in (None, "", ())) == (self.operator == "empty")
        return _TESTS[type(self.field.kind)](self, value, actor)


def _blank(field: Field) -> Q:
    nothing = Q(**{f"{field.path}__isnull": True})
    return nothing | Q(**{field.path: ""}) if isinstance(field.kind, (kind.Text, kind.Key)) else nothing


def _late(field: Field, actor: Actor) -> Q:
    """What has stood in an open stage for longer than is usual there."""
    assert field.column is not None
    desk = registry.desk_of(field.column.model)
    since = desk.board.since if desk.board is not None else ""
    if since not in desk.whole_fields(actor):
        raise Refused(_("“%(field)s” cannot be filtered so.") % {"field": field.label})
    beyond, _link, _stage = field.path.rpartition("__")
    return stage.late(desk.slug, field.path, f"{beyond}__{since}" if beyond else since, timezone.now())


def _reached(condition: Condition) -> Q:
    """What has once come as far as one of some stages, or beyond."""
    field = condition.field
    assert field.column is not None
    keys = [field.parse(part) for part in condition.operand.split(",") if part.strip()]
    if not keys:
        raise Refused(_("Choose at least one value for “%(field)s”.") % {"field": field.label})
    beyond, _link, _stage = field.path.rpartition("__")
    found = stay.came_to(registry.desk_of(field.column.model).slug, keys, f"{beyond}__pk" if beyond else "pk")
    return found if condition.operator == "reached" else ~found


def _text(condition: Condition, actor: Actor) -> Q:
    lookup = {"has": "icontains", "is": "iexact", "not": "iexact", "starts": "istartswith"}[condition.operator]
    found = Q(**{f"{condition.field.path}__{lookup}": condition.operand.strip()})
    return ~found if condition.operator == "not" else found


def _file(condition: Condition, actor: Actor) -> Q:
    """By the name of the file."""
    return Q(**{f"{condition.field.path}__name__icontains": condition.operand.strip()})


def _number(condition: Condition, actor: Actor) -> Q:
    field, path = condition.field, condition.field.path
    if condition.operator == "between":
        low, high = (field.check(field.parse(part)) for part in _two(condition.operand))
        return Q(
            **({f"{path}__gte": low} if low is not None else {}), **({f"{path}__lte": high} if high is not None else {})
        )
    value = field.check(field.parse(condition.operand))
    if value is None:
        raise Refused(_("Choose at least one value for “%(field)s”.") % {"field": field.label})
    return Q(**{path if condition.operator == "eq" else f"{path}__{condition.operator}": value})


def _two(operand: str) -> tuple[str, str]:
    low, dots, high = operand.partition("..")
    if not dots:
        raise Refused(_("Write the two ends as 10..20."))
    return low, high


def _date(condition: Condition, actor: Actor) -> Q:
    """Spans are half open: from the first day up to, not including, the day after the last."""
    try:
        first, end = _days(condition)
        return _between(condition, first, end)
    except OverflowError:  # a day beside the first or the last that there is
        raise Refused(_("“%(text)s” is not a date; write 2026-03-17.") % {"text": condition.operand}) from None


def _between(condition: Condition, first: date | None, end: date | None) -> Q:
    path, moments = condition.field.path, isinstance(condition.field.kind, kind.Moment)
    bound: Callable[[date], Any] = dates.midnight if moments else lambda day: day
    low = {f"{path}__gte": bound(first)} if first else {}
    high = {f"{path}__lt": bound(end)} if end else {}
    return Q(**low, **high)


def _days(condition: Condition) -> tuple[date | None, date | None]:
    operand, one = condition.operand.strip(), timedelta(1)
    if condition.operator == "in":
        found = dates.span(operand)
        if found is None:
            raise Refused(_("“%(text)s” is not a span of time.") % {"text": operand})
        return found
    parts = [_day(part) for part in (_two(operand) if condition.operator == "between" else (operand,))]
    if condition.operator == "between":
        return parts[0], parts[1] + one if parts[1] else None
    day = parts[0]
    if day is None:
        raise Refused(_("“%(text)s” is not a date; write 2026-03-17.") % {"text": operand})
    return {"on": (day, day + one), "before": (None, day), "after": (day + one, None)}[condition.operator]


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    found = dates.read_date(text) or (dates.span(text.strip()) or (None,))[0]
    if found is None:
        raise Refused(_("“%(text)s” is not a date; write 2026-03-17.") % {"text": text})
    return found


def _yesno(condition: Condition, actor: Actor) -> Q:
    wanted = condition.field.parse(condition.operand)
    found = Q(**{condition.field.path: wanted})
    unset = bool(condition.field.custom) and not wanted  # records from before there was the field
    return found | Q(**{f"{condition.field.path}__isnull": True}) if unset else found


def _among(condition: Condition, actor: Actor) -> Q:
    """States, choices, stages and links: one of several."""
    field = condition.field
    scope, keys = Q(), []
    for part in (part.strip() for part in condition.operand.split(",")):
        if part == TEAM and field.target is get_user_model():
            scope |= Q(
                **{f"{field.path}__in": get_user_model()._base_manager.filter(unit_id__in=actor.unit_ids).values("pk")}
            )
        elif part:
            keys.append(_key(field, part, actor))
    if isinstance(field.kind, kind.Picks):
        for key in (key for part in keys for key in part):
            scope |= Q(**{f"{field.path}__contains": f",{key},"})
    elif keys:
        scope |= Q(**{f"{field.path}__in": keys})
    if not scope:
        raise Refused(_("Choose at least one value for “%(field)s”.") % {"field": field.label})
    if isinstance(field.kind, kind.Links):
        scope = Q(pk__in=field.column.model._base_manager.filter(scope).values("pk"))  # joining would double rows
    return ~scope | Q(**{f"{field.path}__isnull": True}) if condition.operator == "out" else scope


def _key(field: Field, part: str, actor: Actor) -> Any:
    if field.target is get_user_model() and part == ME:
        return actor.user_id
    if field.target is None or isinstance(field.kind, kind.Pick) or part.isdecimal():
        return field.parse(part) if not isinstance(field.kind, kind.Links) else field.parse(part)[0]
    found, near = link.resolve(actor, registry.desk_of(field.target), [part])
    if part not in found and len(near.get(part, ())) != 1:
        raise Refused(_("“%(text)s” was not found.") % {"text": part})
    return found.get(part) or near[part][0][0]


_FORMS: dict[type[kind.Kind], Callable[[Condition, Actor], Q]] = {
    **dict.fromkeys((kind.Text, kind.LongText, kind.DocumentNumber, kind.Mail, kind.Url, kind.Phone), _text),
    **dict.fromkeys((kind.Integer, kind.Ordinal, kind.Quantity, kind.Amount, kind.Percent), _number),
    **dict.fromkeys((kind.Date, kind.Moment), _date),
    **dict.fromkeys((kind.State, kind.Key, kind.Pick, kind.Picks, kind.StagePick, kind.Link, kind.Links), _among),
    kind.YesNo: _yesno,
    kind.File: _file,
}


# ---------------------------------------------------------------------- the same in memory


def _text_met(condition: Condition, value: Any, actor: Actor) -> bool:
    text, wanted = str(value or "").casefold(), condition.operand.strip().casefold()
    match condition.operator:
        case "has":
            return wanted in text
        case "starts":
            return text.startswith(wanted)
    return (text == wanted) == (condition.operator == "is")


def _number_met(condition: Condition, value: Any, actor: Actor) -> bool:
    if value is None:
        return False
    if condition.operator == "between":
        low, high = (condition.field.parse(part) for part in _two(condition.operand))
        return (low is None or value >= low) and (high is None or value <= high)
    other = condition.field.parse(condition.operand)
    return {"eq": value == other, "gte": value >= other, "lte": value <= other}[condition.operator]


def _date_met(condition: Condition, value: Any, actor: Actor) -> bool:
    if value is None:
        return False
    first, end = _days(condition)
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return (first is None or day >= first) and (end is None or day < end)


def _yesno_met(condition: Condition, value: Any, actor: Actor) -> bool:
    return bool(value) == condition.field.parse(condition.operand)


def _among_met(condition: Condition, value: Any, actor: Actor) -> bool:
    """Of links only ids are known here: “my team” and names are for the database."""
    held = set(value) if isinstance(value, tuple) else {value}
    keys = (_key(condition.field, part.strip(), actor) for part in condition.operand.split(",") if part.strip())
    wanted = {one for key in keys for one in (key if isinstance(key, tuple) else (key,))}
    return bool(held & wanted) == (condition.operator == "in")


_TESTS: dict[type[kind.Kind], Callable[[Condition, Any, Actor], bool]] = {
    each: {
        _text: _text_met, _file: _text_met, _number: _number_met, _date: _date_met, _among: _among_met, _yesno: _yesno_met,
    }[form]
    for each, form in _FORMS.items()
}  # fmt: skip
