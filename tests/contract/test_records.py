"""What every object promises, whatever it is: made, changed, put away, listed, and by whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bihuan.core import audit, event, indexing, registry
from bihuan.core.access import Actor, find, is_held, visible
from bihuan.core.desk import Desk
from bihuan.core.errors import Forbidden, NotFound
from bihuan.core.query import Query
from bihuan.core.run import Call, do, run
from bihuan.core.search.models import SearchEntry
from bihuan.core.verbs import archive, create, restore, update
from tests.cast import STAFF
from tests.contract.values import inputs, needed, sample

pytestmark = pytest.mark.django_db
every_object = pytest.mark.parametrize("desk", registry.desks(), ids=lambda desk: desk.slug)

SEES_NOTHING, SEES, CHANGES = "sees nothing", "sees", "changes"

#: Who may do what with a record that 林 made (for configuration: 周), by the sort of object.
RIGHTS = {
    "owned": {
        "zhou": CHANGES,
        "wang": CHANGES,
        "lin": CHANGES,
        "chen": SEES,
        "zhao": SEES_NOTHING,
        "sun": SEES,
        "qian": SEES_NOTHING,
    },
    # hangs on a record: changed by whoever may edit that record, and by who made it
    "attached": {
        "zhou": CHANGES,
        "wang": CHANGES,
        "lin": CHANGES,
        "chen": SEES,
        "zhao": SEES_NOTHING,
        "sun": SEES,
        "qian": SEES_NOTHING,
    },
    # nobody's own: changed by who made it
    "shared": {
        "zhou": CHANGES,
        "wang": CHANGES,
        "lin": CHANGES,
        "chen": SEES,
        "zhao": SEES,
        "sun": SEES,
        "qian": SEES_NOTHING,
    },
    "configuration": {
        "zhou": CHANGES,
        "wang": SEES,
        "lin": SEES,
        "chen": SEES,
        "zhao": SEES,
        "sun": SEES,
        "qian": SEES,
    },
    # configuration that only those see who may change it
    "confidential": {
        "zhou": CHANGES,
        "wang": SEES_NOTHING,
        "lin": SEES_NOTHING,
        "chen": SEES_NOTHING,
        "zhao": SEES_NOTHING,
        "sun": SEES_NOTHING,
        "qian": SEES_NOTHING,
    },
}


def sort_of(desk: Desk) -> str:
    if desk.configuration:
        return "confidential" if desk.confidential else "configuration"
    if is_held(desk):
        return "owned"
    return "attached" if desk.through else "shared"


@pytest.fixture
def maker(desk: Desk, zhou: Actor, lin: Actor) -> Actor:
    """Who makes records of this object in the firm's daily life."""
    return zhou if desk.configuration else lin


def stored(desk: Desk, key: int, names: Any) -> dict[str, Any]:
    record = desk.model._base_manager.get(pk=key)
    return {name: desk.own_fields[name].value_of(record) for name in names}


def meant(desk: Desk, given: dict[str, Any]) -> dict[str, Any]:
    return {name: desk.own_fields[name].check(desk.own_fields[name].parse(raw)) for name, raw in given.items()}


@every_object
def test_a_record_is_made_as_given(desk: Desk, maker: Actor) -> None:
    given = inputs(desk, maker, 1)
    command = registry.maker(desk)
    made = do(command, by=maker, on=desk.model, **given)
    kept = desk.own_fields.keys() & given

    told = meant(desk, {name: given[name] for name in kept})
    assert stored(desk, made.pk, kept) == told
    assert (made.version, made.created_by_id) == (1, maker.user_id)
    entry = audit.history(desk.slug, made.pk).get()
    assert (entry.command, entry.actor_id) == (command.name, maker.user_id)
    filled = {name for name, value in told.items() if value not in (None, "", ())}
    assert filled - {"created_at"} <= entry.changes.keys()
    assert event.Happening.objects.filter(name="Created", object=desk.slug, record_id=made.pk).count() == 1
    assert SearchEntry.objects.filter(object=desk.slug, record_id=made.pk).exists() == bool(desk.search)


