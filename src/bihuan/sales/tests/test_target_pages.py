"""The sheet of a year saves what was typed, all of it or nothing; and the pages tell each what they may know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.cast import new, record

from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import move, update
from bihuan.sales.models import Target

pytestmark = pytest.mark.django_db
HERE = "/target/sheet?scope=person-{}&period=2026"


def kept(actor: Actor) -> dict[tuple[str, int], tuple[Decimal, Decimal | None]]:
    rows = Target._base_manager.filter(person=actor.user_id, archived_at=None)
    return {(each.measure, each.month.month): (each.base, each.stretch) for each in rows}


def test_a_sheet_is_saved_changed_and_emptied(browse: Any, wang: Actor, lin: Actor) -> None:
    """王 leads 林's unit and sets the targets."""
    here = HERE.format(lin.user_id)
    sent = {"orders-base-3": "80万", "orders-stretch-3": "100万", "visits-base-12": "12"}
    assert browse(wang).post(here, sent).status_code == 303
    assert kept(lin) == {
        ("orders", 3): (Decimal(800_000), Decimal(1_000_000)), ("visits", 12): (Decimal(12), None)
    }  # fmt: skip
    assert "800000" in browse(wang).get(here).content.decode()
    browse(wang).post(here, {"orders-base-3": "900000"})
    assert kept(lin) == {("orders", 3): (Decimal(900_000), None)}


def test_what_is_wrong_saves_nothing_and_stands_there_again(browse: Any, wang: Actor, lin: Actor) -> None:
    sent = {"orders-base-1": "100", "orders-base-2": "viel", "visits-base-3": "9", "visits-stretch-3": "8"}
    for wrong in ("orders-base-2", "visits-stretch-3"):
        typed = {name: sent[name] for name in ("orders-base-1", "visits-base-3", wrong)}
        answer = browse(wang).post(HERE.format(lin.user_id), typed)
        assert answer.status_code == 422
        assert f'value="{sent[wrong]}"' in answer.content.decode()
        assert kept(lin) == {}


def test_who_saves_second_overwrites_nothing_unseen(browse: Any, wang: Actor, lin: Actor) -> None:
    target = new("target", person=lin.user_id, month="2026-03-01", measure="orders", base="100")
    do(update, target, by=wang, base="200")
    sent = {"orders-base-3": "300", f"version-{target.pk}": "1"}
    assert browse(wang).post(HERE.format(lin.user_id), sent).status_code == 422
    assert kept(lin) == {("orders", 3): (Decimal(200), None)}


def test_the_pages_of_others_are_not_there(browse: Any, lin: Actor, zhao: Actor) -> None:
    client = browse(lin)
    for page in ("sheet", "forecast"):
        assert client.get(f"/target/{page}").status_code == 200
        for wrong in (
            f"scope=person-{zhao.user_id}",
            "scope=unit-999999",
            f"scope=unit-{10**18}",
            "scope=x",
            "period=never",
        ):
            assert client.get(f"/target/{page}?{wrong}").status_code == 404


def test_the_forecast_shows_deals_and_leads_to_their_people(browse: Any, wang: Actor, kongya: Any) -> None:
    do(update, kongya, by=wang, forecast="commit", expected_close="2026-11-20")
    team = record("unit", name="一部").pk
    page = browse(wang).get(f"/target/forecast?scope=unit-{team}&period=2026-Q4").content.decode()
    assert "118.0" in page
    assert f"scope=person-{kongya.owner_id}" in page


def test_a_deals_page_tells_the_stages_it_came_through(browse: Any, lin: Actor, kongya: Any) -> None:
    do(move, kongya, by=lin, stage="方案")
    page = browse(lin).get(f"/opportunity/{kongya.pk}").content.decode()
    told = page[page.index("阶段经历") :]
    assert told.index("方案") < told.index("初步接触") and "林晓" in told
