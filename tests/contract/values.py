"""Inputs for any object, made from its fields: a new object needs no new test.

A value is what a person would type or pick. `n` tells records apart, so that unique fields stay unique.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.core import columns, kind, registry
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.run import do
from bihuan.people.work_calendar import WEEKDAYS

_SEGMENTS = count()
#: A column whose value is more than its kind tells.
BY_COLUMN: dict[type, Callable[[int], Any]] = {columns.CurrencyField: lambda n: ("CNY", "USD")[n % 2]}

#: Text that must mean something, by "object.field".
BY_NAME: dict[str, Callable[[int], Any]] = {
    **{f"{desk.slug}.anyway": lambda n: "1" for desk in registry.desks()},  # the records look alike, and are meant to
    "stage.required": lambda n: ("account", "amount")[n % 2],
    "opportunity.closed_on": lambda n: "",  # a deal in progress has no such day
    "stage.relatives": lambda n: ("opportunitycontact", "opportunityproduct")[n % 2],
    "pipeline.object": lambda n: "opportunity",
    "customfield.object": lambda n: "account",
    "customfield.key": lambda n: f"key_{n}",
    "customfield.kind": lambda n: ("quantity", "text")[n % 2],
    "customfield.after": lambda n: "",
    "customfield.target": lambda n: "",
    "customfield.formula": lambda n: "",
    "customfield.default": lambda n: "",
    "customfield.required": lambda n: "0",  # or every account of the tests would need it
    "customfield.unique": lambda n: "0",
    "formrule.object": lambda n: "account",
    "formrule.field": lambda n: ("name", "kind")[n % 2],  # which every account has anyway
    "formrule.effect": lambda n: "required",
    "formrule.when": lambda n: f"city.is=NN{n}",
    "formrule.offered": lambda n: "",
    "pool.object": lambda n: "account",
    "apitoken.objects_named": lambda n: "account,contact",
    "numberrule.pattern": lambda n: f"R{n}-{{n:05}}",
    "mailbox.address": lambda n: f"box{n}@example.com",
    "mailbox.folders": lambda n: f"INBOX, Archiv{n}",
    "mailbox.active": lambda n: "1",
    "mailmessage.to": lambda n: f"to{n}@example.com",
    "mailmessage.cc": lambda n: f"cc{n}@example.com",
    "webhook.address": lambda n: f"https://example.com/hook/{n}",
    "webhook.events": lambda n: ("account.created", "contact.*")[n % 2],
    "formsubmission.own": lambda n: {},
    "leadform.hosts": lambda n: f"www{n}.example.com *.example.cn",
    "leadform.open_from": lambda n: date(2026, 3, 1 + n % 9).isoformat(),
    "leadform.open_until": lambda n: date(2099, 1, 1 + n % 9).isoformat(),
    "segment.name": lambda n: f"细分 {n}.{next(_SEGMENTS)}",  # a mailing links to several, which must be told apart
    "segment.object": lambda n: "account",
    "segment.rule": lambda n: f"city.is=S{n}",
    "campaign.goal": lambda n: str(n + 1),
    "campaign.goal_rule": lambda n: ("created_at.in=this_year", "created_at.in=last_year")[
        n % 2
    ],  # whatever the goal counts
    "territory.rule": lambda n: ("city.is=苏州", "level.filled=", "owner.empty=")[n % 3],
    **{f"workcalendar.{day}": lambda n: f"09:00-1{n % 10}:30" for day in WEEKDAYS},
    "calendarday.hours": lambda n: "",
    "lead.converted_at": lambda n: "",  # no more has one that is followed
    "scorerule.when": lambda n: ("city.is=苏州", "mobile.filled=", "")[n % 3],
    "assignmentrule.when": lambda n: ("city.is=苏州", "score.gte=20", "")[n % 3],
    "assignmentrule.weekdays": lambda n: ("12345", "67")[n % 2],
    "signinpolicy.max_age_days": lambda n: "0",  # else everybody would be asked for a new password
    "signinpolicy.second_factor": lambda n: "0",  # and for a second factor
    "identityprovider.issuer": lambda n: f"https://sso{n}.example.com",
    "share.unit": lambda n: "",  # the first is the whole firm: everybody would see what is shared
    "share.until": lambda n: date(2099, 1, 1 + n % 9).isoformat(),
    "share.edits": lambda n: "0",  # or others could do what only its owner may
    "target.unit": lambda n: visible(SYSTEM, registry.desk("unit").model).get(name="一部").pk,  # 林's
    "target.territory": lambda n: "",
    "target.month": lambda n: date(2026 + n // 12 % 900, n % 12 + 1, 1).isoformat(),
    "target.stretch": lambda n: "99",
    "forecastadjustment.unit": lambda n: visible(SYSTEM, registry.desk("unit").model).get(name="一部").pk,  # 林's
    "forecastadjustment.month": lambda n: date(2026, n % 12 + 1, 1).isoformat(),
    "accountcontact.share": lambda n: str(n % 90),
    "accountcontact.since": lambda n: date(2026, 1, 1 + n % 9).isoformat(),
    "accountcontact.until": lambda n: date(2027, 1, 1 + n % 9).isoformat(),
}

BY_KIND: dict[str, Callable[[Field, int], Any]] = {
    "text": lambda field, n: f"{field.name} 值{n}"[: field.max_length],
    "longtext": lambda field, n: f"第一行 {n}\n第二行",
    "number": lambda field, n: f"X-{n:04}",
    "mail": lambda field, n: f"person{n}@example.com",
    "url": lambda field, n: f"https://example.com/{n}",
    "phone": lambda field, n: f"+86 139 {5126_0000 + n}",
    "integer": lambda field, n: str(10 + n % 80),
    "quantity": lambda field, n: f"{n % 90}.5",
    "amount": lambda field, n: f"{1000 + n}.25",
    "date": lambda field, n: (date(2026, 3, 1) + timedelta(n % 300)).isoformat(),
    "moment": lambda field, n: f"{date(2026, 3, 1) + timedelta(n % 300)} 14:30",
    "yesno": lambda field, n: "1" if n % 2 else "0",
    "structure": lambda field, n: {},
    "state": lambda field, n: _nth(list(field.states), n),
    "choice": lambda field, n: _nth([option.id for option in field.kind.options(field)], n),
    "file": lambda field, n: SimpleUploadedFile(f"文件{n}.txt", f"内容 {n}".encode(), "text/plain"),
    "stage": lambda field, n: next(step.id for step in field.kind.options(field) if step.kind == "open"),
}


def inputs(desk: Desk, actor: Actor, n: int, *, creating: bool = True) -> dict[str, Any]:
    """A value for every field that the actor may give."""
    fields = registry.maker(desk).inputs(desk, actor) if creating else desk.inputs(actor, creating=False)
    given = {name: value(desk, field, actor, n) for name, field in fields.items()}
    return given | (_about(desk, actor, n) if creating or "about" in given else {})


def _about(desk: Desk, actor: Actor, n: int) -> dict[str, Any]:
    """What the record hangs on, where it can hang on any: a column for the object, one beside it for the record."""
    names = [column.name for column in desk.model._meta.fields if isinstance(column, columns.AboutField)]
    target = registry.desk("account")
    return {
        key: said for name in names for key, said in ((name, target.slug), (f"{name}_id", _linked(target, actor, n)))
    }


def value(desk: Desk, field: Field, actor: Actor, n: int) -> Any:
    """A raw value of one field."""
    named = BY_NAME.get(f"{desk.slug}.{field.name}") or BY_COLUMN.get(type(field.column))
    if named:
        return named(n)
    if isinstance(field.kind, kind.Links):
        return [_linked(registry.desk_of(field.target), actor, n)]
    if isinstance(field.kind, kind.Link):
        return _linked(registry.desk_of(field.target), actor, n)
    return BY_KIND[field.kind.name](field, n)


def _nth(values: list[Any], n: int) -> Any:
    return values[n % len(values)]


def _linked(desk: Desk, actor: Actor, n: int) -> int:
    """A record to link to: oneself among the staff, else one of one's own that nothing else links to yet."""
    if desk.slug == "user":
        return actor.user_id
    there = visible(actor, desk.model).order_by("pk").values_list("pk", flat=True).first()
    if desk.configuration and there is not None:
        return there
    by = SYSTEM if desk.configuration else actor
    return do(registry.maker(desk), by=by, on=desk.model, **needed(desk, by, n)).pk


def needed(desk: Desk, actor: Actor, n: int) -> dict[str, Any]:
    """Values of the required fields and of what names the record, alone."""
    fields = registry.maker(desk).inputs(desk, actor)
    given = {
        name: value(desk, field, actor, n)
        for name, field in fields.items()
        if field.required or name in (desk.title, desk.title.removesuffix("__name"), "anyway")
    }
    return given | _about(desk, actor, n)


def sample(desk: Desk, actor: Actor, n: int = 1) -> Any:
    """A record made with a value for every field."""
    return do(registry.maker(desk), by=actor, on=desk.model, **inputs(desk, actor, n))
