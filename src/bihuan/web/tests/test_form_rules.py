"""Form rules on pages: forms, cells, facts and many records at once follow them; the settings tell them in words."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.choice import keyed
from bihuan.core.custom import CustomField
from bihuan.core.form_rules.models import FormRule
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

account = registry.desk("account").model


def rule(**given: Any) -> FormRule:
    whole = {"object": "account", "field": "tax_id", "effect": "required", "when": "level.in=%3Da", **given}
    return do(create, by=SYSTEM, on=FormRule, **whole)


def level(key: str) -> str:
    return str(keyed("account_level", key).id)


def around(html: str, name: str) -> str:
    """The piece of a form around a ruled field."""
    found = re.search(rf'<div class="field[^>]*data-ruled="{name}".*?</fieldset>', html, re.DOTALL)
    assert found, name
    return found[0]


# ---------------------------------------------------------------------- forms


def test_a_form_shows_requires_fixes_and_offers_what_the_rules_say(browse: Browse, lin: Actor, hengli: Any) -> None:
    rule()
    rule(field="city", effect="read_only")
    rule(field="website", effect="shown", when="level.in=%3Db")
    rule(field="source", effect="limited", offered="=乙")
    html = browse(lin).get(f"/account/{hengli.pk}/edit").content.decode()
    assert 'aria-required="true"' in around(html, "tax_id")
    assert '<fieldset class="as-is" disabled>' in around(html, "city")
    assert re.match(r'<div class="field[^>]* hidden>', around(html, "website"))
    source = around(html, "source")
    assert re.search(r"<option[^>]* hidden disabled>甲<", source)
    assert re.search(r'<option value="\d+">乙<', source)


def test_the_dialog_has_room_for_what_a_rule_calls_in(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    assert 'name="tax_id"' not in browse(lin).get("/account/new", headers=htmx).content.decode()
    rule()
    client = browse(lin)
    assert " hidden>" in around(client.get("/account/new", headers=htmx).content.decode(), "tax_id").split("\n")[0]
    answer = client.post("/account/new", {"name": "新户", "level": level("a"), "kind": "company"}, headers=htmx)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "field-error" in html
    assert " hidden>" not in around(html, "tax_id").split("\n")[0]
    assert 'value="新户"' in html


def test_what_is_typed_is_judged_and_nothing_is_written(browse: Browse, lin: Actor, hengli: Any) -> None:
    rule(when="level.in=%3Db")
    rule(field="city", effect="read_only", when="employees.gte=100")
    client = browse(lin)
    said = client.post(
        "/account/rules", {"of": hengli.pk, "level": level("b"), "employees": "250", "tax_id": ""}
    ).json()
    assert said["tax_id"] == {"shown": True, "required": True, "read_only": False, "offered": None}
    assert said["city"]["read_only"] is True
    said = client.post("/account/rules", {"level": level("c"), "employees": "not a number"}).json()
    assert (said["tax_id"]["required"], said["city"]["read_only"]) == (False, False)
    hengli.refresh_from_db()
    assert hengli.employees is None


def test_a_record_that_one_does_not_see_is_not_judged(browse: Browse, lin: Actor, xinghua: Any) -> None:
    rule()
    assert browse(lin).post("/account/rules", {"of": xinghua.pk}).status_code == 404


def test_a_refused_form_still_holds_the_fields_that_were_not_sent(browse: Browse, lin: Actor, hengli: Any) -> None:
    do(update, hengli, by=lin, website="https://example.com/old")
    rule(field="website", effect="shown", when="level.in=%3Db")
    sent = {"name": "", "level": level("a"), "version": hengli.version}
    answer = browse(lin).post(f"/account/{hengli.pk}/edit", sent)
    assert answer.status_code == 422
    assert "https://example.com/old" in around(answer.content.decode(), "website")


# ---------------------------------------------------------------------- values where they stand


def test_facts_leave_out_what_is_not_shown_and_cells_take_no_other_value(
    browse: Browse, lin: Actor, hengli: Any
) -> None:
    do(update, hengli, by=lin, city="苏州", website="https://example.com/w")
    rule(field="website", effect="shown", when="level.in=%3Db")
    rule(field="city", effect="read_only")
    client = browse(lin)
    facts = client.get(f"/account/{hengli.pk}?parts=facts", headers={"HX-Request": "true"}).content.decode()
    assert "example.com/w" not in facts
    assert f"/account/{hengli.pk}/field/city" not in facts
    assert f"/account/{hengli.pk}/field/phone" in facts
    for name in ("website", "city"):
        for answer in (
            client.get(f"/account/{hengli.pk}/field/{name}"),
            client.post(f"/account/{hengli.pk}/field/{name}", {name: "x.example.com", "version": hengli.version}),
        ):
            assert answer.status_code == 422
    hengli.refresh_from_db()
    assert (hengli.city, hengli.website) == ("苏州", "https://example.com/w")


def test_a_cell_that_decides_has_the_facts_drawn_anew(browse: Browse, lin: Actor, hengli: Any) -> None:
    rule(field="website", effect="shown", when="level.in=%3Db")
    client = browse(lin)
    answer = client.post(f"/account/{hengli.pk}/field/level", {"level": level("b"), "version": hengli.version})
    assert '"decided"' in answer["HX-Trigger"]
    answer = client.post(f"/account/{hengli.pk}/field/phone", {"phone": "", "version": hengli.version + 1})
    assert "decided" not in answer["HX-Trigger"]


def test_a_cell_with_a_choice_that_is_barred_keeps_the_old_one(browse: Browse, lin: Actor, hengli: Any) -> None:
    rule(field="source", effect="limited", offered="=乙")
    barred = str(keyed("source", "甲").id)
    answer = browse(lin).post(f"/account/{hengli.pk}/field/source", {"source": barred, "version": hengli.version})
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()


def test_many_records_at_once_are_reported_one_by_one(browse: Browse, zhou: Actor, hengli: Any, lianhe: Any) -> None:
    rule(field="city", effect="read_only", when="level.in=%3Da")
    client = browse(zhou)
    sent = {"id": [hengli.pk, lianhe.pk], "next": "/account", "bulk-field": "city", "city": "南京", "go": "1"}
    client.post("/account/bulk/update", sent)
    cities = dict(account._base_manager.values_list("pk", "city"))
    assert (cities[hengli.pk], cities[lianhe.pk]) == ("", "南京")
    assert "苏州恒砺" in client.get("/account").content.decode()


# ---------------------------------------------------------------------- settings


def test_the_rules_of_an_object_are_told_in_words(browse: Browse, zhou: Actor) -> None:
    rule()
    html = browse(zhou).get("/settings/rules/account").content.decode()
    text = re.sub(r"<[^>]+>", "", html)
    assert re.search(r"级别.*A.*税号.*必填", text)


def test_a_rule_that_names_what_is_gone_is_reported_and_no_fault(browse: Browse, zhou: Actor, hengli: Any) -> None:
    own = do(create, by=SYSTEM, on=CustomField, object="account", key="grade", name="等级", kind="text")
    made = rule(when="c_grade.is=甲")
    do(archive, own, by=SYSTEM)
    client = browse(zhou)
    page = client.get("/settings/rules/account")
    assert "field-error" in page.content.decode()
    assert client.get(f"/settings/rule/{made.pk}").status_code == 200
    assert client.get(f"/account/{hengli.pk}/edit").status_code == 200


def test_a_rule_is_made_changed_and_switched_off(browse: Browse, zhou: Actor) -> None:
    client = browse(zhou)
    address = "/settings/rules/account/new"
    sent = {"f-field": "level", "f-operator": "in", "f-value": level("a"), "field": "tax_id", "effect": "required"}
    there = client.get(address, sent)["Location"]
    assert dict(parse_qsl(urlsplit(there).query))["level.in"] == level("a")
    assert "chip" in client.get(there).content.decode()
    assert client.post(address, {"field": "tax_id", "effect": "required", "level.in": level("a")}).status_code == 303
    made = FormRule._base_manager.get()
    assert (made.field, made.effect, dict(parse_qsl(made.when))) == ("tax_id", "required", {"level.in": "=a"})
    page = client.get(f"/settings/rule/{made.pk}").content.decode()
    assert f'name="level.in" value="{level("a")}"' in page
    client.post(f"/settings/rule/{made.pk}", {"field": "city", "effect": "read_only", "level.in": level("b")})
    made.refresh_from_db()
    assert (made.field, made.effect) == ("city", "read_only")
    client.post("/settings/rules/account", {"archive": made.pk})
    made.refresh_from_db()
    assert made.archived_at is not None
    client.post("/settings/rules/account", {"restore": made.pk})
    made.refresh_from_db()
    assert made.archived_at is None


def test_a_rule_that_cannot_be_met_comes_back_with_a_sentence(browse: Browse, zhou: Actor) -> None:
    answer = browse(zhou).post(
        "/settings/rules/account/new", {"field": "name", "effect": "shown", "level.in": level("a")}
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not FormRule._base_manager.exists()


def test_a_rule_is_tried_on_what_is_there(browse: Browse, zhou: Actor, hengli: Any) -> None:
    page = browse(zhou).get(
        "/settings/rules/account/new", {"field": "tax_id", "effect": "required", "level.in": level("b")}
    )
    html = page.content.decode()
    lacking = account._base_manager.filter(level=level("b"), tax_id="", archived_at=None).count()
    assert re.search(rf'href="/account\?level.in={level("b")}&amp;tax_id.empty="[^>]*>[^<]*{lacking}', html)


@pytest.mark.parametrize(
    "asked",
    [
        {"field": "kind", "effect": "required"},
        {"field": "nothing", "effect": "required"},
        {"field": "kind", "effect": "limited", "offered": "nobody"},
        {"field": "tax_id", "effect": "strange", "nothing.is": "1"},
        {"field": "tax_id", "level.in": "999999"},
        {"filter": "nothing"},
    ],
)
def test_any_address_of_a_rule_is_a_page(browse: Browse, zhou: Actor, asked: dict[str, str]) -> None:
    assert browse(zhou).get("/settings/rules/account/new", asked).status_code == 200


def test_only_who_sets_up_the_firm_may_make_rules(browse: Browse, lin: Actor) -> None:
    client = browse(lin)
    assert client.get("/settings/rules/account").status_code == 403
    client.post("/settings/rules/account/new", {"field": "tax_id", "effect": "required"})
    assert not FormRule._base_manager.exists()
