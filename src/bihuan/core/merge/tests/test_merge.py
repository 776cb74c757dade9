"""Several records made one: fields by choice, links moved, rights, and taking it back also after later edits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bihuan.core import audit, configuration, rollup, search
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.attached import Note
from bihuan.core.errors import Forbidden, NotFound, Refused
from bihuan.core.merge.commands import merge, unmerge
from bihuan.core.merge.links import pointers
from bihuan.core.merge.models import Merge, merged_into
from bihuan.core.registry import desk_of
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, create, restore, update
from bihuan.parties.account import Account
from bihuan.parties.account_contact import AccountContact, AccountRelation
from bihuan.parties.contact import Contact
from bihuan.people.role import Reach, Role
from bihuan.people.staff import actor
from bihuan.sales.opportunity import Opportunity
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint


def account(by: Actor, name: str, **more: Any) -> Account:
    return do(create, by=by, on=Account, name=name, **{"anyway": True, **more})


def fresh(record: Any) -> Any:
    return type(record)._base_manager.get(pk=record.pk)


@pytest.fixture
def pair(lin: Actor) -> tuple[Account, Account]:
    """Two accounts of 林's that are one; the second knows the phone, the first the level."""
    return account(lin, "苏州远景机械有限公司", city="苏州"), account(
        lin, "远景机械", phone="0512 6628 1180", city="昆山"
    )


def last_merge(record: Any) -> Merge:
    return Merge.objects.filter(survivor=record.pk).latest("id")


class TestFields:
    def test_blanks_are_filled_and_a_choice_counts(self, lin: Actor, pair: tuple[Account, Account]) -> None:
        first, second = pair
        do(merge, first, by=lin, others=[second.pk], choices={"city": second.pk})
        now = fresh(first)
        assert (now.name, now.city, now.phone) == ("苏州远景机械有限公司", "昆山", "+86 512 6628 1180")
        assert fresh(second).archived_at is not None and merged_into("account", second.pk) == first.pk

    def test_the_record_is_found_by_what_it_took_over(self, lin: Actor, pair: tuple[Account, Account]) -> None:
        first, second = pair
        do(merge, first, by=lin, others=[second.pk])
        assert list(search.matches("66281180", "account")) and first.pk in search.matches("66281180", "account")
        assert second.pk not in [hit.record_id for hit in search.search("66281180", {"account": None})]

    def test_a_choice_that_is_none_is_refused(self, lin: Actor, pair: tuple[Account, Account], lianhe: Any) -> None:
        first, second = pair
        for choices in ({"city": lianhe.pk}, {"number": second.pk}, {"nothing": first.pk}, {"city": "x"}):
            with pytest.raises(Refused):
                do(merge, first, by=lin, others=[second.pk], choices=choices)
        assert fresh(second).archived_at is None

    def test_an_amount_keeps_its_currency(self, lin: Actor) -> None:
        first, second = account(lin, "甲户"), account(lin, "乙户", annual_purchase="100", currency="USD")
        with pytest.raises(Refused, match="USD"):
            do(merge, first, by=lin, others=[second.pk], choices={"annual_purchase": second.pk})
        do(merge, first, by=lin, others=[second.pk])
        assert fresh(first).annual_purchase is None  # nobody chose the dollars
        third = account(lin, "丙户", annual_purchase="7", currency="USD")
        picked = {"annual_purchase": third.pk, "currency": third.pk}
        do(merge, first, by=lin, others=[third.pk], choices=picked)
        assert (fresh(first).annual_purchase, fresh(first).currency) == (7, "USD")

    def test_a_parent_among_them_is_no_longer_one(self, lin: Actor) -> None:
        first = account(lin, "母户")
        second, third = account(lin, "子户", parent=first.pk), account(lin, "旁户")
        run(update, [Call({"parent": second.pk}, third)], by=lin, on=Account)
        do(merge, first, by=lin, others=[second.pk], choices={"parent": second.pk})
        assert fresh(first).parent_id is None and fresh(third).parent_id == first.pk


