"""What is exported can be imported again, for every object: into the same records nothing changes, into an empty place they come back."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat, Right
from django.utils import timezone, translation

from bihuan.core import audit, configuration, registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.exchange.analysis import Analysis, analyse
from bihuan.core.exchange.exporting import ask, every_column, export_rows
from bihuan.core.exchange.reading import Table, read
from bihuan.core.field import Field
from bihuan.core.run import do
from tests.cast import new
from tests.contract.values import needed, sample
from tests.imports import import_rows

pytestmark = pytest.mark.django_db

#: Objects whose records no import can make, because a command of their own does.
BY_COMMAND = {"attachment", "apitoken", "formsubmission", "segmentsize", "waiting", "priceconflict"} | {
    "documentversion",
    "mailingrecipient",
}
IMPORTED = [desk for desk in registry.desks() if desk.made_by == "create"]
every_object = pytest.mark.parametrize("desk", IMPORTED, ids=lambda desk: desk.slug)
every_format = pytest.mark.parametrize("format", ["csv", "xlsx"])


def test_every_object_is_here() -> None:
    assert {desk.slug for desk in registry.desks()} == {desk.slug for desk in IMPORTED} | BY_COMMAND


def stored(desk: Desk, actor: Actor) -> list[dict[str, Any]]:
    """All that an import can fill of every record in use, to the second, in the order of their making.

    Which of them another one points to is told by its place.
    """
    fields = desk.inputs(actor, creating=True)
    rows = list(desk.model._base_manager.filter(archived_at=None).order_by("pk"))
    places = {each.pk: place for place, each in enumerate(rows)}

    def plain(field: Field, value: Any) -> Any:
        if field.target is desk.model and value is not None:
            return {places[each] for each in value} if isinstance(value, tuple) else places[value]
        return value.replace(microsecond=0) if isinstance(value, datetime) else value

    return [{name: plain(field, field.value_of(each)) for name, field in fields.items()} for each in rows]


def exported(desk: Desk, actor: Actor, format: str) -> Table:
    stream = io.BytesIO()
    export_rows(ask(desk, actor, {"sort": "id"}, every_column(desk, actor)), stream, format)
    return read(io.BytesIO(stream.getvalue()), f"file.{format}")


def understood(table: Table, desk: Desk, actor: Actor, mode: str = "") -> Analysis:
    """The columns are known without a word, and nothing in them is doubtful."""
    found = analyse(table, desk, actor, mode=mode)
    assert not found.unknown and not found.questions and not found.missing and not found.creates
    return found


@pytest.fixture
def filled(desk: Desk, zhou: Actor) -> Actor:
    """Records with a value in every field, and one with hardly any."""
    for n in (1, 2, 3):
        sample(desk, zhou, n)
    do(registry.maker(desk), by=zhou, on=desk.model, **needed(desk, zhou, 40))
    return zhou


@every_object
@every_format
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_into_the_same_records_nothing_changes(
    desk: Desk, filled: Actor, format: str, language: str, tmp_path: Path
) -> None:
    with translation.override(language):
        before, entries = stored(desk, filled), audit.latest()
        table = exported(desk, filled, format)
        cursor = import_rows(understood(table, desk, filled).plan, table, filled, folder=tmp_path).cursor
        assert (cursor["unchanged"], cursor["refused"]) == (len(before), 0), cursor["shown"]
        assert stored(desk, filled) == before and audit.latest() == entries
        assert len(before) >= 4


@every_object
@every_format
def test_into_an_empty_place_they_come_back(desk: Desk, filled: Actor, format: str, tmp_path: Path) -> None:
    before = stored(desk, filled)
    table = exported(desk, filled, format)
    found = understood(table, desk, filled, mode="create")
    empty(desk)
    cursor = import_rows(found.plan, table, filled, folder=tmp_path).cursor
    assert (cursor["created"], cursor["refused"]) == (len(before), 0), cursor["shown"]
    assert stored(desk, filled) == before


def test_a_file_that_a_field_holds_stays_as_it_is(zhou: Actor, tmp_path: Path) -> None:
    """A table has but its name, so no import fills it."""
    new("customfield", object="account", key="licence", name="营业执照", kind="file")
    desk = registry.desk("account")
    for n in (1, 2):
        sample(desk, zhou, n)
    before, table = stored(desk, zhou), exported(desk, zhou, "csv")
    cursor = import_rows(understood(table, desk, zhou).plan, table, zhou, folder=tmp_path).cursor
    assert (cursor["unchanged"], cursor["refused"]) == (len(before), 0)
    assert stored(desk, zhou) == before
    assert [str(each["c_licence"]) for each in before if each["c_licence"]] == ["文件1.txt", "文件2.txt"]


def empty(desk: Desk) -> None:
    """Put every record away, and with it the names that no two may share."""
    unique = [each.name for each in desk.model._meta.fields if each.unique and not each.primary_key]
    unique += [
        names.fields[-1] for names in desk.model._meta.constraints if getattr(names, "fields", ())[-1:] == ("key",)
    ]
    for name in unique:
        old = Right(Concat(Value("old"), Cast("pk", CharField()), F(name), output_field=CharField()), 30)
        desk.model._base_manager.update(**{name: old})
    desk.model._base_manager.update(archived_at=timezone.now())
    configuration.forget()
