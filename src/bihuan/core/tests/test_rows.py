"""Rows written by the thousand are the rows that the ORM would have written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from bihuan.core import rows, tally
from bihuan.core.access import SYSTEM
from bihuan.core.audit import AuditEntry
from bihuan.core.event import Happening
from bihuan.core.rows import FEW
from bihuan.core.run import Call, run
from bihuan.core.tally import Tally
from bihuan.core.verbs import create, update
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact

AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
#: One statement is enough for the first, the second takes the way of large batches.
SIZES = pytest.mark.parametrize("size", [1, FEW, 1200])


def account(n: int) -> Account:
    purchase = Decimal(n) / 4 if n % 3 else None
    return Account(
        number=f"X-{n}",
        name=f"一号\t厂\\{n}\n'",
        annual_purchase=purchase,
        employees=n,
        created_at=AT,
        changed_at=AT,
        version=1,
    )


@SIZES
def test_what_is_written_is_read_back(size: int, firm: None) -> None:
    made = [account(n) for n in range(size)]
    rows.create(made)
    stored = Account._base_manager.in_bulk([record.pk for record in made])
    names = [column.attname for column in Account._meta.concrete_fields]
    for record in made:
        assert {name: getattr(record, name) for name in names} == {
            name: getattr(stored[record.pk], name) for name in names
        }
        assert not record._state.adding


@SIZES
def test_keys_stand_in_the_order_of_the_rows_and_leave_room_for_the_next(size: int, db: None) -> None:
    given = [("Created", "account", n, {"fields": ["甲", n]}, AT) for n in range(size)]
    keys = rows.insert(Happening, ("name", "object", "record_id", "payload", "at"), given)
    stored = Happening.objects.in_bulk(keys)
    assert [(stored[key].record_id, stored[key].payload) for key in keys] == [
        (n, {"fields": ["甲", n]}) for n in range(size)
    ]
    assert Happening.objects.create(name="Created", object="account", record_id=1, payload={}, at=AT).pk not in keys


@SIZES
def test_a_key_that_is_taken_refuses_them_all(size: int, firm: None) -> None:
    taken = [*(account(n) for n in range(size)), account(0)]
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.create(taken)
    assert not Account._base_manager.filter(number__startswith="X-").exists()


def test_updates_reach_their_own_record_and_the_named_fields_only(firm: None) -> None:
    made = [account(n) for n in range(300)]
    rows.create(made)
    for n, record in enumerate(made):
        record.city, record.annual_purchase, record.name = f"城{n}", Decimal(n), "nobody asked for this"
    rows.update(made[1:], ["city", "annual_purchase"])
    stored = Account._base_manager.in_bulk([record.pk for record in made])
    assert [stored[record.pk].city for record in made] == ["", *(f"城{n}" for n in range(1, 300))]
    assert [stored[record.pk].annual_purchase for record in made][1:] == [Decimal(n) for n in range(1, 300)]
    assert not any("nobody" in record.name for record in stored.values())


def test_nothing_at_all(db: None) -> None:
    rows.create([])
    assert rows.insert(AuditEntry, ("at",), []) == []


def test_a_large_batch_through_the_commands(firm: None, zhou: object) -> None:
    out = run(create, [Call({"name": f"大批{n}", "birthday": "2001-02-03"}) for n in range(700)], by=SYSTEM, on=Contact)
    run(update, [Call({"title": f"第{n}"}, record) for n, record in enumerate(out.records)], by=SYSTEM, on=Contact)
    keys = [record.pk for record in out.records]
    stored = Contact._base_manager.in_bulk(keys)
    assert [(stored[key].name, stored[key].title, stored[key].version) for key in keys] == [
        (f"大批{n}", f"第{n}", 2) for n in range(700)
    ]
    told = AuditEntry.objects.filter(object="contact", record_id__in=keys)
    assert told.filter(command="create").count() == told.filter(command="update").count() == 700
    assert Happening.objects.filter(object="contact", name="Created", record_id__in=keys).count() == 700


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans without statistics")
@pytest.mark.django_db
def test_a_table_that_the_planner_knows_nothing_of_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_acquainted", set())
    told = []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = -1 WHERE relname = 'core_tally'")
        for n in range(2):
            rows.insert(Tally, tally.NAMES, [("lead", date(2026, 1, 1), part, 1, 0, "", n, 0) for part in range(200)])
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'core_tally'")
            told.append(cursor.fetchone()[0])
    assert told[0] == told[1] >= 200
