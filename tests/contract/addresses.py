"""Every address of the product that only reads, and every way to ask it; each with the act that it needs a grant for.

`NAMES` tells which addresses the tests of pages know; one that is missing here fails them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from bihuan.core import kind, registry, stage
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.web.table import UNFIT
from tests.contract.test_records import operand

#: Addresses that `of_object` and `of_record` ask, and those that take a change alone.
OBJECT = {
    "list",
    "count",
    "counts",
    "board",
    "board_heads",
    "board_column",
    "funnel",
    "new",
    "options",
    "export",
    "import",
    "import_template",
    "duplicates",
}
RECORD = {
    "record",
    "past",
    "personal",
    "edit",
    "cell",
    "command",
    "timeline",
    "mail",
    "mailbox",
    "mailing",
    "campaign",
    "write_mail",
}
#: Pages of a room's own about a record, by its object.
FURTHER = {"leadform": "lead_form_share", "campaign": "attribution", "mailing": "mailing_letter"}
#: Parts of such a page that are asked for after it.
AFTER = {"campaign": ("campaign_goal", "campaign_ways_in")}
CHANGES = {"bulk", "saved_views", "notice", "job_cancel", "job_undo", "sign_out", "preferences", "password"}
CHANGES |= {
    "stage_rules",
    "pipeline_rules",
    "draft_live",
    "draft_discard",
    "user_active",
    "role_archive",
    "webhook_act",
    "token_revoke",
}
CHANGES |= {"second_factor_off", "sessions", "client_secret", "user_link", "user_second_factor", "user_sessions"}
CHANGES |= {"mailbox_passwords", "mailbox_try", "calendar_password", "calendar_try", "calendar_choose"}
CHANGES |= {"ruled"}  # what is typed: see web/tests/test_form_rules.py
CHANGES |= {"feed_end"}
CHANGES |= {"likely"}  # what is typed: see web/tests/test_duplicates.py
#: Addresses of an import that somebody has begun, of work, of files: asked where there are such things.
BEGUN = {
    "import_files",
    "import_columns",
    "import_questions",
    "import_check",
    "job",
    "job_file",
    "file",
    "held_file",
    "webhook_message",
    "merge",
    "mail_raw",
    "mentions",
    "document_file",
    "lead_form_qr",
}
#: Pages of one's own, which everybody who has signed in may open.
OWN = {"home": 200, "palette": 200, "notices": 200, "jobs": 200, "profile": 200, "settings": None}
OWN |= {
    "tokens": 200,
    "api_reference": 200,
    "inbox": 200,
    "answers": 200,
    "calendar": 200,
    "feed": 200,
    "mailboxes": 200,
    "calendar_accounts": 200,
}
#: What is asked after the password: whoever has answered everything is led on, or sets a second factor up by themselves.
OWN |= {"second_factor": 303, "new_password": 303, "set_up_second_factor": 200}
#: Pages of the settings, with the object that one must be allowed to edit.
SETTINGS = {
    "pipelines": "stage", "stages": "stage", "choice_sets": "choice", "choices": "choice", "numbers": "numberrule",
    "custom_fields": "customfield", "custom_fields_of": "customfield", "field_rights": "role",
    "duplicate_rules": "duplicaterule",
    "form_rules": "formrule", "form_rules_of": "formrule", "form_rule_new": "formrule", "form_rule": "formrule",
    "blueprint": "role", "blueprint_download": "role", "blueprint_rollback": "role",
    "units": "unit", "users": "user", "user_password": "user", "roles": "role", "role": "role",
    "webhooks": "webhook", "webhook_new": "webhook", "webhook": "webhook",
    "lead_rules": "assignmentrule", "work_calendars": "workcalendar", "response_times": "responserule",
    "territories": "territory", "sign_in_settings": "signinpolicy", "sign_ins": "user", "exports": "user", "user_hand_over": "user",
}  # fmt: skip
#: Pages of their own beside a list, with the object that one must be allowed to see.
BESIDE = {"targets": "target", "forecast": "target"}
#: Kinds of fields of linked records that lists are sorted, filtered and grouped by.
TRIED = ("link", "choice", "amount", "date")
#: Answered without signing in.
PUBLIC = {
    "sign_in", "setup", "password_link", "to_provider", "from_provider", "health", "calendar_feed", "lead_form",
    "mailing_leave", "mailing_click", "mailing_open",
}  # fmt: skip
#: Answered to whoever sends a token; asked in the tests of the API.
BY_TOKEN = {"api_list", "api_record", "api_bulk", "api_command", "api_file", "api_nothing", "api_openapi"}
NAMES = BY_TOKEN | OBJECT | RECORD | CHANGES | BEGUN | OWN.keys() | SETTINGS.keys() | BESIDE.keys() | PUBLIC
NAMES |= {*FURTHER.values(), *(name for names in AFTER.values() for name in names)}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. `needs` is the act to be granted: on `record`, where there is one, else on the object."""

    name: str
    url: str
    needs: str = "view"
    fragment: bool = False
    desk: Desk | None = None
    record: models.Model | None = None

    def __str__(self) -> str:
        return self.url + (" (a part)" if self.fragment else "")

    @property
    def kind(self) -> tuple[str, bool, str]:
        """The address of an object, as a page or as a part; what else is asked there are its variants."""
        return self.name, self.fragment, self.desk.slug if self.desk else ""


