"""Whatever is sent: it is kept as it was written and shown as text, or refused with a sentence; nothing breaks."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse
from markupsafe import escape

from bihuan.core import registry, stage
from bihuan.core.access import Actor
from bihuan.core.attached import Attachment
from bihuan.web.tests.conftest import Browse
from tests.cast import record
from tests.contract.values import needed, sample
from tests.contract.visitor import Visitor
from tests.real.conftest import DATA

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "{{ 7*7 }}{% raw %}",
    "${7*7}", "=1+1", "@SUM(1)", "javascript:alert(1)", "../../etc/passwd", "'; DROP TABLE parties_account; --",
    "%s%n%(x)s", "{n}{0}{x.y}", "\\", "%00", "%u0000", "²", "①", "٣", "１２３", "NULL", "None", "nan",
    "Infinity", "-0", "1e999", "0x10", "𠮷野家", "ﷺ", "\u202egnirts", "\ufeffbom", "a\u0300\u0301",
    "🏳️‍🌈", "\u2028line", "é", "'", '"', "&lt;b&gt;", "<!-- -->", "]]>", "\x7f", "\x85x", "\x1b[31m",
    "&#0;", "a,b", "a;b", "a\tb", "1,2,,3", "#1", "__proto__",
)  # fmt: skip
#: For parameters and inputs that are not text.
WRONG = (
    "",
    " ",
    "²",
    "-1",
    "0",
    "1.5",
    "1e400",
    "9" * 18,
    "9" * 30,
    "9" * 5000,
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "9999-12-31..9999-12-31",
    "..",
    "1..",
    "x..y",
    "last_99999999999_days",
    "next_999999_days",
    "me,team,",
    ",,,",
    "%00",
    "\x00",
    "id",
    "-",
    "--name",
    "account.parent.parent.parent.name",
    "name.",
    ".name",
    "name__startswith",
    "a" * 10_000,
    "<b>",
    "\ud7ff\ue000",
    "password",
    "roles.grants",
    "owner.password",
    "12:99",
    "2026-W99",
    "今天",
    "１２",
    "{}",
    "[]",
    "null",
    "true",
)
#: `./test --long` tries every wrong value everywhere; the short form every fifth.
LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"
if not LONG:
    WRONG = WRONG[::5]  # fmt: skip


def naughty() -> list[str]:
    """A sample of the big list of naughty strings."""
    source = DATA / "blns" / "blns.json"
    if not source.exists():
        pytest.skip(f"no big list of naughty strings at {source}")
    return json.loads(source.read_text())[::9]


@pytest.mark.parametrize("whence", ["big list", "ours"])
def test_any_text_is_kept_and_shown_as_text(whence: str, lin: Actor, browse: Browse) -> None:
    """By the form, by the cell and as a note: stored as it was sent, but for blanks at its ends and NUL."""
    strings = naughty() if whence == "big list" else list(HOSTILE)
    visitor = Visitor(browse(lin))
    account = registry.desk("account")
    made = sample(account, lin, 1)
    shown = reverse("record", args=["account", made.pk])
    for text in strings:
        visitor.post(reverse("cell", args=["account", made.pk, "address"]), {"address": text, "version": ""}, 200, 422)
        visitor.post(reverse("edit", args=["account", made.pk]), {"remark": text, "name": f"甲{text}"[:200]}, 303, 422)
        stored = record("account", pk=made.pk)
        if (
            stored.address != kept(text)[:300]
            or stored.remark != kept(text.replace("\r\n", "\n"))
            or stored.name != kept(f"甲{text}"[:200])
        ):
            visitor.faults.append(f"{text!r} became {stored.address!r}, {stored.remark!r}, {stored.name!r}")
        page = visitor.get(shown).content.decode()
        if "<" in text and kept(text) in page:
            visitor.faults.append(f"{text!r} is not escaped")
        if kept(text) and str(escape(kept(text)[:60])) not in page:
            visitor.faults.append(f"{text!r} is not shown")
    visitor.verdict(100)


def kept(text: str) -> str:
    return text.replace("\x00", "").strip().replace("\x00", "")


def test_any_text_fits_every_text_field(zhou: Actor, browse: Browse) -> None:
    """Every text field of every object, all hostile at once: each field keeps it or names what is wrong."""
    visitor = Visitor(browse(zhou))
    for desk in registry.desks():
        for text in HOSTILE[::4]:
            given = (
                {
                    name: raw
                    for name, raw in needed(desk, zhou, 41 + HOSTILE.index(text)).items()
                    if raw not in (None, "")
                }
                if desk.model is not Attachment
                else {}
            )
            for name, field in desk.inputs(zhou, creating=True).items():
                if field.kind.name in ("text", "longtext", "mail", "url", "phone", "number") and not field.unique:
                    given[name] = text
            visitor.post(reverse("new", args=[desk.slug]), given, 303, 422)
        visitor.get(f"{reverse('list', args=[desk.slug])}?q=&columns={','.join(desk.own_fields)}")
        visitor.get(f"{reverse('options', args=[desk.slug])}?q=" + quote("<script>"))
    visitor.verdict(200)


def test_any_text_comes_through_a_file(zhou: Actor, browse: Browse) -> None:
    """From a CSV file through every step of the import: stored as it stands there, shown as text."""
    visitor = Visitor(browse(zhou))
    texts = [text for text in HOSTILE if kept(text) and "\x00" not in text and text.isprintable()]
    lines = "".join(f'"第{n}家","{text.replace(chr(34), chr(34) * 2)}"\r\n' for n, text in enumerate(texts))
    upload = SimpleUploadedFile("<b>客户.csv", ("客户名称,地址\r\n" + lines).encode("utf-8-sig"), "text/csv")
    answer = visitor.post(reverse("import", args=["account"]), {"file": upload}, 303)
    columns = answer["Location"]
    visitor.get(columns)
    checked = visitor.post(columns, {"c0": "name", "c1": "address", "mode": "create"}, 303)["Location"]
    visitor.get(checked)
    job = visitor.post(checked, {}, 303)["Location"]
    visitor.get(job)
    stored = dict(
        registry.desk("account").model._base_manager.filter(name__startswith="第").values_list("name", "address")
    )
    wrong = {text: stored.get(f"第{n}家") for n, text in enumerate(texts) if stored.get(f"第{n}家") != kept(text)}
    assert not wrong
    visitor.verdict(6)


# ---------------------------------------------------------------------- addresses


def test_any_address_of_a_list_is_answered_with_a_sentence(lin: Actor, zhou: Actor, browse: Browse) -> None:
    visitor = Visitor(browse(lin))
    base = reverse("list", args=["account"])
    for url in (
        *odd_lists(base, WRONG),
        *odd_cursors(base),
        *odd_lists(reverse("board", args=["opportunity"]), WRONG[1::4]),
    ):
        visitor.get(url, 200, 302, 404, 422)
    for desk in registry.desks():
        for name, field in desk.own_fields.items():
            for operator, raw in zip(
                (*field.kind.operators[-1:], "nonsense"), WRONG[desk_offset(name) :], strict=False
            ):
                visitor.get(
                    f"{reverse('list', args=[desk.slug])}?{urlencode({'q': '', 'rows': '1', f'{name}.{operator}': raw})}",
                    fragment=True,
                )
    visitor.verdict(1500 if LONG else 187)


def desk_offset(name: str) -> int:
    """Where in the wrong values a field begins: another place for each name, the same every time."""
    return sum(map(ord, name)) % 24


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
        for url in (
            f"/account/{key}",
            f"/account/{key}/edit",
            f"/account/{key}/field/name",
            f"/account/{key}/do/archive",
            f"/account/{key}/timeline",
            f"/files/{key}",
            f"/jobs/{key}",
            f"/jobs/{key}/file",
            f"/opportunity/board/{key}",
            f"/settings/stages/{key}",
            f"/account/import/{key}",
            f"/{key}",
        ):
            visitor.get(url, *statuses)
    here = reverse("record", args=["opportunity", kongya.pk])
    for raw in WRONG:
        said = quote(raw)
        for url in (
            f"{here}?tab={said}",
            f"{here}/timeline?after={said}",
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
        ):
            visitor.get(url, *statuses)
            visitor.get(url, *statuses, 204, fragment=True)
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


# ---------------------------------------------------------------------- bodies


def test_any_body_of_a_post_is_answered(zhou: Actor, browse: Browse) -> None:
    """Every field of every form with every wrong value, and posts that no form sends."""
    visitor = Visitor(browse(zhou))
    for desk in registry.desks():
        if desk.model is Attachment:
            continue
        made = sample(desk, zhou, 77)
        for place, raw in enumerate(
            WRONG[::2] if desk.slug in ("opportunity", "stage") else WRONG[desk_offset(desk.slug) % 8 :: 8]
        ):
            given = dict.fromkeys(desk.inputs(zhou, creating=True), raw)
            visitor.post(reverse("new", args=[desk.slug]), given, 303, 422)
            fields = dict.fromkeys(desk.inputs(zhou, creating=False), raw)
            visitor.post(reverse("edit", args=[desk.slug, made.pk]), fields | {"version": raw}, 303, 409, 422)
            for name, field in list(fields.items())[place % 3 :: 3]:
                visitor.post(
                    reverse("cell", args=[desk.slug, made.pk, name]),
                    {name: field, "version": raw},
                    200,
                    403,
                    409,
                    422,
                    fragment=True,
                )
            for command in registry.commands(desk):
                if command not in ("create", "set_password", "change_password"):
                    data = (
                        dict.fromkeys(registry.commands(desk)[command].inputs(desk, zhou), raw)
                        if command != "archive"
                        else {}
                    )
                    visitor.post(
                        reverse("command", args=[desk.slug, made.pk, command]),
                        data,
                        200,
                        303,
                        403,
                        404,
                        422,
                        fragment=True,
                    )
            visitor.post(
                reverse("bulk", args=[desk.slug, "update"]),
                {"id": raw, "ids": raw, "field": raw, "go": "1", "list": raw, "next": raw},
                200,
                303,
                422,
            )
            visitor.post(
                reverse("bulk", args=[desk.slug, "archive"]),
                {"all": "1", "list": f"name.has={raw}&sort={raw}&q=nothing"},
                200,
                303,
                422,
            )
    visitor.verdict(1200 if LONG else 150)


def test_any_post_to_a_page_of_its_own_is_answered(zhou: Actor, browse: Browse) -> None:
    visitor = Visitor(browse(zhou))
    pipeline, role = stage.pipelines("opportunity")[0].id, record("role", key="seller").pk
    step = stage.steps("opportunity")[0].id
    account = record("account", short_name="恒砺").pk
    for raw in (
        *WRONG[::2],
        "x}{n}",
        "{n:99999999}",
        "{n}" * 20,
        "{year:999}{n}",
        "{n!r}",
        "{n.real}",
        "{0}",
        "{n:05}x" * 9,
    ):
        posts: list[tuple[str, dict[str, Any]]] = [
            ("/account/views", {"action": raw, "name": raw, "params": raw, "id": raw}),
            ("/account/views", {"name": raw or "x", "params": f"columns={raw}&sort={raw}&level.in={raw}"}),
            (
                f"/account/{account}/timeline",
                {"text": raw, "channel": raw, "at": raw, "contact": raw, "outcome": raw, "next_at": raw, "pinned": raw},
            ),
            ("/preferences", {"theme": raw, "density": raw, "language": raw}),
            ("/profile/password", {"current": raw, "new": raw}),
            ("/settings/numbers", {"account": raw, "contact": raw}),
            ("/settings/stages", {"object": raw, "name": raw}),
            (
                f"/settings/stages/{pipeline}",
                {
                    "row": raw,
                    f"{step}-name": raw,
                    f"{step}-probability": raw,
                    f"{step}-version": raw,
                    "up": raw,
                    "archive": raw,
                    "new-name": raw,
                },
            ),
            (f"/settings/stages/{pipeline}/{step}/rules", {"required": raw, "leads_to": raw, "version": raw}),
            (f"/settings/stages/{pipeline}/{step}/archive", {"goal": raw}),
            (
                "/settings/choices/source",
                {"row": raw, "new-name": raw, "new-pigment": raw, "archive": raw, "restore": raw},
            ),
            ("/settings/units", {"new-name": raw, "new-parent": raw, "archive": raw}),
            (f"/settings/roles/{role}", {"version": raw, "name": raw, "account:view": raw, "*:*": raw}),
            ("/settings/roles", {"name": raw}),
            ("/account/export", {"format": raw, "columns": raw}),
            (f"/settings/users/{record('user', username='sun').pk}/active", {"is_active": raw or "1"}),
            ("/notices", {}),
            ("/sign-in", {"username": raw, "password": raw, "next": raw}),
        ]
        for url, data in posts:
            visitor.post(url, data, 200, 204, 302, 303, 403, 404, 409, 422)
    for url in (
        "/",
        "/account",
        "/account?q=",
        "/opportunity/board",
        "/settings/numbers",
        "/settings/stages",
        "/settings/choices/source",
        "/settings/roles",
        "/search?q=x",
        "/jobs",
        "/profile",
    ):
        visitor.follow(url, 200)
    visitor.verdict(400 if LONG else 50)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../../etc/passwd", b"x"),
        ("C:\\windows\\x.csv", b"a,b\n1,2"),
        (" ", b"a"),
        ("x.csv", b""),
        ("x.csv", b"\x00\x01\x02"),
        ("x.csv", b"\xff\xfe\x00"),
        ("x.xlsx", b"PK\x03\x04 not"),
        ("x.xlsx", b""),
        ("x.csv", b"name\n" + b"a" * 100_000),
        ("x.csv", b"\n\n\n"),
        ("x.csv", b'"unclosed'),
        ("x.html", b"<script>alert(1)</script>"),
        ("a" * 400 + ".csv", b"name\nx"),
        ("\u202evsc.x", b"name\nx"),
        ("x.csv", b"name,name,name\n1,2,3"),
        ("x.csv", ("," * 2000 + "\n").encode()),
        ("x.png", b"\x89PNG\r\n\x1a\n"),
        ("x.svg", b"<svg onload='alert(1)'/>"),
    ],
)
def test_any_file_is_kept_as_a_file_or_refused(
    name: str, content: bytes, zhou: Actor, browse: Browse, hengli: models.Model
) -> None:
    visitor = Visitor(browse(zhou))
    answer = visitor.post("/account/import", {"file": SimpleUploadedFile(name, content)}, 303, 422)
    if answer.status_code == 303:
        visitor.get(answer["Location"])
        visitor.post(answer["Location"], {"c0": "name", "mode": "create"}, 303, 422)
    visitor.post(
        f"/account/{hengli.pk}/timeline", {"text": "", "file": SimpleUploadedFile(name, content)}, 303, 422, 403
    )
    visitor.get(f"/account/{hengli.pk}")
    kept_file = Attachment._base_manager.order_by("-pk").first()
    if kept_file is not None:
        assert not re.search(r"[/\\]", kept_file.name)
        handed = visitor.client.get(reverse("file", args=[kept_file.pk]))
        assert (
            handed["Content-Disposition"].startswith("attachment")
            and handed["Content-Type"] == "application/octet-stream"
        )
        assert b"".join(handed.streaming_content) == content
        inline = visitor.client.get(reverse("file", args=[kept_file.pk]) + "?inline")
        assert inline["Content-Type"] == ("image/png" if content.startswith(b"\x89PNG") else "application/octet-stream")
    visitor.verdict(3)
