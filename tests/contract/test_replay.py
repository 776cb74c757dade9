"""The log is the whole story: whatever is done with any object, its entries replayed from nothing give what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.core import event, registry, replay
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.desk import Desk
from bihuan.core.exchange.analysis import analyse
from bihuan.core.exchange.reading import read
from bihuan.core.merge.commands import merge, unmerge
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, assign, create, restore, update
from tests.cast import new
from tests.contract.test_records import every_object
from tests.contract.values import inputs, sample
from tests.imports import import_rows

pytestmark = pytest.mark.django_db


def everything() -> list[replay.Difference]:
    """Every difference of every record; the grants of the cast's roles are set past the product (tests/cast.py)."""
    found = [each for desk in registry.desks() for each in replay.check(desk)]
    return [each for each in found if (each.object, each.field) != ("role", "grants")]


@every_object
def test_made_changed_put_away_and_back(desk: Desk, lin: Actor, chen: Actor, zhou: Actor) -> None:
    by = zhou if desk.configuration else lin
    made = sample(desk, by, 1)
    run(registry.maker(desk), [Call(inputs(desk, by, 3))], by=by, on=desk.model)
    for n in (2, 5):
        do(update, made, by=by, **inputs(desk, by, n, creating=False))
    do(archive, made, by=by)
    do(restore, made, by=by)
    if "assign" in registry.commands(desk):
        do(assign, made, by=by, owner=chen.user_id)
    looked_at: list[int] = []
    found = replay.check(desk, looked_at.append)
    assert not [each for each in found if each.field != "grants"]
    assert looked_at[-1] == desk.model._base_manager.count() >= 2
    assert not everything()


@pytest.mark.parametrize("slug", [desk.slug for desk in registry.desks() if desk.duplicates])
def test_merged_and_taken_back(slug: str, lin: Actor, hengli: Any, zhangsan: Any) -> None:
    """With what hangs on them, several links included."""
    desk = registry.desk(slug)
    first, second, third = (do(create, by=lin, on=desk.model, name=f"户{n}", anyway=True) for n in range(3))
    firm = second.pk if slug == "account" else hengli.pk
    person = second.pk if slug == "contact" else zhangsan.pk
    touch = registry.desk("touchpoint").model
    do(
        create,
        by=lin,
        on=touch,
        channel="电话",
        account=firm,
        contact=person,
        others=[person, first.pk] if slug == "contact" else [person],
    )
    do(create, by=lin, on=touch, channel="电话", account=firm, contact=person, others=[person])
    do(create, by=lin, on=registry.desk("note").model, text="记", about=slug, about_id=second.pk)
    if slug in ("account", "contact"):
        do(create, by=lin, on=registry.desk("accountcontact").model, account=firm, contact=person)
    do(merge, first, by=lin, others=[second.pk, third.pk])
    assert not everything()
    do(unmerge, first.pk, by=lin, on=desk.model)
    assert not everything()


def test_imported(zhou: Actor, tmp_path: Path) -> None:
    text = "Name,City,Country\n" + "".join(f"进口第{n}户,苏州,CN\n" for n in range(150))
    for city in ("苏州", "昆山"):  # made, then met again
        (tmp_path / "file.csv").write_text(text.replace("苏州", city))
        with (tmp_path / "file.csv").open("rb") as source:
            table = read(source, "file.csv")
            plan = analyse(table, registry.desk("account"), zhou).plan
            import_rows(plan, table, zhou, folder=tmp_path)
    assert registry.desk("account").model._base_manager.filter(city="昆山").count() == 150
    assert not everything()


def test_fields_of_the_firms_own(lin: Actor) -> None:
    kinds = {"text": ("甲", ""), "quantity": ("1.5", "2"), "amount": ("10万", None), "date": ("2026-03-01", "2026-04-01"),
             "moment": ("2026-03-01 08:00", None), "yesno": ("1", "0"), "integer": ("3", None), "link": (None, None),
             "file": (SimpleUploadedFile("一.txt", b"1"), SimpleUploadedFile("二.txt", b"2"))}  # fmt: skip
    for key in kinds:
        new("customfield", object="account", key=key, name=key, kind=key, target="account" if key == "link" else "")
    own = new(
        "customfield", object="account", key="twice", name="twice", kind="formula_number", formula="c_quantity * 2"
    )
    event.deliver()
    desk = registry.desk("account")
    firsts, seconds = ({f"c_{key}": pair[n] for key, pair in kinds.items() if pair[n] is not None} for n in range(2))
    made = do(create, by=lin, on=desk.model, name="甲户", **firsts)
    do(update, made, by=lin, **seconds, c_link=made.pk)
    assert not everything()
    do(archive, own, by=SYSTEM)
    assert not everything()


def test_what_was_done_past_the_product_is_found(lin: Actor, hengli: Any, zhangsan: Any) -> None:
    touch = do(
        create, by=lin, on=registry.desk("touchpoint").model, channel="电话", account=hengli.pk, others=[zhangsan.pk]
    )
    model = type(hengli)
    unlogged = model(number="X-1", name="没人做的", created_at=hengli.created_at, changed_at=hengli.changed_at)
    unlogged.save()
    model._base_manager.filter(pk=hengli.pk).update(city="昆山", version=9)
    touch.others.clear()
    product = registry.desk("product").model._base_manager.first()
    key = product.pk
    product.delete()
    found = [(each.object, each.id, each.field) for each in everything()]
    assert sorted(found) == sorted(
        [
            ("account", hengli.pk, "city"), ("account", hengli.pk, "version"), ("account", unlogged.pk, ""),
            ("touchpoint", touch.pk, "others"), ("product", key, ""),
        ]
    )  # fmt: skip