def of_object(desk: Desk) -> Iterable[Ask]:
    """Each address of an object once, as a page and as a part where it has both."""

    def ask(
        name: str, needs: str = "view", query: str = "", *, fragment: bool = False, args: tuple[Any, ...] = ()
    ) -> Ask:
        return Ask(name, f"{reverse(name, args=[desk.slug, *args])}{query}", needs, fragment, desk)

    yield from (
        ask("list"),
        ask("list", query="?q="),
        ask("list", query="?archived=1"),
        ask("list", query="?q=&filter=" + first_filter(desk)),
    )
    yield ask("counts", fragment=True)
    yield from (ask("count"), ask("count", fragment=True), ask("options"), ask("options", query="?q=密"))
    if desk.made_by == "create":  # else a command of its own makes them, on a page of its own
        yield from (ask("new", "create"), ask("new", "create", fragment=True))
        yield from (ask("import", "import"), ask("import_template", "import"))
    yield ask("export", "export", "?q=")
    if desk.duplicates:
        yield from (ask("duplicates", "edit"), ask("duplicates", "edit", "?tab=merged"))
    if desk.board:
        first = stage.steps(desk.slug)[0].id
        yield from (
            ask("board"),
            ask("funnel"),
            ask("funnel", query="?q=&in=2026"),
            ask("board", query="?q=", fragment=True),
            ask("board_heads", query="?q=", fragment=True),
        )
        yield ask("board_column", query="?q=", fragment=True, args=(first,))


def first_filter(desk: Desk) -> str:
    return next(iter(desk.filters), next(name for name, each in desk.own_fields.items() if each.compute is None))


def of_record(desk: Desk, record: models.Model, *, every: bool = True) -> Iterable[Ask]:
    """Each address of a record, with every field and every command, or only those fields that link elsewhere."""

    def ask(
        name: str, needs: str = "view", query: str = "", *, fragment: bool = False, args: tuple[Any, ...] = ()
    ) -> Ask:
        return Ask(name, f"{reverse(name, args=[desk.slug, record.pk, *args])}{query}", needs, fragment, desk, record)

    yield from (ask("record"), ask("record", query="?parts=header,facts,panels,timeline,composer", fragment=True))
    yield from (
        ask("timeline"),
        ask("timeline", query="?tab=changes", fragment=True),
        ask("timeline", query="?tab=notes", fragment=True),
        ask("timeline", query="?totals", fragment=True),
    )
    then = urlencode({"at": record.created_at.isoformat()})  # type: ignore[attr-defined]
    yield ask("past", query=f"?{then}")
    if desk.personal.is_person:
        yield ask("personal", "disclose")
    yield from (ask("edit", "edit"), ask("edit", "edit", fragment=True))
    yield ask("cell", query="?show&brief", args=(desk.shown_columns()[0],))
    for name, each in desk.own_fields.items():
        if every or name == "owner" or (each.target is not None and not registry.desk_of(each.target).configuration):
            yield ask("cell", query="?show", args=(name,))
            if is_edited_in_place(desk, each):
                yield ask("cell", "assign" if name == "owner" else "edit", args=(name,))
    if desk.slug in FURTHER:
        name = FURTHER[desk.slug]
        yield Ask(name, reverse(name, args=[record.pk]), "view", False, desk, record)
    for name in AFTER.get(desk.slug, ()):
        yield Ask(name, reverse(name, args=[record.pk]), "view", True, desk, record)
    if desk.duplicates:
        yield Ask(
            "duplicates", f"{reverse('duplicates', args=[desk.slug])}?of={record.pk}", "edit", False, desk, record
        )
    for name, command in registry.commands(desk).items():
        if not command.creates:
            yield ask("command", command.needs, args=(name,), fragment=True)


