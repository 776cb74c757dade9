"""What processes remember of the configuration, and how they learn that it changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.cast import record

from bihuan.core import choice, configuration, link, registry, stage
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update

pytestmark = pytest.mark.django_db


class Process:
    """Another process: what it remembers and the number it has seen, swapped in while it works."""

    def __init__(self) -> None:
        self.kept: dict[Any, dict[Any, Any]] = {load: {} for load in configuration._remembered}
        self.epoch: int | None = None

    def __enter__(self) -> None:
        self._swap()

    def __exit__(self, *_: object) -> None:
        self._swap()

    def _swap(self) -> None:
        for load, kept in configuration._remembered.items():
            mine = dict(kept)
            kept.clear()
            kept.update(self.kept[load])
            self.kept[load] = mine
        configuration._epoch, self.epoch = self.epoch, configuration._epoch


def levels() -> list[str]:
    return [option.label for option in choice.options("account_level")]


def test_remembered_costs_nothing(firm: None) -> None:
    levels()
    with CaptureQueriesContext(connection) as asked:
        assert levels() == ["A", "B", "C"]
        stage.steps("opportunity")
        stage.steps("opportunity")
    assert len(asked) <= 2


def test_the_process_that_changes_sees_it_at_once(zhou: Actor) -> None:
    assert levels() == ["A", "B", "C"]
    do(create, by=zhou, on=registry.desk("choice").model, set="account_level", name="D", order=9)
    assert levels() == ["A", "B", "C", "D"]


def test_another_process_sees_it_with_its_next_request(zhou: Actor) -> None:
    other = Process()
    with other:
        configuration.refresh()
        assert levels() == ["A", "B", "C"]
    do(archive, record("choice", set="account_level", name="B"), by=zhou)
    with other:
        assert levels() == ["A", "B", "C"]
        configuration.refresh()
        assert levels() == ["A", "C"]
        with CaptureQueriesContext(connection) as asked:
            configuration.refresh()
            levels()
        assert len(asked) == 1


def test_business_records_do_not_make_anyone_forget(lin: Actor) -> None:
    configuration.refresh()
    epoch = configuration._epoch
    do(create, by=lin, on=registry.desk("account").model, name="新户")
    configuration.refresh()
    assert configuration._epoch == epoch


def test_what_was_rolled_back_is_not_remembered(zhou: Actor) -> None:
    """A dry run of a configuration reads its own changes and then takes them back."""
    configuration.refresh()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        do(create, by=zhou, on=registry.desk("choice").model, set="account_level", name="D", order=9)
        assert levels() == ["A", "B", "C", "D"]
        raise ZeroDivisionError
    configuration.refresh()
    assert levels() == ["A", "B", "C"]


def test_names_of_colleagues_and_units_come_from_memory(zhou: Actor, lin: Actor) -> None:
    users = registry.desk("user")
    assert link.title(users, lin.user_id) == "林晓"
    do(update, lin.user_id, by=zhou, on=users.model, name="林小晓")
    assert link.title(users, lin.user_id) == "林小晓"


def test_an_archived_value_stays_where_it_stands_but_is_not_offered(zhou: Actor, lin: Actor, hengli: Any) -> None:
    do(archive, hengli.level, by=zhou)
    assert choice.option(hengli.level_id).label == "A"
    do(update, hengli, by=lin, level=hengli.level_id, city="苏州")
    with pytest.raises(Invalid):
        do(create, by=lin, on=registry.desk("account").model, name="新户", level="A")


def test_the_order_is_the_firms(zhou: Actor) -> None:
    do(update, record("choice", set="account_level", name="C"), by=zhou, order=0)
    do(update, record("choice", set="account_level", name="A"), by=zhou, order=7)
    assert levels() == ["C", "B", "A"]


def test_a_pipeline_is_for_an_object_that_there_is(zhou: Actor) -> None:
    for wrong in ("nothing", "web/pages/list.html"):
        with pytest.raises(Invalid) as refused:
            do(create, by=zhou, on=stage.Pipeline, name="x", object=wrong)
        assert refused.value.errors.keys() == {"object"}
