"""The configurations that a firm can start with: complete, plausible, and the same after a way round through the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from tests.cast import choice_sets

from bihuan.blueprint.load import USUAL, industries, industry, load, offered
from bihuan.core.access import SYSTEM
from bihuan.core.blueprint import text
from bihuan.core.blueprint.apply import apply
from bihuan.core.blueprint.difference import compare
from bihuan.core.blueprint.present import present
from bihuan.core.choice import PIGMENTS, options
from bihuan.core.run import do
from bihuan.core.stage import pipelines, steps
from bihuan.core.verbs import create
from bihuan.people.role import Role
from bihuan.sales.models import Opportunity
from bihuan.touch.touchpoint import ICONS

pytestmark = pytest.mark.django_db

each_industry = pytest.mark.parametrize("key", industries())


@pytest.fixture
def empty(transactional_db: None) -> None:
    """A database in which nobody has done anything."""
    call_command("flush", interactive=False, verbosity=0)


def stages_of(key: str) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """The stages, each with its object and pipeline."""
    for address, row in industry(key).rows.items():
        if "stages" in address:
            yield (address[1], address[2]), dict(row)


def test_there_are_three_and_the_usual_one_comes_first() -> None:
    assert industries() == [USUAL, "projects", "trading"]


@each_industry
def test_every_list_that_a_field_takes_its_values_from_has_values(key: str) -> None:
    given = {address[1] for address in industry(key).rows if address[0] == "choices"}
    assert given == set(choice_sets())


@each_industry
def test_no_two_values_of_a_list_are_spelt_alike(key: str) -> None:
    spelt: Counter[tuple[str, str]] = Counter()
    for address, row in industry(key).rows.items():
        if address[0] == "choices":
            spelt.update(
                (address[1], word) for word in {each.lower() for each in (address[2], *row["name"], *row["aliases"])}
            )
    assert [each for each, times in spelt.items() if times > 1] == []


@each_industry
def test_pipelines_run_from_a_first_step_to_won_and_lost(key: str) -> None:
    by_pipeline: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for pipeline, row in stages_of(key):
        by_pipeline.setdefault(pipeline, []).append(row)
    assert len(by_pipeline) == 4, "one of leads, three of deals"
    for (object, _pipeline), rows in by_pipeline.items():
        going = [row for row in rows if row["kind"] == "open"]
        chances = [row["probability"] for row in going]
        assert rows[0]["kind"] == "open"
        assert chances == sorted(set(chances)), "who comes further has a better chance"
        assert all(row["days_limit"] for row in going)
        assert {row["kind"] for row in rows} == {"open", "won", "lost"}
        assert all(row["required"] for row in rows if row["kind"] == ("won" if object == "opportunity" else "lost"))


@each_industry
def test_colours_and_the_administrators_rights_are_there(key: str) -> None:
    rows = industry(key).rows
    assert {row["pigment"] for row in rows.values() if "pigment" in row} <= PIGMENTS.keys()
    assert rows["roles", "administrator"]["grants"] == {"*": {"*": "all"}}


@each_industry
@pytest.mark.django_db
def test_export_of_what_was_loaded_into_an_empty_firm_is_the_file(empty: None, key: str) -> None:
    load(key)
    document = industry(key)
    assert compare(present().rows, document.rows, text.read(text.write(document.rows)).sections) == []
    exported = text.write(present().rows)
    assert text.read(exported).rows == document.rows
    assert (
        do(create, by=SYSTEM, on=Opportunity, name="新单").stage_id
        == steps("opportunity", pipelines("opportunity")[0].id)[0].id
    )


@pytest.mark.django_db
def test_a_firm_that_has_been_set_up_is_left_alone(empty: None) -> None:
    load("trading")
    before = present().rows
    load("projects")
    assert present().rows == before
    assert offered().keys() == set(industries())


@pytest.mark.django_db
def test_from_one_industry_to_another_and_back(empty: None) -> None:
    load(USUAL)
    before = text.write(present().rows)
    to, back = industry("trading"), industry(USUAL)
    apply(to.rows, to.sections, by=SYSTEM, lines=to.lines)
    assert [each.key for each in options("source")][:2] == ["canton_fair", "marketplace"]
    assert Role._base_manager.filter(key="service", archived_at=None).count() == 0
    apply(back.rows, {*back.sections, "numbers"}, by=SYSTEM, lines=back.lines)
    assert text.write(present().rows) == before


@each_industry
def test_a_firm_begins_with_every_channel_of_touches(key: str) -> None:
    found = {address[-1] for address in industry(key).rows if address[:2] == ("choices", "channel")}
    assert found == {
        "phone", "visit", "mail", "wechat", "chat", "sms", "letter", "fax", "event", "web", "portal", "media"
    }  # fmt: skip
    assert found <= ICONS.keys(), "each has a drawing of its own"