@every_object
def test_a_change_is_kept_with_what_stood_before(desk: Desk, maker: Actor) -> None:
    made = sample(desk, maker, 1)
    given = inputs(desk, maker, 2, creating=False)
    before, after = stored(desk, made.pk, given), meant(desk, given)
    changed = do(update, made, by=maker, version=1, **given)

    assert stored(desk, made.pk, given) == after
    assert changed.version == 2
    entry = audit.history(desk.slug, made.pk)[0]
    differing = {name for name in given if before[name] != after[name]}
    assert {name: entry.changes[name] for name in differing} == {
        name: [audit.plain(before[name]), audit.plain(after[name])] for name in differing
    }
    assert entry.changes.keys() - differing <= {"unit"}


@every_object
def test_an_archived_record_leaves_the_lists_and_comes_back(desk: Desk, maker: Actor) -> None:
    made = sample(desk, maker)
    do(archive, made, by=maker)
    assert not visible(maker, desk.model).filter(pk=made.pk).exists()
    assert made.pk in [row.id for row in Query.parse(desk, maker, {"archived": "1"}).page(500).rows]
    assert find(maker, desk.model, made.pk).archived_at is not None
    assert not SearchEntry.objects.filter(object=desk.slug, record_id=made.pk, archived=False).exists()

    do(restore, made, by=maker)
    assert visible(maker, desk.model).filter(pk=made.pk).exists()
    assert [entry.command for entry in audit.history(desk.slug, made.pk)] == ["restore", "archive", desk.made_by]


@every_object
@pytest.mark.parametrize("login", STAFF)
def test_who_sees_and_who_changes(desk: Desk, login: str, maker: Actor, request: pytest.FixtureRequest) -> None:
    somebody = request.getfixturevalue(login)
    rights = RIGHTS[sort_of(desk)][login]
    made = sample(desk, maker)

    assert visible(somebody, desk.model).filter(pk=made.pk).exists() == (rights != SEES_NOTHING)
    assert (made.pk in [row.id for row in Query.parse(desk, somebody, {}).page(500).rows]) == (rights != SEES_NOTHING)
    for command in (archive, restore):
        if rights == CHANGES:
            do(command, made.pk, by=somebody, on=desk.model)
            continue
        with pytest.raises(Forbidden if rights == SEES else NotFound):
            do(command, made.pk, by=somebody, on=desk.model)
    if rights == CHANGES:
        do(update, made.pk, by=somebody, on=desk.model)
        return
    with pytest.raises(Forbidden if rights == SEES else NotFound):
        do(update, made.pk, by=somebody, on=desk.model, **inputs(desk, maker, 2, creating=False))
    assert desk.model._base_manager.get(pk=made.pk).version == 1
    if rights == SEES:
        find(somebody, desk.model, made.pk)
    else:
        with pytest.raises(NotFound):
            find(somebody, desk.model, made.pk)


@every_object
@pytest.mark.parametrize("login", ["sun", "qian"])
def test_nobody_creates_without_a_grant(desk: Desk, login: str, maker: Actor, request: pytest.FixtureRequest) -> None:
    given = needed(desk, maker, 1)
    with pytest.raises(Forbidden):
        do(registry.maker(desk), by=request.getfixturevalue(login), on=desk.model, **given)


@every_object
def test_nobody_sets_the_firm_up_but_who_was_told_to(desk: Desk, lin: Actor, zhou: Actor) -> None:
    """A role that may create and edit "everything" does not reach roles, people and lists: it could give itself any right."""
    if not desk.configuration:
        assert lin.may(desk.model, "create")
        return
    with pytest.raises(Forbidden):
        do(registry.maker(desk), by=lin, on=desk.model, **needed(desk, zhou, 1))


@every_object
def test_what_is_shown_can_be_typed_back(desk: Desk, maker: Actor) -> None:
    """Export and import speak the same language: the text of a value is read as that value."""
    made = desk.model._base_manager.get(pk=sample(desk, maker).pk)
    fields = desk.inputs(maker, creating=True)
    values = {name: field.value_of(made) for name, field in fields.items()}
    assert {name: field.check(field.parse(field.text(values[name]))) for name, field in fields.items()} == values


