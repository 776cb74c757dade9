"""Document numbers: by the firm's pattern, without gaps and without doubles, whoever saves at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from bihuan.core import numbering, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Refused
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create

account = registry.desk("account").model
MARCH = date(2026, 3, 9)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("OP-{year}-{n:05}", ["OP-2026-00001", "OP-2026-00002"]),
        ("{year}{month:02}{day:02}-{n}", ["20260309-1", "20260309-2"]),
        ("客{n:3}号", ["客  1号", "客  2号"]),
        ("{n}", ["1", "2"]),
    ],
)
def test_patterns(pattern: str, numbers: list[str]) -> None:
    assert numbering.allocate("test", pattern, 2, MARCH) == numbers


@pytest.mark.django_db
def test_a_new_period_begins_anew_and_the_old_one_goes_on() -> None:
    pattern = "OP-{year}-{n:02}"
    days = [MARCH, date(2027, 1, 1), date(2026, 12, 31)]
    numbers = [numbering.allocate("test", pattern, 1, day) for day in days]
    assert numbers == [["OP-2026-01"], ["OP-2027-01"], ["OP-2026-02"]]


@pytest.mark.django_db
def test_the_firms_own_pattern_counts(lin: Actor) -> None:
    do(create, by=SYSTEM, on=numbering.NumberRule, object="account", pattern="客户-{n:04}")
    last = numbering.Counter.objects.get(object="account").last
    assert do(create, by=lin, on=account, name="新户").number == f"客户-{last + 1:04}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "pattern",
    ["", "OP", "{n}{n}", "{n}-{name}", "{n.__class__}", "{0}", "{n", "{n!r}", "{year}", "{month}{n}", "{n}{year}"],
)
def test_patterns_that_make_no_numbers_are_refused(pattern: str) -> None:
    assert "pattern" in (numbering.pattern_problem(pattern) or "")
    with pytest.raises(Refused, match="pattern" if pattern else "needed"), transaction.atomic():
        do(create, by=SYSTEM, on=numbering.NumberRule, object="account", pattern=pattern)


@given(
    st.sampled_from(
        ["A-{n}", "{year}/{n:03}", "{n:05}-{month:02}", "{year}{month:02}{n:04}", "{day:02}.{month:02}.{year} {n}"]
    )
)
def test_good_patterns_are_kept(pattern: str) -> None:
    assert numbering.pattern_problem(pattern) is None


@pytest.mark.django_db
def test_what_is_rolled_back_leaves_no_gap(lin: Actor) -> None:
    first = do(create, by=lin, on=account, name="一")
    with pytest.raises(Refused):
        run(create, [Call({"name": "二"}), Call({"name": ""})], by=lin, on=account)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        do(create, by=lin, on=account, name="三")
        raise ZeroDivisionError
    assert follows(first.number, do(create, by=lin, on=account, name="四").number)


@pytest.mark.django_db
def test_a_refused_row_takes_no_number(lin: Actor) -> None:
    outcome = run(
        create, [Call({"name": "一"}), Call({"name": ""}), Call({"name": "二"})], by=lin, on=account, partial=True
    )
    assert follows(outcome.records[0].number, outcome.records[2].number)


def follows(number: str, other: str) -> bool:
    return int(other.removeprefix("AC-")) == int(number.removeprefix("AC-")) + 1


@pytest.mark.django_db
def test_numbers_that_records_bring_along_are_not_given_again(lin: Actor) -> None:
    """After an import with the old system's numbers people must still be able to add records."""
    calls = [Call({"name": f"旧户{n}", "number": f"AC-{n:05}"}) for n in range(900, 910)]
    run(create, [*calls, Call({"name": "别的", "number": "ALT/7"}), Call({"name": "新户"})], by=lin, on=account)
    made = [do(create, by=lin, on=account, name="又一户", anyway=True).number for _ in range(2)]
    assert account._base_manager.get(name="新户").number == "AC-00910"
    assert made == ["AC-00911", "AC-00912"]


@pytest.mark.django_db
def test_an_old_number_does_not_set_the_counter_back(lin: Actor) -> None:
    newest = do(create, by=lin, on=account, name="新").number
    do(create, by=lin, on=account, name="老", number="AC-00000")
    assert follows(newest, do(create, by=lin, on=account, name="更新").number)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_numbers_without_gap_or_double(lin: Actor) -> None:
    workers, batches, size = 4, 3, 5
    together = Barrier(workers)

    def work(_worker: int) -> list[Any]:
        try:
            together.wait()
            made = []
            for _ in range(batches):
                made += run(create, [Call({"name": "并发", "anyway": True})] * size, by=lin, on=account).records
            return [record.number for record in made]
        finally:
            connection.close()

    before = numbering.Counter.objects.get(object="account").last
    with ThreadPoolExecutor(workers) as pool:
        numbers = sorted(number for found in pool.map(work, range(workers)) for number in found)
    assert numbers == [f"AC-{n:05}" for n in range(before + 1, before + 1 + workers * batches * size)]


@pytest.mark.django_db(transaction=True)
def test_the_first_number_of_a_period_given_to_two_at_once() -> None:
    together = Barrier(4)

    def work(_worker: int) -> str:
        try:
            together.wait()
            with transaction.atomic():
                return numbering.allocate("fresh", "{year}-{n}", 1, MARCH)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(work, range(4))) == ["2026-1", "2026-2", "2026-3", "2026-4"]
