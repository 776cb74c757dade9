"""Form rules hold whichever way a change comes, bind what somebody gives, and leave alone what nobody touches."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import record
from tests.imports import import_rows

from bihuan.core import audit, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.blueprint.apply import apply
from bihuan.core.blueprint.present import present
from bihuan.core.choice import keyed
from bihuan.core.custom import CustomField
from bihuan.core.errors import Invalid
from bihuan.core.exchange.analysis import analyse
from bihuan.core.exchange.reading import read
from bihuan.core.form_rules.models import FormRule
from bihuan.core.form_rules.rule import rules_of, verdicts
from bihuan.core.run import Call, do, run
from bihuan.core.settings_desks import rules_that_name
from bihuan.core.verbs import archive, assign, create, move, update
from bihuan.people.staff import actor

pytestmark = pytest.mark.django_db

desk = registry.desk("account")
account = desk.model


def rule(by: Actor = SYSTEM, **given: Any) -> FormRule:
    """A rule of accounts: by default, the tax number is required at level A."""
    whole = {"object": "account", "field": "tax_id", "effect": "required", "when": "level.in=%3Da", **given}
    return do(create, by=by, on=FormRule, **whole)


def refusal(command: Any, *args: Any, **given: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        do(command, *args, **given)
    return refused.value.errors


def make(by: Actor, **given: Any) -> Any:
    return do(create, by=by, on=account, anyway=True, **{"name": "新户", **given})


# ---------------------------------------------------------------------- each effect


def test_what_a_rule_requires_is_needed_while_it_holds_and_only_then(lin: Actor) -> None:
    rule()
    errors = refusal(create, by=lin, on=account, name="新户", level="A")
    assert errors.keys() == {"tax_id"}
    assert "级别" in errors["tax_id"] or "Level" in errors["tax_id"]
    made = make(lin, level="B")
    assert refusal(update, made, by=lin, level="A").keys() == {"tax_id"}
    done = do(update, made, by=lin, level="A", tax_id="DE 811907980")
    assert refusal(update, done, by=lin, tax_id="").keys() == {"tax_id"}
    do(update, done, by=lin, level="B", tax_id="")


def test_a_record_that_broke_the_rule_before_is_worked_on_until_somebody_touches_it(lin: Actor, hengli: Any) -> None:
    rule()
    do(update, hengli, by=lin, city="苏州")
    do(update, hengli, by=lin, level="B")
    assert refusal(update, hengli, by=lin, level="A").keys() == {"tax_id"}


def test_a_read_only_field_keeps_its_value(lin: Actor, hengli: Any) -> None:
    rule(field="city", effect="read_only")
    do(update, hengli, by=lin, level="A", city="")  # the same as it is
    assert refusal(update, hengli, by=lin, city="苏州").keys() == {"city"}
    assert refusal(create, by=lin, on=account, name="新户", level="A", city="苏州").keys() == {"city"}
    do(update, hengli, by=lin, level="B", city="苏州")  # judged as the record will be


def test_a_field_that_is_not_shown_takes_nothing_and_loses_nothing(lin: Actor) -> None:
    rule(field="city", effect="shown")
    made = make(lin, level="A", city="苏州")
    changed = do(update, made, by=lin, level="B")
    assert changed.city == "苏州"  # nothing lost
    assert refusal(update, changed, by=lin, city="无锡").keys() == {"city"}
    do(update, changed, by=lin, city="苏州")  # sent, and no different
    assert refusal(create, by=lin, on=account, name="新户", level="B", city="苏州").keys() == {"city"}


def test_of_several_rules_that_show_a_field_one_is_enough(lin: Actor) -> None:
    rule(field="city", effect="shown")
    rule(field="city", effect="shown", when="level.in=%3Db")
    assert make(lin, level="B", city="苏州").city == "苏州"
    assert refusal(create, by=lin, on=account, name="新户", level="C", city="苏州").keys() == {"city"}


def test_a_field_offers_only_what_the_rules_leave(lin: Actor) -> None:
    rule(field="source", effect="limited", when="level.in=%3Da,%3Db", offered="=甲, =乙")
    rule(field="source", effect="limited", when="level.in=%3Da", offered="=乙, =丙")
    assert refusal(create, by=lin, on=account, name="新户", level="A", source="甲").keys() == {"source"}
    assert make(lin, level="A", source="乙").source_id == keyed("source", "乙").id
    assert make(lin, name="二", level="B", source="甲").pk
    assert make(lin, name="三", level="C", source="丙").pk


def test_conditions_hold_together_and_none_means_always(lin: Actor) -> None:
    rule(when="level.in=%3Da&city.filled=")
    rule(field="phone", when="")
    assert refusal(create, by=lin, on=account, name="新户").keys() == {"phone"}
    assert make(lin, phone="0512 6628 1180", level="A").pk
    given = {"name": "又一户", "phone": "0512 6628 1181", "level": "A", "city": "苏州"}
    assert refusal(create, by=lin, on=account, anyway=True, **given).keys() == {"tax_id"}


def test_a_rule_for_a_role_binds_who_holds_it(lin: Actor, zhou: Actor) -> None:
    rule(roles=[record("role", key="seller").pk])
    assert refusal(create, by=lin, on=account, name="新户", level="A").keys() == {"tax_id"}
    assert make(zhou, level="A").pk


def test_custom_fields_are_ruled_like_any_other(lin: Actor) -> None:
    for key in ("grade", "note"):
        do(create, by=SYSTEM, on=CustomField, object="account", key=key, name=key, kind="text")
    rule(field="c_note", when="c_grade.is=甲")
    assert refusal(create, by=lin, on=account, name="新户", c_grade="甲").keys() == {"c_note"}
    assert make(lin, c_grade="甲", c_note="有").pk


def test_nobody_is_asked_for_what_is_kept_back_from_them(lin: Actor) -> None:
    registry.desk("role").model._base_manager.filter(key="seller").update(limits={"account": {"tax_id": 2}})
    rule()
    assert make(actor(lin.user_id), level="A").pk


# ---------------------------------------------------------------------- each channel


def test_a_batch_is_judged_record_by_record_without_a_question_to_the_database(lin: Actor) -> None:
    calls = [Call({"name": f"户{n}", "level": "AB"[n % 2], "anyway": True}) for n in range(20)]
    with CaptureQueriesContext(connection) as before:
        run(create, calls, by=lin, on=account, partial=True)
    rule(field="remark")
    rules_of("account")
    calls = [Call({"name": f"家{n}", "level": "AB"[n % 2], "anyway": True}) for n in range(20)]
    with CaptureQueriesContext(connection) as after:
        outcome = run(create, calls, by=lin, on=account, partial=True)
    assert set(outcome.refusals) == set(range(0, 20, 2))
    assert all(each.errors.keys() == {"remark"} for each in outcome.refusals.values())
    assert len(after) <= len(before)


def test_a_move_to_a_stage_is_asked_for_what_a_rule_requires_there(
    lin: Actor, kongya: Any, stages: dict[str, int]
) -> None:
    rule(object="opportunity", field="expected_close", when="stage.in=%3D" + "opportunity_流程/方案")
    assert refusal(move, kongya, by=lin, stage=stages["方案"]).keys() == {"expected_close"}
    assert do(move, kongya, by=lin, stage=stages["方案"], expected_close="2027-01-01").stage_id == stages["方案"]


def test_an_owner_who_may_not_change_is_not_handed_over(lin: Actor, chen: Actor, hengli: Any) -> None:
    rule(field="owner", effect="read_only")
    assert refusal(assign, hengli, by=lin, owner=chen.user_id).keys() == {"owner"}


def test_an_import_tells_the_rows_that_break_a_rule(firm: None, tmp_path: Path) -> None:
    rule()
    found = read(io.BytesIO("客户名称,级别,税号\n杭州甲辰机床厂,A,\n沈阳重型铸造公司,B,\n".encode()), "file.csv")
    plan = analyse(found, desk, SYSTEM).plan
    cursor = import_rows(plan, found, SYSTEM, folder=tmp_path).cursor
    refused = (tmp_path / "refused.csv").read_text("utf-8")
    assert (cursor["created"], cursor["refused"]) == (1, 1), refused
    assert "杭州甲辰机床厂" in refused
    assert account._base_manager.filter(name="沈阳重型铸造公司").exists()


# ---------------------------------------------------------------------- the rules themselves


def test_a_rule_that_is_switched_off_binds_nobody(lin: Actor) -> None:
    made = rule()
    do(archive, made, by=SYSTEM)
    assert make(lin, level="A").pk


def test_a_rule_whose_field_is_gone_is_ignored(lin: Actor) -> None:
    own = do(create, by=SYSTEM, on=CustomField, object="account", key="grade", name="等级", kind="text")
    rule(when="c_grade.is=甲")
    do(archive, own, by=SYSTEM)
    assert rules_of("account") == ()
    assert make(lin, level="A").pk


def test_a_value_that_goes_out_of_use_tells_which_rules_name_it(firm: None) -> None:
    rule()
    named, other = (record("choice", set="account_level", key=key) for key in ("a", "b"))
    assert len(list(rules_that_name(("choices", "account_level", "a"), named))) == 1
    assert list(rules_that_name(("choices", "account_level", "b"), other)) == []


def test_a_blueprint_carries_rules_by_the_keys_of_their_values(firm: None) -> None:
    made = rule(roles=[record("role", key="seller").pk])
    row = present().rows["form_rules", "account", made.key]
    assert (row["field"], row["effect"], row["when"], row["roles"]) == (
        "tax_id",
        "required",
        {"level.in": "=a"},
        ("seller",),
    )
    wanted = {**present().rows, ("form_rules", "account", made.key): {**row, "when": {"level.in": "=b"}}}
    assert [each.fields for each in apply(wanted, {"form_rules"}, by=SYSTEM)] == [("when",)]
    made.refresh_from_db()
    assert rules_of("account")[0].conditions[0].operand == str(keyed("account_level", "b").id)


def test_a_change_of_a_rule_is_history(zhou: Actor) -> None:
    made = rule(zhou)
    do(update, made, by=zhou, field="phone")
    assert audit.history("formrule", made.pk)[0].changes["field"] == ["tax_id", "phone"]


def test_verdicts_are_read_from_memory(lin: Actor, hengli: Any) -> None:
    rule()
    rule(field="city", effect="read_only", when="owner.in=me")
    rules_of("account")
    with CaptureQueriesContext(connection) as asked:
        said = verdicts(desk, lin, hengli)
    assert len(asked) == 0
    assert said["city"].read_only


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ({"field": "nothing"}, "field"),
        ({"field": "open_deals"}, "field"),
        ({"when": "nothing.is=1"}, "when"),
        ({"when": "level.has=1"}, "when"),
        ({"when": "level.in=%3Dnobody"}, "when"),
        ({"when": "parent.in=恒砺"}, "when"),
        ({"when": "tax_id.is=1"}, "when"),
        ({"when": "level.in=%3Da&level.empty="}, "when"),
        ({"when": "employees.gte=10&employees.lte=5"}, "when"),
        ({"effect": "shown", "when": ""}, "when"),
        ({"effect": "shown", "field": "name"}, "effect"),
        ({"effect": "limited"}, "effect"),
        ({"effect": "limited", "field": "source"}, "offered"),
        ({"effect": "limited", "field": "source", "offered": "=nobody"}, "offered"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(firm: None, given: dict[str, str], column: str) -> None:
    with pytest.raises(Invalid) as refused:
        rule(**given)
    assert column in refused.value.errors


def test_a_field_cannot_be_required_where_it_is_never_shown_or_never_filled(firm: None) -> None:
    rule(effect="shown", when="level.in=%3Db")
    with pytest.raises(Invalid):
        rule(when="level.in=%3Da")
    rule(when="level.in=%3Da,%3Db")
    with pytest.raises(Invalid):
        rule(effect="read_only", when="level.in=%3Da,%3Db")
