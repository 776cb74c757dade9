"""Whatever address is asked for: it is answered with a page or a sentence; nothing breaks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from django.db import models
from django.urls import reverse

from bihuan.core import registry, stage
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.web.tests.conftest import Browse
from tests.contract.hostile import LONG, WRONG, desk_offset, shared_out, walked
from tests.contract.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_any_address_of_a_list_is_answered_with_a_sentence(lin: Actor, zhou: Actor, browse: Browse) -> None:
    visitor = Visitor(browse(lin))
    base = reverse("list", args=["account"])
    lists = (
        *odd_lists(base, WRONG),
        *odd_cursors(base),
        *odd_lists(reverse("board", args=["opportunity"]), WRONG[1::4]),
    )
    for url in shared_out(lists, 4):
        visitor.get(url, 200, 302, 404, 422)
    for desk, url in shared_out(odd_conditions(), 4):
        visitor.get(url, 200 if lin.may(desk.model, "view") else 404, fragment=True)
    visitor.verdict(1500 if LONG else 180)


def odd_conditions() -> Iterator[tuple[Desk, str]]:
    """Every field of every object, asked for in two ways by a value that it is not made for."""
    for desk in walked(registry.desks()):
        for name, field in desk.own_fields.items():
            wrong = WRONG[desk_offset(name) :]
            for operator, raw in zip((*field.kind.operators[-1:], "nonsense"), wrong, strict=False):
                query = urlencode({"q": "", "rows": "1", f"{name}.{operator}": raw})
                yield desk, f"{reverse('list', args=[desk.slug])}?{query}"


def odd_lists(base: str, wrong: tuple[str, ...]) -> Iterator[str]:
    """Every parameter of a list with everything that it is not made for."""
    for parameter in (
        "sort",
        "columns",
        "group",
        "view",
        "after",
        "before",
        "from",
        "filter",
        "count",
        "ids",
        "q",
        "size",
        "sum",
        "archived",
        "open",
        "pipeline",
    ):
        for raw in wrong[::2]:
            yield f"{base}?{urlencode({parameter: raw})}"
    for name in (
        "name.has",
        "level.in",
        "annual_purchase.gte",
        "amount.between",
        "owner.in",
        "created_at.in",
        "expected_close.on",
        "nothing.is",
        "name.nonsense",
        "days_in_stage.eq",
    ):
        for raw in wrong:
            yield f"{base}?{urlencode({name: raw})}"
    for raw in ("%ed%a0%80", "%ff%fe", "%c0%80", "a%00b", "%", "%zz", "+", "&&==", "q[]=1", "q=1&q=2&q=" + "x" * 5000):
        yield from (
            f"{base}?q={raw}",
            f"{base}?sort={raw}",
            f"{base}?{raw}",
            f"{base}?name.is={raw}",
            f"{base}?after={raw}",
        )
    yield f"{base}?f-field=nothing&f-operator=in&f-value=1"
    yield f"{base}?f-field=level&f-operator=nonsense&f-value=1"
    yield f"{base}?f-field=&f-operator="


def odd_cursors(base: str) -> Iterator[str]:
    for place, cursor in enumerate(cursors()):
        for sort in ("name", "-created_at", "annual_purchase", "parent"):
            yield f"{base}?{urlencode({'q': '', 'rows': '1', 'sort': sort, ('after', 'before')[place % 2]: cursor})}"


def cursors() -> Iterator[str]:
    """Places in a list that no list has given out."""
    for value in (None, "x", "\ud800", "\x00", 1, 1.5, 1e400, True, [], {}, "9999-99-99", "9" * 40, 10**30):
        for key, empty in ((1, False), (10**30, False), (-1, True), (True, True)):
            yield base64.urlsafe_b64encode(json.dumps([empty, value, key]).encode()).decode().rstrip("=")
    for raw in (
        b"[]",
        b"[1,2,3]",
        b"{}",
        b"[false,1]",
        b"\xff\xfe",
        b"[false," + b"[" * 2000 + b"]" * 2000 + b",1]",
        b"x" * 9000,
    ):
        yield base64.urlsafe_b64encode(raw).decode()


def test_any_address_of_a_record_is_answered(
    lin: Actor, browse: Browse, hengli: models.Model, kongya: models.Model
) -> None:
    visitor = Visitor(browse(lin))
    statuses = (200, 302, 303, 403, 404, 405, 422)
    for url in shared_out(odd_keys()):
        visitor.get(url, *statuses)
    here = reverse("record", args=["opportunity", kongya.pk])
    for url, fragment in shared_out((url, fragment) for url in odd_questions(here) for fragment in (False, True)):
        visitor.get(url, *statuses, *((204,) if fragment else ()), fragment=fragment)
    for cursor in (
        "1-1",
        "1-1-1-1",
        "nan-1-1",
        "inf-1-1",
        "1e30-1-1",
        "-1-1-1",
        "9" * 40 + "-1-1",
        "1-" + "9" * 40 + "-1",
        "1-0-" + "9" * 40,
    ):
        visitor.get(f"{here}/timeline?after={cursor}", 200, 422, fragment=True)
    visitor.verdict(1000 if LONG else 125)


def odd_keys() -> Iterator[str]:
    """Every address of a record with keys that no record has."""
    for key in (
        "0",
        "99999999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "²",
        "-1",
        "1.0",
        "%00",
        "１",
    ):
        yield from (
            f"/account/{key}",
            f"/account/{key}/edit",
            f"/account/{key}/field/name",
            f"/account/{key}/do/archive",
            f"/account/{key}/timeline",
            f"/account/{key}/past",
            f"/files/{key}",
            f"/account/{key}/file/name/{key}",
            f"/jobs/{key}",
            f"/jobs/{key}/file",
            f"/opportunity/board/{key}",
            f"/settings/stages/{key}",
            f"/account/import/{key}",
            f"/{key}",
        )


def odd_questions(here: str) -> Iterator[str]:
    """Every parameter of the addresses of a record and of the pages around it with values that it is not made for."""
    for raw in WRONG:
        said = quote(raw)
        yield from (
            f"{here}?tab={said}",
            f"{here}/timeline?after={said}",
            f"{here}/past?at={said}",
            f"{here}?parts={said}",
            f"{here}/do/move?stage={said}",
            f"{here}/do/{said or 'x'}",
            f"{here}/field/{said or 'x'}",
            f"/opportunity/new?account={said}&stage={said}&amount={said}&about={said}&about_id={said}",
            f"/account/options?q={said}",
            f"/search?q={said}",
            f"/search?q=%23{said}",
            f"/notices?before={said}",
            f"/opportunity/board/heads?card={said}&pipeline={said}",
            f"/opportunity/board/{stage.steps('opportunity')[0].id}?after={said}&shown={said}&of={said}",
            f"/account/export?ids={said}",
            f"/settings/choices/{said or 'x'}",
        )