@every_object
def test_every_field_can_be_listed_sorted_and_filtered(desk: Desk, maker: Actor) -> None:
    made = desk.model._base_manager.get(pk=sample(desk, maker).pk)
    fields = desk.fields(maker)
    for name, field in fields.items():
        if field.sortable:
            for order in (name, f"-{name}"):
                assert made.pk in [row.id for row in Query.parse(desk, maker, {"sort": order}, [name]).page(500).rows]
        if field.compute is not None:
            continue
        for operator in field.kind.operators:
            rows = Query.parse(desk, maker, {f"{name}.{operator}": operand(field, operator, made)}, [name])
            assert (made.pk in [row.id for row in rows.page(500).rows]) == holds(field, operator, made), (
                name,
                operator,
            )
    page = Query.parse(desk, maker, {"sort": "id"}, list(fields)).page(500)
    assert all(len(row.values) == len(fields) for row in page.rows)


def operand(field: Any, operator: str, record: Any) -> str:
    """An operand that the record itself meets, or with "not", "out", "before" and "after" just fails to."""
    if operator in ("empty", "filled"):
        return ""
    value = field.value_of(record)
    if operator == "between":
        text = field.text(value)[:10] if field.kind.name in ("date", "moment") else field.text(value)
        return f"{text}..{text}" if value is not None else ".."
    if field.kind.name in ("date", "moment"):
        return "today" if operator == "in" else (field.text(value)[:10] or "2026-01-01")
    if field.kind.name in ("link", "links"):
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value or 1)
    if field.kind.name == "choice" and value is None:
        return str(field.kind.options(field)[0].id)
    text = field.text(value)
    return text or {"state": next(iter(field.states), ""), "integer": "1", "amount": "1", "quantity": "1"}.get(
        field.kind.name, "x"
    )


def holds(field: Any, operator: str, record: Any) -> bool:
    """Whether the record meets the condition made by `operand`, said once more in plain words."""
    value = field.value_of(record)
    blank = value in (None, "", ())
    if operator in ("empty", "filled"):
        return blank == (operator == "empty")
    if operator in ("reached", "unreached"):  # it has come to where it stands
        return blank == (operator == "unreached")
    if operator == "late":  # no stage of the tests' firm has a limit
        return False
    if operator in ("not", "out", "before", "after"):
        return operator in ("not", "out") and blank
    if operator == "in" and field.kind.name in ("date", "moment"):
        day = timezone.localtime(value).date() if field.kind.name == "moment" and value else value
        return day == timezone.localdate()
    return not blank or (
        operator == "between" and field.kind.name in ("date", "moment", "integer", "amount", "quantity")
    )


@every_object
def test_a_batch_is_made_whole_or_not_at_all(desk: Desk, maker: Actor) -> None:
    calls = [Call(needed(desk, maker, n)) for n in range(1, 6)]
    assert len({made.pk for made in run(registry.maker(desk), calls, by=maker, on=desk.model).records}) == 5

    there = desk.model._base_manager.count()
    spoilt = [Call({**needed(desk, maker, 11)}), Call({**needed(desk, maker, 12), "no_such_field": 1})]
    made_beside = desk.model._base_manager.count() - there
    outcome = run(registry.maker(desk), spoilt, by=maker, on=desk.model, partial=True)
    assert outcome.records[0] and list(outcome.refusals) == [1] and "no_such_field" in outcome.refusals[1].errors
    assert desk.model._base_manager.count() == there + made_beside + 1


def test_the_box_finds_only_what_may_be_seen(lin: Actor, zhao: Actor) -> None:
    desk = registry.desk("account")
    made = do(create, by=lin, on=desk.model, name="长虹美菱股份有限公司")
    for actor, expected in ((lin, [made.pk]), (zhao, [])):
        assert [hit.record_id for hit in indexing.found(actor, [desk], "长虹")] == expected