def is_edited_in_place(desk: Desk, field: Field) -> bool:
    if field.name in ("owner", desk.stage_field):
        return True
    return field.editable and not field.create_only and field.compute is None and field.kind.name not in UNFIT


def lists_of(desk: Desk, probe: models.Model) -> Iterable[Ask]:
    """The list sorted, filtered, grouped and summed, by its own fields and by those that a link leads to.

    Conditions ask for what `probe` holds.
    """
    base = reverse("list", args=[desk.slug])

    def ask(*, fragment: bool = True, **params: str) -> Ask:
        return Ask(
            "list",
            f"{base}?{urlencode({'q': '', **params} | ({'rows': '1'} if fragment else {}))}",
            fragment=fragment,
            desk=desk,
        )

    fields = {name: each for name, each in desk.own_fields.items() if each.compute is None}
    yield ask(fragment=False, columns=",".join(desk.own_fields), sum="1")
    yield ask(
        fragment=False,
        q=str(desk.model._base_manager.filter(pk=probe.pk).values_list(desk.title, flat=True).get() or ""),
    )
    for name, each in fields.items():
        if each.sortable:
            yield ask(sort=name, fragment=each.target is None)
        if each.kind.groupable:
            yield ask(fragment=False, group=f"{name}.month" if isinstance(each.kind, kind.Date) else name)
        yield ask(fragment=each.target is None, **condition(each, each.kind.operators[0], probe))
    for name, each in fields.items():
        if each.target is not None and not isinstance(each.kind, kind.Links):
            yield from _over(desk, name, each, probe, ask)


def filtered(desk: Desk, probe: models.Model) -> Iterable[Ask]:
    """The list by every field and every operator that fits it."""
    for each in desk.own_fields.values():
        for operator in each.kind.operators if each.compute is None else ():
            query = urlencode({"q": "", "rows": "1", **condition(each, operator, probe)})
            yield Ask("list", f"{reverse('list', args=[desk.slug])}?{query}", fragment=True, desk=desk)


def condition(field: Field, operator: str, probe: models.Model, link: str = "") -> dict[str, str]:
    return {f"{link}{field.name}.{operator}": operand(field, operator, probe)}


def _over(desk: Desk, name: str, link: Field, probe: models.Model, ask: Any) -> Iterable[Ask]:
    """The list by the fields of what a link leads to."""
    target = registry.desk_of(link.target)  # type: ignore[arg-type]
    key = link.value_of(probe)
    there = target.model._base_manager.filter(pk=key).first()
    fields = {each.name: each for each in target.own_fields.values() if not isinstance(each.kind, kind.Links)}
    yield ask(
        fragment=False, columns=",".join([desk.shown_columns()[0], *(f"{name}.{far}" for far in fields)]), sum="1"
    )
    one_of_each = {each.kind.name: far for far, each in reversed(fields.items()) if each.kind.name in TRIED}
    fields = {far: fields[far] for far in sorted({*one_of_each.values(), target.title.partition("__")[0]})}
    if target.configuration or there is None:
        return
    for far, each in fields.items():
        if each.sortable:
            yield ask(sort=f"{name}.{far}")
        if each.kind.groupable:
            yield ask(fragment=False, columns=desk.shown_columns()[0], group=f"{name}.{far}")
        yield ask(**condition(each, each.kind.operators[0], there, f"{name}."))
