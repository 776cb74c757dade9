"""Merging and un-merging is the identity: over random records and links, everything stands as it stood."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.core import registry, rollup
from bihuan.core.access import Actor
from bihuan.core.attached import Note
from bihuan.core.duplicates.models import MatchKey
from bihuan.core.merge.commands import merge, unmerge
from bihuan.core.merge.links import pointers
from bihuan.core.merge.models import Merge
from bihuan.core.registry import desk_of
from bihuan.core.run import Call, do, run
from bihuan.core.search.models import SearchEntry
from bihuan.core.verbs import create, update
from bihuan.parties.account import Account
from bihuan.parties.account_contact import AccountContact, AccountRelation
from bihuan.parties.contact import Contact
from bihuan.sales.opportunity import Opportunity, OpportunityContact
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint

EXAMPLES = 5000 if os.environ.get("BIHUAN_TEST_LONG") == "1" else 20
#: Columns that tell of the writing itself; they move on with every write.
STAMPS = {"version", "changed_at", "changed_by_id"}

SIZE = 4
place = st.integers(0, SIZE - 1)
words = st.sampled_from(["", "苏州", "昆山", "Suzhou"])
numbers = st.one_of(st.none(), st.integers(0, 10**9))
accounts = st.fixed_dictionaries(
    {"city": words, "phone": st.sampled_from(["", "051266281180", "051266281181"]), "employees": numbers,
     "annual_purchase": numbers, "currency": st.sampled_from(["CNY", "CNY", "USD"]), "parent": st.one_of(st.none(), place)}
)  # fmt: skip
rows = st.lists(
    st.tuples(st.sampled_from(["role", "tie", "deal", "touch", "task", "note", "seat"]), place, place), max_size=14
)


def build(by: Actor, given_accounts: list[dict[str, Any]], given_rows: list[tuple[str, int, int]]) -> Any:
    """Four accounts, four contacts and what hangs on them; a row that is refused is left out."""
    values = [{"name": f"户{n}", "anyway": True} | each | {"parent": None} for n, each in enumerate(given_accounts)]
    firms = run(create, [Call(each) for each in values], by=by, on=Account).records
    for firm, each in zip(firms, given_accounts, strict=True):
        if each["parent"] is not None and firms[each["parent"]] is not firm:
            do(update, firm, by=by, parent=firms[each["parent"]].pk)
    people = run(create, [Call({"name": f"人{n}"}) for n in range(SIZE)], by=by, on=Contact).records
    for what, left, right in given_rows:
        firm, other, person, second = firms[left].pk, firms[right].pk, people[right].pk, people[left].pk
        model, inputs = {
            "role": (AccountContact, {"account": firm, "contact": person}),
            "tie": (AccountRelation, {"account": firm, "related": other, "relation": "甲"}),
            "deal": (Opportunity, {"name": "单", "account": firm, "contact": person, "amount": left + 1}),
            "touch": (Touchpoint, {"channel": "电话", "account": firm, "contact": person, "others": [person, second]}),
            "task": (Task, {"title": "事", "account": firm, "about": "account", "about_id": other}),
            "note": (Note, {"text": "记", "about": "contact", "about_id": person}),
            "seat": (OpportunityContact, {"contact": person}),
        }[what]
        if model is OpportunityContact:
            deal = Opportunity.objects.filter(account=firm).first()
            inputs = inputs | {"opportunity": deal.pk if deal else None}
        run(create, [Call(inputs)], by=by, on=model, partial=True)
    return firms, people


def standing() -> dict[str, Any]:
    """Everything that is stored about business records, but for stamps."""
    found: dict[str, Any] = {}
    for desk in registry.desks():
        if not desk.configuration:
            found[desk.slug] = {
                row["id"]: {name: value for name, value in row.items() if name not in STAMPS}
                for row in desk.model._base_manager.values()
            }
            for column in desk.model._meta.many_to_many:
                found[f"{desk.slug}.{column.name}"] = set(
                    column.remote_field.through._base_manager.values_list(*near_and_far(column))
                )
    found["search"] = set(SearchEntry.objects.values_list("object", "record_id", "words", "phones", "archived"))
    found["keys"] = sorted(MatchKey.objects.values_list("object", "record_id", "key", "weight"))
    return found


def near_and_far(column: Any) -> tuple[str, str]:
    return f"{column.m2m_field_name()}_id", f"{column.m2m_reverse_field_name()}_id"


@pytest.mark.parametrize("model", [Account, Contact])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    given_accounts=st.lists(accounts, min_size=SIZE, max_size=SIZE),
    given_rows=rows,
    into=place,
    others=st.sets(place, min_size=1),
)
def test_as_before(
    lin: Actor, stages: Any, model: Any, given_accounts: Any, given_rows: Any, into: int, others: set[int]
) -> None:
    if not others - {into}:
        return
    with transaction.atomic():
        firms, people = build(lin, given_accounts, given_rows)
        records = firms if model is Account else people
        keys = [records[n].pk for n in sorted(others - {into})]
        before = standing()
        do(merge, records[into], by=lin, others=keys)
        left = [pointer.rows(keys) for pointer in pointers(desk_of(model)) if pointer.model is not model]
        assert not [row for each in left for row in each if getattr(row, "archived_at", None) is None]
        assert not [each for *each, count in rollup.wrong() if count]
        do(unmerge, records[into], by=lin, merge=Merge.objects.latest("id").pk)
        after = standing()
        assert after == before
        assert not [each for *each, count in rollup.wrong() if count]
        transaction.set_rollback(True)
