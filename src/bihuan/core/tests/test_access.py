"""Who sees what: own, unit, all; what hangs on what one sees; and that the hidden looks like the missing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.cast import record

from bihuan.core import registry
from bihuan.core.access import ALL_ROWS, NO_ROWS, OWN_ROWS, SYSTEM, Actor, Rows, find, visible
from bihuan.core.errors import Forbidden, Invalid, NotFound, Refused
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import assign, create, update
from bihuan.people.staff import actor

pytestmark = pytest.mark.django_db

account = registry.desk("account").model
note = registry.desk("note").model
task = registry.desk("task").model
touchpoint = registry.desk("touchpoint").model


class Fixed(Actor):
    """An actor with the same rows for everything."""

    def __init__(self, like: Actor, rows: Rows) -> None:
        self.user_id, self.unit_id, self.unit_ids, self._rows = like.user_id, like.unit_id, like.unit_ids, rows

    def rows(self, object: str, action: str) -> Rows:
        return self._rows


def short_names(actor: Actor) -> set[str]:
    return set(visible(actor, account).values_list("short_name", flat=True))


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        (NO_ROWS, set()),
        (OWN_ROWS, {"恒砺"}),
        (OWN_ROWS | Rows(units=frozenset({-1})), {"恒砺"}),
        (ALL_ROWS, {"恒砺", "联合", "兴华"}),
    ],
)
def test_rows_seen(lin: Actor, rows: Rows, seen: set[str]) -> None:
    assert short_names(Fixed(lin, rows)) == seen


def test_the_rows_of_a_unit(lin: Actor) -> None:
    assert short_names(Fixed(lin, Rows(units=lin.unit_ids))) == {"恒砺", "联合"}


@pytest.mark.parametrize(
    "parts", list(itertools.product((NO_ROWS, OWN_ROWS, Rows(units=frozenset({1})), ALL_ROWS), repeat=2))
)
def test_a_union_covers_its_parts(parts: tuple[Rows, Rows]) -> None:
    one, other = parts
    assert (one | other).cover(one) and (one | other).cover(other)
    assert one.cover(other) == (one | other == one)


def test_a_unit_reaches_down_not_up(wang: Actor, lin: Actor, zhou: Actor) -> None:
    own = do(create, by=wang, on=account, name="王军自己的", short_name="王")
    assert short_names(wang) == {"恒砺", "联合", "王"}
    assert own.pk not in visible(lin, account).values_list("pk", flat=True)
    assert short_names(zhou) == {"恒砺", "联合", "兴华", "王"}


def test_one_keeps_ones_own_when_moving_to_another_unit(zhou: Actor, lin: Actor, hengli: Any) -> None:
    do(update, lin.user_id, by=zhou, on=registry.desk("user").model, unit=record("unit", name="华南").pk)
    moved = actor(lin.user_id)
    assert find(moved, account, hengli.pk)
    assert short_names(moved) == {"恒砺", "兴华"}


def test_the_hidden_looks_like_the_missing(lin: Actor, xinghua: Any) -> None:
    said = set()
    for key in (xinghua.pk, 999_999, "abc", "", None, 10**30, -1, "1; drop", "²"):
        with pytest.raises(NotFound) as refused:
            find(lin, account, key)
        said.add((refused.value.sentence, refused.value.code))
    assert len(said) == 1


def test_archived_records_are_found_but_not_listed(lin: Actor, hengli: Any) -> None:
    account._base_manager.filter(pk=hengli.pk).update(archived_at=hengli.created_at)
    assert find(lin, account, hengli.pk)
    assert "恒砺" not in short_names(lin)
    with pytest.raises(NotFound):
        find(lin, account, hengli.pk, archived=False)


class TestThrough:
    """What hangs on a record is seen with it."""

    def test_a_colleagues_touch_on_ones_own_account(
        self, zhou: Actor, lin: Actor, zhao: Actor, hengli: Any, xinghua: Any
    ) -> None:
        mine = do(create, by=zhou, on=touchpoint, channel="电话", account=hengli.pk)
        theirs = do(create, by=zhou, on=touchpoint, channel="电话", account=xinghua.pk)
        assert find(lin, touchpoint, mine.pk)
        assert find(zhao, touchpoint, theirs.pk)
        for somebody, hidden in ((lin, theirs), (zhao, mine)):
            with pytest.raises(NotFound):
                find(somebody, touchpoint, hidden.pk)

    def test_seeing_it_so_is_not_changing_it(self, zhou: Actor, lin: Actor, hengli: Any) -> None:
        theirs = do(create, by=zhou, on=task, title="回访", account=hengli.pk)
        with pytest.raises(Forbidden):
            do(update, theirs, by=lin, title="别的")
        with pytest.raises(Forbidden):
            do(registry.commands(registry.desk("task"))["finish_task"], theirs, by=lin)

    def test_nor_for_whoever_sees_only_their_own(self, zhou: Actor, lin: Actor, hengli: Any) -> None:
        """Reach "own" to view and to edit: the task is seen over the account, but is still someone else's."""
        theirs = do(create, by=zhou, on=task, title="回访", account=hengli.pk)
        narrow = Fixed(lin, OWN_ROWS)
        assert find(narrow, task, theirs.pk)
        with pytest.raises(Forbidden):
            do(update, theirs, by=narrow, title="别的")

    def test_either_of_two_links_is_enough(self, lin: Actor, zhao: Actor, zhou: Actor, hengli: Any, lisi: Any) -> None:
        role = do(create, by=zhou, on=registry.desk("accountcontact").model, account=hengli.pk, contact=lisi.pk)
        for somebody in (lin, zhao):
            assert find(somebody, registry.desk("accountcontact").model, role.pk)