class TestLinks:
    def test_everything_moves(self, lin: Actor, pair: tuple[Account, Account], zhangsan: Any, stages: Any) -> None:
        first, second = pair
        role = do(create, by=lin, on=AccountContact, account=second.pk, contact=zhangsan.pk)
        deal = do(create, by=lin, on=Opportunity, name="压缩机", account=second.pk, amount="12万")
        touch = do(create, by=lin, on=Touchpoint, channel="电话", account=second.pk, text="来电")
        task = do(create, by=lin, on=Task, title="回访", about="account", about_id=second.pk, account=second.pk)
        note = do(create, by=lin, on=Note, text="要发票", about="account", about_id=second.pk)
        do(merge, first, by=lin, others=[second.pk])
        assert [fresh(each).account_id for each in (role, deal, touch, task)] == [first.pk] * 4
        assert [fresh(each).about_id for each in (task, note)] == [first.pk] * 2
        assert not [pointer for pointer in pointers(desk_of(Account)) if pointer.rows([second.pk]).exists()]
        now = fresh(first)
        assert (now.open_deals, now.open_amount, now.last_touch_at) == (1, 120000, fresh(touch).at)
        assert not [each for *each, count in rollup.wrong() if count]

    def test_each_moved_record_tells_of_it(self, lin: Actor, pair: tuple[Account, Account]) -> None:
        first, second = pair
        task = do(create, by=lin, on=Task, title="回访", account=second.pk)
        do(merge, first, by=lin, others=[second.pk])
        told = audit.history("task", task.pk)[0]
        assert (told.command, told.version, told.changes) == ("merge", 2, {"account": [second.pk, first.pk]})
        assert fresh(task).version == 2
        assert audit.history("account", first.pk)[0].command == "merge"
        assert audit.history("account", second.pk)[0].command == "archive"

    def test_the_same_role_twice_stays_once(self, lin: Actor, pair: tuple[Account, Account], zhangsan: Any) -> None:
        first, second = pair
        kept = do(create, by=lin, on=AccountContact, account=first.pk, contact=zhangsan.pk, title="部长")
        twin = do(create, by=lin, on=AccountContact, account=second.pk, contact=zhangsan.pk)
        tie = do(create, by=lin, on=AccountRelation, account=first.pk, related=second.pk, relation="甲")
        do(merge, first, by=lin, others=[second.pk])
        assert fresh(kept).archived_at is None and fresh(twin).archived_at and fresh(tie).archived_at
        do(unmerge, first, by=lin, merge=last_merge(first).pk)
        assert fresh(twin).archived_at is None and fresh(tie).archived_at is None

    def test_several_links_are_kept_once(self, lin: Actor) -> None:
        one, two = (do(create, by=lin, on=Contact, name=name) for name in ("甲", "乙"))
        both = do(create, by=lin, on=Touchpoint, channel="电话", contact=one.pk, others=[one.pk, two.pk])
        second = do(create, by=lin, on=Touchpoint, channel="电话", contact=one.pk, others=[two.pk])
        do(merge, one, by=lin, others=[two.pk])
        assert [list(each.others.values_list("pk", flat=True)) for each in (both, second)] == [[one.pk], [one.pk]]
        do(unmerge, one, by=lin, merge=last_merge(one).pk)
        assert [set(each.others.values_list("pk", flat=True)) for each in (both, second)] == [
            {one.pk, two.pk},
            {two.pk},
        ]

    def test_many_links_cost_no_more_statements(self, lin: Actor) -> None:
        def cost(tasks: int) -> int:
            first, second = account(lin, f"一{tasks}"), account(lin, f"二{tasks}")
            calls = [Call({"title": f"第{n}件", "account": second.pk}) for n in range(tasks)]
            run(create, calls, by=lin, on=Task)
            with CaptureQueriesContext(connection) as queries:
                do(merge, first, by=lin, others=[second.pk])
            assert Task.objects.filter(account=first.pk).count() == tasks
            return len(queries)

        cost(300)  # a database is told once of a table that grew at once
        assert cost(150) == cost(450)


class TestRights:
    def test_one_must_be_allowed_to_edit_and_archive_all(
        self, chen: Actor, lin: Actor, zhao: Actor, pair: tuple[Account, Account], lianhe: Any
    ) -> None:
        first, second = pair
        with pytest.raises(Forbidden):
            do(merge, first, by=lin, others=[lianhe.pk])  # 陈's: seen, not his to edit
        with pytest.raises(Forbidden):
            do(merge, first, by=chen, others=[second.pk])
        with pytest.raises(NotFound):
            do(merge, first, by=zhao, others=[second.pk])
        assert not Merge.objects.exists()

    @pytest.mark.parametrize("narrow", ["edit", "archive", "merge"])
    def test_each_of_the_three_grants_counts(self, lin: Actor, hengli: Any, lianhe: Any, narrow: str) -> None:
        wide = dict.fromkeys(("view", "edit", "archive", "merge"), Reach.UNIT)
        for acts, may in ((wide, True), (wide | {narrow: Reach.OWN}, False)):
            Role.objects.filter(key="seller").update(grants={"*": acts})
            configuration.forget()
            with transaction.atomic():
                if may:
                    do(merge, hengli, by=actor(lin.user_id), others=[lianhe.pk])
                else:
                    with pytest.raises(Forbidden):
                        do(merge, hengli, by=actor(lin.user_id), others=[lianhe.pk])
                transaction.set_rollback(True)

    def test_undo_needs_the_same(self, lin: Actor, chen: Actor, pair: tuple[Account, Account]) -> None:
        first, second = pair
        do(merge, first, by=lin, others=[second.pk])
        with pytest.raises(Forbidden):
            do(unmerge, first, by=chen, merge=last_merge(first).pk)

    @pytest.mark.parametrize("others", [[], ["self"], list(range(900, 912)), [0]])
    def test_odd_others_are_refused(self, lin: Actor, pair: tuple[Account, Account], others: list[Any]) -> None:
        with pytest.raises(Refused):
            do(merge, pair[0], by=lin, others=[pair[0].pk if each == "self" else each for each in others])

    def test_what_is_archived_or_merged_is_told(self, lin: Actor, pair: tuple[Account, Account], hengli: Any) -> None:
        first, second = pair
        do(merge, first, by=lin, others=[second.pk])
        with pytest.raises(Refused, match="has been merged"):
            do(merge, hengli, by=lin, others=[second.pk])
        with pytest.raises(Refused, match="undo the merge"):
            do(restore, second, by=lin)
        do(archive, hengli, by=lin)
        with pytest.raises(Refused, match="recycle bin"):
            do(merge, first, by=lin, others=[hengli.pk])


