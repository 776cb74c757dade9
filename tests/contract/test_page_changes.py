"""Changes made by pages: over every object and the whole cast, done for whom they are promised, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.attached import Attachment
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.record import OwnedRecord
from bihuan.web.table import UNFIT
from bihuan.web.tests.conftest import Browse
from tests.cast import STAFF
from tests.contract.hostile import walked
from tests.contract.test_pages import acts_of
from tests.contract.test_records import CHANGES, RIGHTS, SEES_NOTHING, inputs, sort_of
from tests.contract.values import needed, value
from tests.contract.visitor import Visitor
from tests.contract.world import World, hidden_words

pytestmark = pytest.mark.django_db

#: Kinds of fields that any object has one of, those first that a page may give any text.
CHANGED = ("longtext", "text", "quantity", "choice", "state", "integer")
#: History that an import may bring along and no form asks for, and what a form fills in by itself.
GIVEN_ONCE = ("created_at", "owner", "stage_since", "state", "done_at")


@pytest.mark.parametrize("login", STAFF)
def test_who_makes_records_by_page(login: str, world: World, browse: Browse, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(login)
    visitor = Visitor(browse(actor))
    for desk in walked(registry.desks()):
        maker = request.getfixturevalue("zhou") if desk.configuration or login in ("sun", "qian") else actor
        for given, fragment in ((inputs_by_page(desk, maker, 51), False), (quick_inputs(desk, maker, 52), True)):
            granted = "create" in acts_of(login, desk) and desk.made_by == "create"  # a file has a way of its own
            there, made = desk.model._base_manager.count(), (200 if fragment else 303, 1)
            refused = (403 if "view" in acts_of(login, desk) else 404, 0)
            status, more = made if granted else refused
            visitor.post(reverse("new", args=[desk.slug]), given, status, fragment=fragment)
            if desk.model._base_manager.count() != there + more:
                visitor.faults.append(
                    f"{login} {desk.slug}: {desk.model._base_manager.count() - there} made, not {more}"
                )
    visitor.verdict(25)


def inputs_by_page(desk: Desk, actor: Actor, n: int) -> dict[str, Any]:
    given = inputs(desk, actor, n)
    return as_sent({name: value for name, value in given.items() if name not in GIVEN_ONCE})


def quick_inputs(desk: Desk, actor: Actor, n: int) -> dict[str, Any]:
    return as_sent(needed(desk, actor, n))


def as_sent(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "")}


@pytest.mark.parametrize("login", STAFF)
def test_who_changes_records_by_page(login: str, world: World, browse: Browse, request: pytest.FixtureRequest) -> None:
    """The form, the cell, the bulk bar and the buttons: each changes what it should, for whom it may."""
    actor = request.getfixturevalue(login)
    visitor = Visitor(browse(actor), hidden_words(actor))
    for desk in walked(registry.desks()):
        record = world.lin[desk.slug]
        rights = RIGHTS[sort_of(desk)][login]
        change_text(visitor, desk, record, rights)
        if rights == CHANGES and acts_of(login, desk) >= {"archive"} and desk.slug != "user":
            put_away(visitor, desk, record)
        elif desk.slug != "user":
            refuse_to_put_away(visitor, desk, record, rights, acts_of(login, desk))
    visitor.verdict(60)


def change_text(visitor: Visitor, desk: Desk, record: models.Model, rights: str) -> None:
    """By the form, by the cell and by the bulk bar in turn."""
    field = changeable(desk)
    if field is None:  # nobody changes what the product itself has noted
        return
    refused = 404 if rights == SEES_NOTHING else 403
    key, name = record.pk, field.name
    ways = [(reverse("edit", args=[desk.slug, key]), {"version": str(version(record))}, 303, refused)]
    if field.kind.name not in UNFIT:
        bulk = {"id": str(key), "bulk-field": name, "go": "1"}
        ways += [(reverse("cell", args=[desk.slug, key, name]), {"version": ""}, 200, refused)]
        ways += [(reverse("bulk", args=[desk.slug, "update"]), bulk, 303, 303)]
    for n, (url, data, status, otherwise) in enumerate(ways, start=61):
        raw, before = value(desk, field, SYSTEM, n), field.value_of(desk.model._base_manager.get(pk=key))
        # many records at once: what was refused stands in a report, unless nobody of this role may do it at all
        statuses = (status,) if rights == CHANGES else (otherwise, 403, 404) if status == otherwise else (otherwise,)
        visitor.post(url, {**data, name: raw}, *statuses)
        stands = field.value_of(desk.model._base_manager.get(pk=key))
        if stands != (field.check(field.parse(raw)) if rights == CHANGES else before):
            visitor.faults.append(f"{url}: {name} is {stands!r}")


def changeable(desk: Desk) -> Field | None:
    """A field that a person may give another value, whatever the others hold; None where there is none."""
    fields = [
        each
        for each in desk.inputs(SYSTEM, creating=False).values()
        if not each.unique and each.name not in ("about", "about_id", "currency", "object", "set")
    ]
    return next((each for kind in CHANGED for each in fields if each.kind.name == kind), None)


def version(record: models.Model) -> int:
    return type(record)._base_manager.get(pk=record.pk).version  # type: ignore[attr-defined]


def put_away(visitor: Visitor, desk: Desk, record: models.Model) -> None:
    """Archived and restored by the button, archived and restored by the bulk bar."""
    bulk = {"id": str(record.pk), "go": "1"}
    steps = [
        (reverse("command", args=[desk.slug, record.pk, "archive"]), {}, True),
        (reverse("command", args=[desk.slug, record.pk, "restore"]), {}, False),
    ]
    steps += [
        (reverse("bulk", args=[desk.slug, "archive"]), bulk, True),
        (reverse("bulk", args=[desk.slug, "restore"]), bulk, False),
    ]
    for url, data, away in steps:
        visitor.post(url, data, 200, 303, 204, 422)
        stands = desk.model._base_manager.get(pk=record.pk).archived_at is not None
        if stands != away and not is_needed(desk, record):
            visitor.faults.append(f"{url}: archived is {stands}")


def is_needed(desk: Desk, record: models.Model) -> bool:
    """Whether the object's own rule keeps this record in use: the firm cannot lose a unit with people, or its last stage."""
    return desk.slug in ("unit", "stage", "role", "pipeline")


