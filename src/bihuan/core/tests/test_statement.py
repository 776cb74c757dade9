"""A statement is written once, and each time answers for the keys and the rights of that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from tests.cast import record

from bihuan.core import registry, statement
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.query import Hung, Query
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.people.share import share

pytestmark = pytest.mark.django_db

account = registry.desk("account")


def children(of: Any, by: Actor) -> set[Any]:
    """The names of the accounts below one, as a panel asks for them."""
    query = replace(Query.parse(account, by, {}, ["name"]), hung=Hung("parent", "account", of.pk))
    return {row.values[0] for row in query.page(6).rows}


def test_it_is_written_once_and_asked_with_other_keys(zhou: Actor) -> None:
    written = []

    def write(keys: Sequence[int]) -> QuerySet[Any]:
        written.append(keys)
        return (
            account.model._base_manager.filter(pk__in=keys)
            .order_by("pk")
            .values_list("pk", "created_at", "open_amount")
        )

    one, other = account.model._base_manager.order_by("pk")[:2]
    for each in (one, other, one):
        assert statement.rows(zhou, "here", [each.pk], write) == [(each.pk, each.created_at, each.open_amount)]
    assert len(written) == 1
    assert [row[0] for row in statement.rows(zhou, "here", [one.pk, other.pk], write)] == [one.pk, other.pk]
    assert len(written) == 2
    statement.rows(SYSTEM, "here", [one.pk], write)
    statement.rows(SYSTEM, "here", [one.pk], write)
    assert len(written) == 4, "nothing is kept for the product itself: its rights never end"


def test_a_query_that_can_have_no_rows_has_none(zhou: Actor) -> None:
    assert statement.rows(zhou, "none", [1], lambda keys: account.model._base_manager.none().values_list("pk")) == []


def test_only_so_many_are_kept(zhou: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "MOST", 3)
    for shape in range(10):
        statement.rows(zhou, shape, [1], lambda keys: account.model._base_manager.filter(pk=keys[0]).values_list("pk"))
    assert len(zhou.kept) <= 3


def test_each_record_has_its_own_and_each_actor_sees_theirs(
    lin: Actor, zhao: Actor, zhou: Actor, hengli: Any, xinghua: Any
) -> None:
    do(update, hengli, by=zhou, parent=xinghua.pk)
    do(create, by=zhou, on=account.model, name="风机配件厂", kind="company", parent=hengli.pk, owner=zhao.user_id)
    assert (children(xinghua, zhou), children(hengli, zhou)) == ({hengli.name}, {"风机配件厂"})
    assert (children(xinghua, zhao), children(hengli, zhao)) == (set(), {"风机配件厂"})
    do(archive, record("account", name="风机配件厂"), by=zhou)
    assert children(hengli, zhou) == set()


def test_what_was_shared_until_a_day_is_gone_the_day_after(
    lin: Actor, zhao: Actor, zhou: Actor, hengli: Any, xinghua: Any, time_machine: Any
) -> None:
    do(update, hengli, by=zhou, parent=xinghua.pk)
    do(
        share,
        record("account", short_name="恒砺"),
        by=lin,
        user=zhao.user_id,
        until=timezone.localdate() + timedelta(1),
    )
    assert children(xinghua, zhao) == {hengli.name}
    time_machine.move_to(timezone.now() + timedelta(2))
    assert children(xinghua, zhao) == set()
