"""Tokens: whom they stand for, what they open, when they no longer do; and that nothing but them opens the API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.utils import timezone
from tests.cast import record

from bihuan.api.commands import archive, issue_token
from bihuan.api.tests.conftest import Program, Programs, token
from bihuan.api.token import ApiToken, actor_of
from bihuan.core import audit
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Forbidden, Refused
from bihuan.core.run import do
from bihuan.core.verbs import restore, update
from bihuan.touch.commands import log_touch
from bihuan.web.tests.conftest import browse  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db


def test_a_token_is_kept_as_a_digest_alone(lin: Actor) -> None:
    made = token(lin)
    stored = " ".join(map(str, ApiToken._base_manager.filter(pk=made.pk).values_list().get()))
    told = " ".join(str(entry.changes) for entry in audit.history("apitoken", made.pk))
    assert made.secret not in stored + told
    assert made.digest in stored
    assert made.digest not in told
    assert len(made.secret) >= 43 + len("bihuan_")


def test_a_token_stands_for_whoever_made_it(lin: Actor) -> None:
    found = actor_of(token(lin).secret)
    assert found is not None
    assert (found.user_id, found.unit_ids, found.kind) == (lin.user_id, lin.unit_ids, "token")


def test_what_ends_a_token(lin: Actor, zhou: Actor) -> None:
    over = token(lin, expires_on=timezone.localdate() - timedelta(1))
    last_day = token(lin, expires_on=timezone.localdate())
    revoked = token(lin)
    do(archive, ApiToken._base_manager.get(pk=revoked.pk), by=lin)
    restored = token(lin)
    do(archive, ApiToken._base_manager.get(pk=restored.pk), by=lin)
    do(restore, ApiToken._base_manager.get(pk=restored.pk), by=lin)
    assert actor_of(last_day.secret) is not None
    for each in (over.secret, revoked.secret, restored.secret, last_day.secret[:-1], last_day.digest, "", "x"):
        assert actor_of(each) is None
    do(update, record("user", pk=lin.user_id), by=zhou, is_active=False)
    assert actor_of(last_day.secret) is None


def test_a_reading_token_changes_nothing(lin: Actor, program: Programs, hengli: models.Model) -> None:
    reader = program(lin, access="read")
    assert reader.get(f"account/{hengli.pk}").status_code == 200
    for answer in (
        reader.post("account", {"name": "新"}),
        reader.patch(f"account/{hengli.pk}", {"city": "苏州"}),
        reader.post(f"account/{hengli.pk}/archive"),
        reader.post("account/bulk", {"command": "update", "calls": [{"id": hengli.pk, "inputs": {"city": "苏州"}}]}),
        reader.post(f"account/{hengli.pk}/log_touch", {"channel": "电话", "text": "说了"}),
    ):
        assert answer.status_code == 403, answer.content
    actor = actor_of(token(lin, access="read").secret)
    with pytest.raises(Forbidden):  # also past the API: this command asks for no more than the right to see
        do(log_touch, hengli, by=actor, channel="电话", text="说了")


def test_a_token_for_some_objects_opens_no_others(
    lin: Actor, chen: Actor, program: Programs, hengli: models.Model
) -> None:
    narrow = program(lin, objects_named="account")
    assert narrow.get("account").status_code == 200
    assert narrow.post(f"account/{hengli.pk}/assign", {"owner": chen.user_id}).json()["owner"]["title"] == "陈默"
    for path in ("contact", "opportunity", "user", "stage", "apitoken"):
        assert narrow.get(path).status_code == 404
    document = narrow.get("openapi.json").json()
    assert {path.split("/")[3] for path in document["paths"]} == {"account"}


def test_no_token_makes_or_shows_tokens(zhou: Actor, program: Programs) -> None:
    admin = program(zhou)
    assert admin.get("apitoken").status_code == 404
    assert admin.post("apitoken", {"name": "another"}).status_code == 404
    with pytest.raises(Forbidden):
        do(issue_token, by=actor_of(token(zhou).secret), on=ApiToken, name="another")
    assert "/apitoken" not in admin.get("openapi.json").content.decode()


def test_the_use_is_noted(lin: Actor) -> None:
    made = token(lin)
    Program(made.secret).get("account")
    assert ApiToken._base_manager.get(pk=made.pk).last_used_at is not None


def test_a_session_does_not_open_the_api(lin: Actor, browse: Any, hengli: models.Model) -> None:  # noqa: F811
    client = browse(lin)
    for answer in (
        client.get("/api/v1/account"),
        client.post("/api/v1/account", {"name": "甲"}, content_type="application/json"),
        client.patch(f"/api/v1/account/{hengli.pk}", {"city": "x"}, content_type="application/json"),
        Client().get("/api/v1/account"),
        Client().get("/api/v1/nothing/of/the/sort"),
        Client(headers={"Authorization": "Basic bGluOmxpbg=="}).get("/api/v1/account"),
        Client(headers={"Authorization": f"Bearer {token(lin).secret}x"}).get("/api/v1/account"),
    ):
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/api/v1/openapi.json").status_code == 200
    assert client.get("/api/v1/").status_code == 200
    assert Client().get("/api/v1/openapi.json").status_code == 401


def test_the_page_shows_a_new_token_once(lin: Actor, browse: Any) -> None:  # noqa: F811
    client = browse(lin)
    answer = client.post("/profile/tokens", {"name": "ERP", "access": "write", "objects_named": ["account", "contact"]})
    secret = re.search(r'value="(bihuan_[\w-]+)"', answer.content.decode())[1]
    assert actor_of(secret).named == {"account", "contact"}
    assert secret not in client.get("/profile/tokens").content.decode()

    key = ApiToken._base_manager.get(name="ERP").pk
    assert client.post(f"/profile/tokens/{key}/revoke").status_code == 303
    assert actor_of(secret) is None


def test_the_page_names_what_is_wrong(lin: Actor, browse: Any) -> None:  # noqa: F811
    answer = browse(lin).post("/profile/tokens", {"name": "", "access": "write", "objects_named": ["nothing"]})
    assert answer.status_code == 422
    assert not ApiToken._base_manager.exists()


def test_nobody_revokes_anothers_token_there(lin: Actor, wang: Actor, browse: Any) -> None:  # noqa: F811
    made = token(lin)
    assert browse(wang).post(f"/profile/tokens/{made.pk}/revoke").status_code == 404
    assert actor_of(made.secret) is not None


def test_only_people_have_tokens() -> None:
    with pytest.raises(Refused, match="staff"):
        do(issue_token, by=SYSTEM, on=ApiToken, name="x")