def refuse_to_put_away(visitor: Visitor, desk: Desk, record: models.Model, rights: str, acts: set[str]) -> None:
    refused = 404 if rights == SEES_NOTHING else 403
    visitor.post(reverse("command", args=[desk.slug, record.pk, "archive"]), {}, refused)
    bulk = 404 if "view" not in acts else 303 if "archive" in acts else 403  # the report names what was refused
    visitor.post(reverse("bulk", args=[desk.slug, "archive"]), {"id": str(record.pk), "go": "1"}, bulk)
    visitor.get(reverse("list", args=[desk.slug]), 200, 404)
    if desk.model._base_manager.get(pk=record.pk).archived_at is not None:
        visitor.faults.append(f"{desk.slug}: archived without a grant")


@pytest.mark.parametrize("login", STAFF)
def test_who_hands_over_and_edits_many(
    login: str, world: World, browse: Browse, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(login)
    visitor = Visitor(browse(actor), hidden_words(actor))
    for desk in walked(registry.desks()):
        if not issubclass(desk.model, OwnedRecord):
            continue
        record, rights = world.lin[desk.slug], RIGHTS["owned"][login]
        missing = 404 if login == "qian" else 403 if login == "sun" else 303
        visitor.post(
            reverse("bulk", args=[desk.slug, "assign"]),
            {"id": str(record.pk)},
            200 if missing == 303 else missing,
            fragment=True,
        )
        visitor.post(
            reverse("bulk", args=[desk.slug, "assign"]),
            {"id": str(record.pk), "owner": str(chen_of(request)), "go": "1"},
            missing,
        )
        now = desk.model._base_manager.get(pk=record.pk)
        if (now.owner_id == chen_of(request)) != (rights == CHANGES):
            visitor.faults.append(f"{desk.slug}: handed over: {now.owner_id}")
        visitor.get(reverse("list", args=[desk.slug]), 200, 404)
        desk.model._base_manager.filter(pk=record.pk).update(owner_id=record.owner_id)
    visitor.verdict(8)


def chen_of(request: pytest.FixtureRequest) -> int:
    return request.getfixturevalue("chen").user_id


@pytest.mark.parametrize("login", STAFF)
def test_who_writes_down_and_attaches(login: str, world: World, browse: Browse, request: pytest.FixtureRequest) -> None:
    """A note and a file on a record of each object; the file is handed out to whoever sees the record."""
    actor = request.getfixturevalue(login)
    visitor = Visitor(browse(actor), hidden_words(actor))
    for slug in ("account", "contact", "opportunity", "task", "product"):
        desk, record = registry.desk(slug), world.lin[slug]
        rights = RIGHTS[sort_of(desk)][login]
        url = reverse("timeline", args=[slug, record.pk])
        may = "create" in acts_of(login, desk) and rights != SEES_NOTHING
        refused = 404 if rights == SEES_NOTHING else 403
        visitor.post(url, {"text": "记一笔", "channel": "note"}, 303 if may else refused)
        there = Attachment._base_manager.count()
        visitor.post(
            url,
            {"text": "", "file": SimpleUploadedFile("../../报价 a.html", b"<script>alert(1)</script>", "text/html")},
            303 if may else refused,
        )
        if Attachment._base_manager.count() - there != int(may):
            visitor.faults.append(f"{slug}: {Attachment._base_manager.count() - there} files")
    kept = world.lin["attachment"]
    sees = RIGHTS["attached"][login] != SEES_NOTHING
    for query in ("", "?inline"):
        answer = visitor.get(reverse("file", args=[kept.pk]) + query, 200 if sees else 404)
        assert not sees or answer["Content-Disposition"].startswith("attachment")
    visitor.verdict(10)
