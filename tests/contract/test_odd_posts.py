"""Whatever is posted is done or refused with a sentence; nothing breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse

from bihuan.core import registry, stage
from bihuan.core.access import Actor
from bihuan.core.attached import Attachment
from bihuan.web.tests.conftest import Browse
from tests.cast import record
from tests.contract.hostile import LONG, WRONG, desk_offset, shared_out, walked
from tests.contract.values import sample
from tests.contract.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_any_body_of_a_post_is_answered(zhou: Actor, browse: Browse) -> None:
    """Every field of every form with every wrong value, and posts that no form sends."""
    visitor = Visitor(browse(zhou))
    for desk in walked(registry.desks()):
        if desk.made_by != "create":
            continue
        made = sample(desk, zhou, 77)
        for place, raw in enumerate(
            WRONG[::2] if desk.slug in ("opportunity", "stage") else WRONG[desk_offset(desk.slug) % 8 :: 8]
        ):
            given = dict.fromkeys(desk.inputs(zhou, creating=True), raw)
            visitor.post(reverse("new", args=[desk.slug]), given, 303, 422)
            fields = dict.fromkeys(desk.inputs(zhou, creating=False), raw)
            visitor.post(reverse("edit", args=[desk.slug, made.pk]), fields | {"version": raw}, 303, 409, 422)
            for name, field in list(fields.items())[place % 6 :: 6]:
                visitor.post(
                    reverse("cell", args=[desk.slug, made.pk, name]),
                    {name: field, "version": raw},
                    200,
                    403,
                    409,
                    422,
                    fragment=True,
                )
            for command in list(registry.commands(desk))[place % 2 :: 2]:
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
                {"id": raw, "ids": raw, "bulk-field": raw, "go": "1", "list": raw, "next": raw},
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
    for url, data in shared_out(odd_posts(), kind=lambda post: post[0]):
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
    visitor.verdict(400 if LONG else 120)


def odd_posts() -> Iterator[tuple[str, dict[str, Any]]]:
    """What the pages with forms of their own are sent: every input with values that it is not made for."""
    pipeline, role = stage.pipelines("opportunity")[0].id, record("role", key="seller").pk
    step = stage.steps("opportunity")[0].id
    account, sun = record("account", short_name="恒砺").pk, record("user", username="sun").pk
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
        yield from (
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
            (f"/settings/users/{sun}/active", {"is_active": raw or "1"}),
            ("/notices", {}),
            ("/sign-in", {"username": raw, "password": raw, "next": raw}),
        )


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