class TestAbout:
    def test_notes_are_seen_with_their_record(self, lin: Actor, chen: Actor, zhao: Actor, hengli: Any) -> None:
        made = do(create, by=lin, on=note, about="account", about_id=hengli.pk, text="设备科要报价")
        assert find(chen, note, made.pk)
        with pytest.raises(NotFound):
            find(zhao, note, made.pk)

    def test_nobody_writes_on_what_they_do_not_see(self, lin: Actor, xinghua: Any) -> None:
        there = note._base_manager.count()
        for about, key in (("account", xinghua.pk), ("account", 999_999), ("nothing", 1), ("", None), ("note", 1)):
            with pytest.raises(Refused):
                do(create, by=lin, on=note, about=about, about_id=key, text="偷看")
        assert note._base_manager.count() == there

    def test_a_note_is_not_moved_out_of_sight(self, lin: Actor, hengli: Any, xinghua: Any) -> None:
        made = do(create, by=lin, on=note, about="account", about_id=hengli.pk, text="一")
        with pytest.raises(Refused):
            do(update, made, by=lin, about_id=xinghua.pk)
        made.refresh_from_db()
        assert made.about_id == hengli.pk


class TestSight:
    def test_a_save_out_of_ones_own_sight_is_undone(self, lin: Actor, zhao: Actor) -> None:
        with pytest.raises(Refused, match="no longer see"):
            do(create, by=lin, on=account, name="给别人的", owner=zhao.user_id)
        assert not account._base_manager.filter(name="给别人的").exists()

    def test_of_a_partial_batch_the_others_are_still_done(self, lin: Actor, zhao: Actor, chen: Actor) -> None:
        calls = [
            Call({"name": f"{n}", "owner": key}) for n, key in enumerate((lin.user_id, zhao.user_id, chen.user_id))
        ]
        outcome = run(create, calls, by=lin, on=account, partial=True)
        assert list(outcome.refusals) == [1]
        assert [each and each.owner_id for each in outcome.records] == [lin.user_id, None, chen.user_id]
        assert set(account._base_manager.filter(name__in="012").values_list("name", flat=True)) == {"0", "2"}

    def test_handing_over_is_how_one_lets_go(self, lin: Actor, zhao: Actor, hengli: Any) -> None:
        handed = do(assign, hengli, by=lin, owner=zhao.user_id)
        assert (handed.owner_id, handed.unit_id) == (zhao.user_id, zhao.unit_id)
        assert find(zhao, account, hengli.pk)
        with pytest.raises(NotFound):
            find(lin, account, hengli.pk)

    def test_only_ones_own_can_be_handed_over(self, lin: Actor, lianhe: Any, xinghua: Any) -> None:
        with pytest.raises(Forbidden):
            do(assign, lianhe, by=lin, owner=lin.user_id)
        with pytest.raises(NotFound):
            do(assign, xinghua, by=lin, owner=lin.user_id)

    def test_not_to_nobody(self, lin: Actor, hengli: Any) -> None:
        for owner in (None, "", 999_999):
            with pytest.raises(Invalid):
                do(assign, hengli, by=lin, owner=owner)


def test_the_product_itself_sees_everything(firm: None) -> None:
    assert short_names(SYSTEM) >= {"恒砺", "联合", "兴华"}
