"""Any record as of any past moment, with the rights of now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import event, registry
from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.custom import CustomField
from bihuan.core.errors import NotFound, Refused
from bihuan.core.past import as_of, read_moment
from bihuan.core.run import do
from bihuan.core.verbs import archive, assign, create, move, restore, update
from bihuan.people import staff
from bihuan.people.commands import set_limits, set_password

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 12, 7, 9, tzinfo=UTC)


def day(n: int) -> datetime:
    return MONDAY + timedelta(n)


def at(n: int, act: Any) -> Any:
    """Do something on the n-th day."""
    with time_machine.travel(day(n), tick=False):
        return act()


def then(by: Actor, one: Any, n: float) -> Any:
    return as_of(by, registry.desk_of(one), one.pk, MONDAY + timedelta(n))


def test_columns_links_and_states_stand_as_they_stood(
    lin: Actor, chen: Actor, hengli: Any, lianhe: Any, stages: dict[str, int]
) -> None:
    desk = registry.desk("opportunity")
    made = at(0, lambda: do(create, by=lin, on=desk.model, name="甲", account=hengli.pk, amount="10.25"))
    at(1, lambda: do(update, made, by=lin, name="乙", amount="20", account=lianhe.pk, expected_close="2027-01-02"))
    at(2, lambda: do(move, made, by=lin, stage=stages["谈判"]))
    at(3, lambda: do(assign, made, by=lin, owner=chen.user_id))
    at(4, lambda: do(archive, made, by=chen))
    at(5, lambda: do(restore, made, by=chen))
    first, second, third, fourth, fifth, sixth = (then(lin, made, n + 0.5) for n in range(6))
    assert (first.name, first.amount, first.account_id, first.expected_close) == (
        "甲",
        Decimal("10.25"),
        hengli.pk,
        None,
    )
    assert (first.version, first.changed_at, first.changed_by_id) == (1, first.changed_at, lin.user_id)
    assert (second.name, second.amount, second.account_id) == ("乙", 20, lianhe.pk)
    assert second.expected_close.isoformat() == "2027-01-02" and second.changed_at == day(1)
    assert (second.stage_id, third.stage_id) == (stages["初步接触"], stages["谈判"])
    assert (third.owner_id, fourth.owner_id) == (lin.user_id, chen.user_id)
    assert [each.archived_at for each in (fourth, sixth)] == [None, None] and fifth.archived_at == day(4)
    assert [each.version for each in (first, second, third, fourth, fifth, sixth)] == [1, 2, 3, 4, 5, 6]
    made.refresh_from_db()
    assert made.name == "乙" and made.version == 6  # nothing was written


def test_several_links(lin: Actor, hengli: Any, zhangsan: Any) -> None:
    desk = registry.desk("touchpoint")
    others = desk.own_fields["others"]
    made = at(0, lambda: do(create, by=lin, on=desk.model, channel="电话", account=hengli.pk, others=[zhangsan.pk]))
    at(1, lambda: do(update, made, by=lin, others=[]))
    assert others.value_of(then(lin, made, 0.5)) == (zhangsan.pk,)
    assert others.value_of(then(lin, made, 1.5)) == ()


@pytest.mark.parametrize(
    "kind, first, second",
    [("text", "甲", "乙"), ("quantity", "1.5", "2"), ("date", "2026-03-01", "2026-04-01"), ("yesno", "1", "0"),
     ("moment", "2026-03-01 08:00", "2026-03-02 08:00"), ("integer", "3", "4")],
)  # fmt: skip
def test_custom_fields_also_those_out_of_use(lin: Actor, kind: str, first: str, second: str) -> None:
    own = do(create, by=SYSTEM, on=CustomField, object="account", key="own", name="自定", kind=kind)
    event.deliver()
    desk = registry.desk("account")
    made = at(0, lambda: do(create, by=lin, on=desk.model, name="甲"))
    at(1, lambda: do(update, made, by=lin, c_own=first))
    at(2, lambda: do(update, made, by=lin, c_own=second))
    field = desk.own_fields["c_own"]
    blank, one, two = (field.value_of(then(lin, made, n + 0.5)) for n in range(3))
    assert blank in (None, "", False)
    assert (one, two) == tuple(field.check(field.parse(raw)) for raw in (first, second))
    do(archive, own, by=SYSTEM)
    assert field.value_of(then(lin, made, 1.5)) == one


def test_before_there_was_one(lin: Actor) -> None:
    made = at(0, lambda: do(create, by=lin, on=registry.desk("account").model, name="甲"))
    assert then(lin, made, 0).name == "甲"
    with pytest.raises(Refused, match="no such record at that time"):
        then(lin, made, -0.001)


def test_history_that_was_brought_along_is_told_as_it_was_brought(zhou: Actor) -> None:
    model = registry.desk("account").model
    made = at(0, lambda: do(create, by=zhou, on=model, name="甲", created_at="2019-03-01 10:00"))
    at(1, lambda: do(update, made, by=zhou, name="乙"))
    assert as_of(zhou, registry.desk("account"), made.pk, datetime(2020, 1, 1, tzinfo=UTC)).name == "甲"
    with pytest.raises(Refused):
        as_of(zhou, registry.desk("account"), made.pk, datetime(2018, 1, 1, tzinfo=UTC))


def test_what_is_hidden_now_is_hidden_then(lin: Actor, zhao: Actor, hengli: Any) -> None:
    desk = registry.desk("account")
    do(update, hengli, by=lin, phone="+86 512 6628 1180", city="苏州")
    moment = timezone.now()
    do(update, hengli, by=lin, phone="+86 512 1111 1111", city="昆山")
    with pytest.raises(NotFound):
        as_of(zhao, desk, hengli.pk, moment)
    limits = {"account": {"phone": int(Limit.MASKED), "city": int(Limit.HIDDEN)}}
    do(set_limits, record("role", key="seller"), by=SYSTEM, limits=limits)
    limited = staff.actor(lin.user_id or 0)
    assert limited is not None
    fields, past = desk.fields(limited), as_of(limited, desk, hengli.pk, moment)
    assert "city" not in fields
    assert fields["phone"].value_of(past) == "+86••••80"


def test_figures_and_secrets_are_not_told(lin: Actor, hengli: Any) -> None:
    assert as_of(lin, registry.desk("account"), hengli.pk, timezone.now()).open_amount is None
    made = new("user", name="新人")
    for word in ("kurz-genug-1", "kurz-genug-2"):
        do(set_password, made, by=SYSTEM, password=word)
    from bihuan.core import audit

    told = [each.changes["password"] for each in audit.history("user", made.pk) if "password" in each.changes]
    assert told[:2] == [["•••", "•••"], ["•••", "•••"]]


def test_a_moment_to_the_second_is_the_end_of_it() -> None:
    assert read_moment("2026-03-17T06:30:00Z") == datetime(2026, 3, 17, 6, 30, 0, 999_999, tzinfo=UTC)
    assert read_moment("2026-03-17T06:30:00.25Z").microsecond == 250_000
    for text in ("", "yesterday-ish", "2026-13-01"):
        with pytest.raises(Refused):
            read_moment(text)
