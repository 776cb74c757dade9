"""The settings of people: units, passwords, roles and what they grant."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from bihuan.core import link, registry
from bihuan.core.access import ALL_ROWS, Actor
from bihuan.core.audit import AuditEntry
from bihuan.core.errors import Refused
from bihuan.core.run import do
from bihuan.people import staff
from bihuan.people.commands import set_grants
from bihuan.people.role import ANY, Reach, Role
from bihuan.people.session import STAMP, USER
from bihuan.people.unit import Unit
from bihuan.people.user import User

pytestmark = pytest.mark.django_db


def browse(actor: Actor) -> Client:
    """A client in which the actor has signed in."""
    session = SessionStore()
    session[USER], session[STAMP] = actor.user_id, staff.staff()[actor.user_id].stamp
    session.save()
    client = Client()
    client.cookies["sessionid"] = session.session_key
    return client


def inputs(page: object, form: str) -> dict[str, list[str]]:
    """What the browser would send of a form that nobody has touched."""
    html = re.search(rf'<form[^>]*id="{form}".*?</form>', page.content.decode(), re.DOTALL)[0]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        sent.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        sent[name] = [chosen[1] if (chosen := re.search(r'value="([^"]*)" selected', body)) else ""]
    return sent


def unit(name: str) -> Unit:
    return Unit._base_manager.get(name=name)


def role(key: str) -> Role:
    return Role._base_manager.get(key=key)


@pytest.mark.parametrize("name", ["units", "users", "roles"])
def test_only_the_administrator_has_these_sections(zhou: Actor, wang: Actor, sun: Actor, name: str) -> None:
    address = f"/settings/{name}"
    address = browse(zhou).get(address).headers.get("Location", address)
    assert browse(zhou).get(address).status_code == 200
    for other in (wang, sun):
        assert browse(other).get(address).status_code == 403


# ---------------------------------------------------------------------- units


def test_units_stand_below_the_unit_they_belong_to(zhou: Actor) -> None:
    html = browse(zhou).get("/settings/units").content.decode()
    depth = {name: int(depth) for depth, name in re.findall(r'--depth:(\d)">\s*<input[^>]*value="([^"]*)"', html)}
    assert depth == {"瀚澄": 0, "华东": 1, "一部": 2, "华南": 1}


def test_a_unit_is_renamed_moved_and_added_in_one_go(zhou: Actor) -> None:
    client = browse(zhou)
    sent = inputs(client.get("/settings/units"), "sheet")
    team, south = unit("一部"), unit("华南")
    sent |= {f"{team.pk}-name": "大客户部", f"{team.pk}-parent": str(south.pk)}
    sent |= {"new-name": "西南", "new-kind": "branch", "new-parent": str(unit("瀚澄").pk)}
    assert client.post("/settings/units", sent).status_code == 303
    assert unit("大客户部").parent_id == south.pk
    assert unit("西南").parent.name == "瀚澄"


def test_a_unit_cannot_belong_to_one_below_it(zhou: Actor) -> None:
    client = browse(zhou)
    sent = inputs(client.get("/settings/units"), "sheet") | {f"{unit('华东').pk}-parent": str(unit("一部").pk)}
    assert client.post("/settings/units", sent).status_code == 422
    assert unit("华东").parent.name == "瀚澄"


def test_a_unit_with_people_stays_in_use(zhou: Actor) -> None:
    client = browse(zhou)
    sent = inputs(client.get("/settings/units"), "sheet")
    assert client.post("/settings/units", sent | {"archive": str(unit("一部").pk)}).status_code == 422
    assert unit("一部").archived_at is None


def test_the_name_of_the_firm_is_that_of_the_topmost_unit(zhou: Actor) -> None:
    client = browse(zhou)
    sent = inputs(client.get("/settings/units"), "sheet") | {f"{unit('瀚澄').pk}-name": "瀚澄动力"}
    client.post("/settings/units", sent)
    assert "瀚澄动力" in client.get("/settings/units").content.decode()
    assert link.title(registry.desk("unit"), unit("瀚澄动力").pk) == "瀚澄动力"


# ---------------------------------------------------------------------- users


def test_a_new_password_ends_the_sessions_of_the_old_one(zhou: Actor, lin: Actor) -> None:
    theirs = browse(lin)
    assert theirs.get("/settings").status_code == 200
    page = f"/settings/users/{lin.user_id}/password"
    assert browse(zhou).post(page, {"password": "short"}).status_code == 422
    assert browse(zhou).post(page, {"password": "correct horse battery"}).status_code == 303
    assert "sign-in" in theirs.get("/settings")["Location"]
    assert User._base_manager.get(pk=lin.user_id).check_password("correct horse battery")
    entry = AuditEntry.objects.filter(object="user", record_id=lin.user_id).latest("id")
    assert "horse" not in str(entry.changes)


def test_a_refused_password_is_not_sent_back(zhou: Actor, lin: Actor) -> None:
    page = browse(zhou).post(f"/settings/users/{lin.user_id}/password", {"password": "12345"})
    assert "12345" not in page.content.decode()


def test_who_may_no_longer_sign_in_is_out_at_once(zhou: Actor, lin: Actor) -> None:
    theirs = browse(lin)
    browse(zhou).post(f"/settings/users/{lin.user_id}/active", {"is_active": "0"})
    assert "sign-in" in theirs.get("/settings")["Location"]
    browse(zhou).post(f"/settings/users/{lin.user_id}/active", {"is_active": "1"})
    assert theirs.get("/settings").status_code == 200


def test_nobody_else_sets_a_password(lin: Actor, chen: Actor) -> None:
    page = f"/settings/users/{chen.user_id}/password"
    assert browse(lin).post(page, {"password": "correct horse battery"}).status_code in (403, 422)
    assert not User._base_manager.get(pk=chen.user_id).check_password("correct horse battery")


# ---------------------------------------------------------------------- roles


def test_the_matrix_sets_exactly_the_grants_it_shows(zhou: Actor, lin: Actor) -> None:
    client, seller = browse(zhou), role("seller")
    page = f"/settings/roles/{seller.pk}"
    sent = inputs(client.get(page), "grants") | {"product:edit": "0", "account:view": "3", "*:archive": ""}
    before = {**seller.grants[ANY]}
    assert client.post(page, sent).status_code == 303
    seller.refresh_from_db()
    assert seller.grants["product"] == {"edit": Reach.NONE}
    assert seller.grants["account"] == {"view": Reach.ALL}
    assert seller.grants[ANY] == {act: reach for act, reach in before.items() if act != "archive"}
    assert staff.actor(lin.user_id).rows("account", "view") == ALL_ROWS


def test_an_untouched_matrix_changes_nothing(zhou: Actor) -> None:
    client = browse(zhou)
    for key in ("administrator", "manager", "seller", "reader"):
        before = role(key)
        page = f"/settings/roles/{before.pk}"
        assert client.post(page, inputs(client.get(page), "grants")).status_code == 303
        assert (role(key).grants, role(key).version) == (before.grants, before.version)


def test_grants_of_acts_without_a_column_stay(zhou: Actor) -> None:
    seller = role("seller")
    do(set_grants, seller, by=zhou, grants={**seller.grants, "opportunity": {"win": 2}})
    client, page = browse(zhou), f"/settings/roles/{seller.pk}"
    client.post(page, inputs(client.get(page), "grants") | {"opportunity:edit": "1"})
    assert role("seller").grants["opportunity"] == {"win": Reach.UNIT, "edit": Reach.OWN}


def test_the_administrator_keeps_every_right(zhou: Actor) -> None:
    admin = role("administrator")
    client, page = browse(zhou), f"/settings/roles/{admin.pk}"
    for lowered in ("", "1"):
        assert client.post(page, inputs(client.get(page), "grants") | {"*:*": lowered}).status_code == 422
    assert role("administrator").grants == {ANY: {ANY: Reach.ALL}}
    with pytest.raises(Refused):
        do(set_grants, admin, by=zhou, grants={})


def test_a_role_is_made_named_and_archived(zhou: Actor) -> None:
    client = browse(zhou)
    address = client.post("/settings/roles", {"name": "外协", "name_en": "Partner"})["Location"]
    client.post(address, inputs(client.get(address), "grants") | {"name": "渠道", "account:view": "1"})
    made = Role._base_manager.get(name="渠道")
    assert made.grants == {"account": {"view": Reach.OWN}}
    client.post(f"{address}/archive")
    made.refresh_from_db()
    assert made.archived_at is not None


def test_nobody_gives_rights_to_themselves(lin: Actor) -> None:
    seller = role("seller")
    browse(lin).post(f"/settings/roles/{seller.pk}", {"name": "seller", "*:*": "3"})
    assert ANY not in role("seller").grants[ANY]