class TestUndo:
    def test_what_was_changed_since_stays_and_is_named(self, lin: Actor, pair: tuple[Account, Account]) -> None:
        first, second = pair
        moved, added = (do(create, by=lin, on=Task, title=t, account=second.pk) for t in ("旧事", "改派"))
        do(merge, first, by=lin, others=[second.pk], choices={"city": second.pk})
        do(update, first, by=lin, phone="0512 6628 9999", remark="后来写的")
        other = account(lin, "第三户")
        do(update, added, by=lin, account=other.pk)
        new = do(create, by=lin, on=Task, title="新事", account=first.pk)
        do(unmerge, first, by=lin, merge=last_merge(first).pk)
        now, then = fresh(first), fresh(second)
        assert (now.city, now.phone, now.remark) == ("苏州", "+86 512 6628 9999", "后来写的")
        assert (then.archived_at, then.city, then.phone) == (None, "昆山", "+86 512 6628 1180")
        assert last_merge(first).kept == ["phone"]
        assert [fresh(each).account_id for each in (moved, added, new)] == [second.pk, other.pk, first.pk]
        assert merged_into("account", second.pk) is None
        assert second.pk in [hit.record_id for hit in search.search("远景机械", {"account": None})]

    def test_within_thirty_days_and_once(self, lin: Actor, pair: tuple[Account, Account]) -> None:
        first, second = pair
        do(merge, first, by=lin, others=[second.pk])
        key = last_merge(first).pk
        with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1)), pytest.raises(Refused, match="30"):
            do(unmerge, first, by=lin, merge=key)
        with time_machine.travel(timezone.now() + timedelta(days=29)):
            do(unmerge, first, by=lin, merge=key)
        with pytest.raises(Refused, match="already"):
            do(unmerge, first, by=lin, merge=key)
        with pytest.raises(NotFound):
            do(unmerge, second, by=lin, merge=key)

    def test_the_last_of_a_chain_comes_first(self, lin: Actor, pair: tuple[Account, Account], hengli: Any) -> None:
        first, second = pair
        task = do(create, by=lin, on=Task, title="一事", account=second.pk)
        do(merge, first, by=lin, others=[second.pk])
        do(merge, hengli, by=lin, others=[first.pk])
        with pytest.raises(Refused, match="has been merged"):
            do(unmerge, first, by=lin, merge=last_merge(first).pk)
        do(unmerge, hengli, by=lin, merge=last_merge(hengli).pk)
        do(unmerge, first, by=lin, merge=last_merge(first).pk)
        assert fresh(task).account_id == second.pk

    def test_three_become_one_and_three_again(self, lin: Actor) -> None:
        three = [account(lin, f"{n}号户", phone=f"0512 6628 118{n}") for n in range(3)]
        tasks = [do(create, by=lin, on=Task, title="事", account=each.pk) for each in three]
        do(merge, three[1], by=lin, others=[three[0].pk, three[2].pk], choices={"phone": three[2].pk})
        assert {fresh(task).account_id for task in tasks} == {three[1].pk}
        do(unmerge, three[1], by=lin, merge=last_merge(three[1]).pk)
        assert [fresh(task).account_id for task in tasks] == [each.pk for each in three]
        assert [fresh(each).phone for each in three] == [each.phone for each in three]


def test_the_product_itself_may_merge(firm: None, lin: Actor, pair: tuple[Account, Account]) -> None:
    do(merge, pair[0], by=SYSTEM, others=[pair[1].pk])
    assert last_merge(pair[0]).by is None
