"""Counts beside views, on the loop and on the tabs of a timeline: right, in scope, and never dear."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.template import engines
from django.utils import timezone, translation

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.attached import Note
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.web import counts
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db


def told(browse: Browse, actor: Actor, url: str, htmx: dict[str, str]) -> dict[str, str]:
    """What is put where: id of the place to its text."""
    answer = browse(actor).get(url, headers=htmx).content.decode()
    found = re.findall(r'hx-target="#([\w-]+)"[^>]*>(.*?)</hx-partial>', answer, re.DOTALL)
    return {place: re.sub(r"<[^>]+>", "", text).strip() for place, text in found}


def test_views_tell_how_many_records_they_have(browse: Browse, lin: Actor, zhou: Actor, htmx: dict) -> None:
    assert told(browse, lin, "/account/counts", htmx) | {"count-all": "2", "count-mine": "1", "loop-counts": "2"} == (
        told(browse, lin, "/account/counts", htmx)
    )
    assert told(browse, zhou, "/account/counts", htmx)["loop-counts"] == "3"
    page = browse(lin).get("/account").content.decode()
    assert 'id="count-all"' in page
    assert 'id="loop-counts"' in page


def test_a_large_number_is_told_by_its_beginning(
    browse: Browse, lin: Actor, zhou: Actor, htmx: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MOST", 1)
    assert told(browse, lin, "/account/counts", htmx)["count-all"] == "1+"
    monkeypatch.setattr(counts, "MOST", 999)
    monkeypatch.setattr(counts, "LOOKED_THROUGH", 1)
    assert told(browse, zhou, "/account/counts", htmx)["count-all"] == "1+"
    assert told(browse, zhou, "/account/counts", htmx)["count-mine"] == "", "of the others nobody has looked"


def test_deals_that_stand_too_long_are_counted(
    browse: Browse, zhou: Actor, kongya: Any, stages: dict, htmx: dict
) -> None:
    assert "停滞" not in told(browse, zhou, "/opportunity/counts", htmx)["loop-counts"]
    step = registry.desk("stage").model.objects.get(pk=stages["初步接触"])
    do(update, step, by=zhou, days_limit=10)
    type(kongya).objects.filter(pk=kongya.pk).update(stage_since=timezone.now() - timedelta(days=11))
    assert "停滞 1" in told(browse, zhou, "/opportunity/counts", htmx)["loop-counts"]


def test_the_tabs_of_a_timeline_tell_how_much_they_have(browse: Browse, lin: Actor, hengli: Any, htmx: dict) -> None:
    do(create, by=lin, on=Note, about="account", about_id=hengli.pk, text="看过现场")
    do(update, hengli, by=lin, city="苏州")
    found = told(browse, lin, f"/account/{hengli.pk}/timeline?totals", htmx)
    assert {place.split("-")[1]: text for place, text in found.items()}["notes"] == "1"
    numbers = {place.split("-")[1]: int(text) for place, text in found.items() if place.startswith("entries")}
    assert numbers["all"] == numbers["touches"] + numbers["notes"] + numbers["changes"]


def test_every_number_of_a_page_is_written_with_its_thousands_parted() -> None:
    """In sentences with a plural, markup or not, and beside names."""
    page = engines["jinja2"].env.from_string
    text = """{{ ngettext("%(num)s row", "%(num)s rows", 8800) }} {{ ngettext("%(num)d day", "%(num)d days", 1) }} {{ number(1234567) }}"""
    with translation.override("en"):
        assert page(text).render() == "8,800 rows 1 day 1,234,567"
    with translation.override("zh-hans"):
        assert "8,800" in page(text).render()
    assert counts.told(4000, most=5000) == "4,000"
