"""`run`, the only door to a change: batches, refusals, and what happens together."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.core import audit, event, registry
from bihuan.core.access import Actor, find
from bihuan.core.errors import Forbidden, Invalid, NotFound, Refused, Stale
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, assign, create, restore, update

pytestmark = pytest.mark.django_db

account = registry.desk("account").model
contact = registry.desk("contact").model
task = registry.desk("task").model


def names() -> set[str]:
    return set(account._base_manager.values_list("name", flat=True))


def test_one_is_a_batch_of_one(lin: Actor) -> None:
    made = run(create, [Call({"name": "一家"})], by=lin, on=account).records[0]
    assert (made.name, made.owner_id, made.unit_id, made.version) == ("一家", lin.user_id, lin.unit_id, 1)


def test_the_records_come_back_in_the_order_of_the_calls(lin: Actor) -> None:
    calls = [Call({"name": f"第{n}家"}) for n in range(7)]
    made = run(create, calls, by=lin, on=account).records
    assert [record.name for record in made] == [f"第{n}家" for n in range(7)]
    turned = run(update, [Call({"city": record.name}, record) for record in reversed(made)], by=lin)
    assert [record.city for record in turned.records] == [f"第{n}家" for n in reversed(range(7))]


def test_of_a_partial_batch_the_good_are_done_and_the_bad_reported(lin: Actor) -> None:
    calls = [Call({"name": "甲"}), Call({"name": ""}), Call({"name": "乙"}), Call({"name": "丙", "phone": "abc"})]
    outcome = run(create, calls, by=lin, on=account, partial=True)
    assert [record and record.name for record in outcome.records] == ["甲", None, "乙", None]
    assert {index: set(refusal.errors) for index, refusal in outcome.refusals.items()} == {1: {"name"}, 3: {"phone"}}
    assert {"甲", "乙"} <= names()
    assert not {"丙", ""} & names()


def test_without_partial_one_refusal_undoes_all(lin: Actor) -> None:
    happened, before = event.Happening.objects.count(), names()
    with pytest.raises(Invalid) as refused:
        run(create, [Call({"name": "甲"}), Call({"name": ""}), Call({"phone": "x"})], by=lin, on=account)
    assert set(refused.value.errors) == {"name"}
    assert (names(), event.Happening.objects.count()) == (before, happened)


def test_every_wrong_input_is_named_at_once(lin: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        do(
            create,
            by=lin,
            on=account,
            name="",
            phone="abc",
            annual_purchase="viel",
            founded="1",
            level="Z",
            nothing="?",
        )
    assert set(refused.value.errors) == {"name", "phone", "annual_purchase", "level", "nothing"}
    assert all(refused.value.errors.values())


def test_a_required_field_cannot_be_emptied_but_need_not_be_given(lin: Actor, hengli: Any) -> None:
    do(update, hengli, by=lin, city="苏州")
    with pytest.raises(Invalid) as refused:
        do(update, hengli, by=lin, name="  ")
    assert set(refused.value.errors) == {"name"}


@pytest.mark.parametrize("name", ["version", "id", "created_by", "archived_at", "open_amount", "unit", "no_such"])
def test_what_the_product_keeps_is_no_input(lin: Actor, hengli: Any, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        run(update, [Call({name: 1}, hengli)], by=lin)
    assert set(refused.value.errors) == {name}


def test_an_owner_is_changed_by_handing_over_only(lin: Actor, chen: Actor, hengli: Any) -> None:
    with pytest.raises(Invalid):
        do(update, hengli, by=lin, owner=chen.user_id)
    assert do(assign, hengli, by=lin, owner=chen.user_id).owner_id == chen.user_id


class TestVersions:
    def test_the_same_field_twice_is_refused_with_both_values(self, lin: Actor, zhou: Actor, hengli: Any) -> None:
        do(update, hengli, by=lin, version=1, city="苏州", phone="0512-66281180")
        with pytest.raises(Stale) as refused:
            do(update, hengli, by=zhou, version=1, city="无锡", province="江苏")
        assert refused.value.theirs == {"city": "苏州"}
        stored = find(zhou, account, hengli.pk)
        assert (stored.city, stored.province, stored.version) == ("苏州", "", 2)

    def test_other_fields_are_merged(self, lin: Actor, zhou: Actor, hengli: Any) -> None:
        do(update, hengli, by=lin, version=1, city="苏州")
        do(update, hengli, by=zhou, version=1, province="江苏")
        stored = find(zhou, account, hengli.pk)
        assert (stored.city, stored.province, stored.version) == ("苏州", "江苏", 3)

    def test_the_same_value_twice_is_no_conflict(self, lin: Actor, zhou: Actor, hengli: Any) -> None:
        do(update, hengli, by=lin, version=1, annual_purchase="386万")
        do(update, hengli, by=zhou, version=1, annual_purchase="3,860,000.00")

    def test_without_a_version_the_last_counts(self, lin: Actor, zhou: Actor, hengli: Any) -> None:
        do(update, hengli, by=lin, city="苏州")
        assert do(update, hengli, by=zhou, city="无锡").city == "无锡"

    def test_of_a_partial_batch_only_the_stale_are_refused(self, lin: Actor, hengli: Any) -> None:
        other = do(create, by=lin, on=account, name="另一家")
        do(update, hengli, by=lin, city="苏州")
        outcome = run(
            update, [Call({"city": "无锡"}, hengli, 1), Call({"city": "无锡"}, other, 1)], by=lin, partial=True
        )
        assert isinstance(outcome.refusals[0], Stale)
        assert outcome.records[1].city == "无锡"


def test_a_change_that_changes_nothing_leaves_no_trace(lin: Actor, hengli: Any) -> None:
    entries, happened = audit.AuditEntry.objects.count(), event.Happening.objects.count()
    do(update, hengli, by=lin, name=hengli.name, level="A")
    hengli.refresh_from_db()
    assert (hengli.version, audit.AuditEntry.objects.count(), event.Happening.objects.count()) == (1, entries, happened)


def test_the_same_record_twice_in_a_batch_is_changed_twice(lin: Actor, hengli: Any) -> None:
    run(
        update,
        [Call({"city": "苏州"}, hengli), Call({"city": "无锡"}, hengli), Call({"province": "江苏"}, hengli)],
        by=lin,
    )
    hengli.refresh_from_db()
    assert (hengli.city, hengli.province, hengli.version) == ("无锡", "江苏", 4)
    changes = [entry.changes for entry in audit.history("account", hengli.pk)][:3]
    assert changes == [{"province": ["", "江苏"]}, {"city": ["苏州", "无锡"]}, {"city": ["", "苏州"]}]


class TestUnique:
    def test_against_the_database(self, lin: Actor) -> None:
        with pytest.raises(Invalid) as refused:
            do(create, by=lin, on=registry.desk("product").model, name="又一台", sku="GA-75")
        assert set(refused.value.errors) == {"sku"}

    def test_within_the_batch(self, lin: Actor) -> None:
        calls = [
            Call({"name": "一", "sku": "N-1"}),
            Call({"name": "二", "sku": "N-1"}),
            Call({"name": "三"}),
            Call({"name": "四"}),
        ]
        outcome = run(create, calls, by=lin, on=registry.desk("product").model, partial=True)
        assert {index: set(refusal.errors) for index, refusal in outcome.refusals.items()} == {1: {"sku"}}

    def test_its_own_value_may_stay(self, zhou: Actor) -> None:
        product = registry.desk("product").model._base_manager.get(sku="GA-75")
        assert do(update, product, by=zhou, sku="GA-75", name="螺杆机").name == "螺杆机"

    def test_only_what_is_in_force_counts(self, lin: Actor, hengli: Any, zhangsan: Any) -> None:
        """One present role of a contact at an account, any number of past or archived ones."""
        role = registry.desk("accountcontact").model
        present = role._base_manager.get(account=hengli, contact=zhangsan)
        given = {"account": hengli.pk, "contact": zhangsan.pk}
        with pytest.raises(Invalid):
            do(create, by=lin, on=role, **given)
        do(create, by=lin, on=role, until="2025-12-31", **given)
        do(archive, present, by=lin)
        do(create, by=lin, on=role, **given)
        with pytest.raises(Invalid):
            do(restore, present, by=lin)


class TestLinks:
    def test_to_what_one_does_not_see_are_refused_like_to_what_is_not_there(self, lin: Actor, xinghua: Any) -> None:
        sentences = []
        for key in (xinghua.pk, 999_999, xinghua.pk + 10**15):
            with pytest.raises(Invalid) as refused:
                do(create, by=lin, on=account, name="子公司", parent=key)
            sentences.append(refused.value.errors)
        assert sentences == [sentences[0]] * 3
        assert set(sentences[0]) == {"parent"}

    def test_to_archived_records_may_stay_but_not_be_made(
        self, lin: Actor, hengli: Any, lianhe: Any, zhou: Actor
    ) -> None:
        child = do(create, by=lin, on=account, name="子公司", parent=hengli.pk)
        do(archive, hengli, by=lin)
        do(update, child, by=lin, parent=hengli.pk, city="苏州")
        with pytest.raises(Invalid):
            do(create, by=lin, on=account, name="又一家", parent=hengli.pk)

    def test_one_bad_link_does_not_sink_the_batch(self, lin: Actor, hengli: Any, xinghua: Any) -> None:
        calls = [Call({"name": "甲", "parent": hengli.pk}), Call({"name": "乙", "parent": xinghua.pk})]
        assert list(run(create, calls, by=lin, on=account, partial=True).refusals) == [1]


def test_a_state_is_left_only_where_the_command_begins(lin: Actor) -> None:
    commands = registry.commands(registry.desk("task"))
    made = do(create, by=lin, on=task, title="回访")
    done = do(commands["finish_task"], made, by=lin)
    assert (done.state, done.version) == ("done", 2)
    with pytest.raises(Refused, match="Done"):
        do(commands["finish_task"], made, by=lin)
    assert do(commands["reopen_task"], made, by=lin).state == "open"


def test_what_is_not_there_is_not_found(lin: Actor) -> None:
    for key in (0, -1, 999_999, "abc", None, 10**30):
        with pytest.raises(NotFound):
            do(update, key, by=lin, on=account, city="苏州")


def test_an_archived_record_is_archived_once(lin: Actor, hengli: Any) -> None:
    do(archive, hengli, by=lin)
    with pytest.raises(Refused, match="archived already"):
        do(archive, hengli, by=lin)


def test_a_refusal_says_which_and_leaves_the_others_grants_alone(
    lin: Actor, chen: Actor, hengli: Any, lianhe: Any, xinghua: Any
) -> None:
    outcome = run(archive, [Call(record=record) for record in (hengli, lianhe, xinghua)], by=lin, partial=True)
    assert isinstance(outcome.refusals[1], Forbidden)
    assert isinstance(outcome.refusals[2], NotFound)
    assert outcome.records[0].archived_at is not None


def test_a_verb_that_wrote_elsewhere_before_it_was_refused_leaves_nothing(lin: Actor, hengli: Any, lianhe: Any) -> None:
    """`log_touch` makes a touch, then a task; when the task is refused, the touch must go as well."""
    touches = registry.desk("touchpoint").model._base_manager
    log_touch = registry.commands(registry.desk("account"))["log_touch"]
    before = touches.count()
    good = {"channel": "电话", "text": "谈了价格", "next_step": "报价"}
    bad = {**good, "next_step": "长" * 300}
    assert list(run(log_touch, [Call(bad, hengli)], by=lin, partial=True).refusals) == [0]
    assert touches.count() == before
    assert list(run(log_touch, [Call(bad, hengli), Call(good, lianhe)], by=lin, partial=True).refusals) == [0]
    assert touches.count() == before + 1


def test_an_actor_that_only_reads_changes_nothing(hengli: Any) -> None:
    reader = Actor()
    reader.reads_only = True
    with pytest.raises(Forbidden):
        do(update, hengli, by=reader, city="苏州")
    with pytest.raises(Forbidden):
        do(create, by=reader, on=account, name="新")


def test_an_exact_call_is_refused_whatever_was_changed_since(lin: Actor, hengli: Any) -> None:
    do(update, hengli, by=lin, city="苏州")
    with pytest.raises(Stale) as refused:
        run(update, [Call({"remark": "x"}, hengli.pk, 1, exact=True)], by=lin, on=account)
    assert refused.value.theirs == {"city": "苏州"}
    assert run(update, [Call({"remark": "x"}, hengli.pk, 1)], by=lin, on=account).records[0].remark == "x"
