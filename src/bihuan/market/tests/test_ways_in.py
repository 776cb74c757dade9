"""How people come by a campaign: its code, the QR codes on its page, and that what comes by them counts for it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from bihuan.core import event
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.market.campaign import Campaign
from bihuan.market.lead_form import LeadForm
from bihuan.sales.lead import Lead
from bihuan.web.qr_code import qr_code
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def told(browse: Browse, by: Actor, campaign: Campaign) -> str:
    assert f"/campaign/{campaign.pk}/ways-in" in browse(by).get(f"/campaign/{campaign.pk}").content.decode()
    return html.unescape(browse(by).get(f"/campaign/{campaign.pk}/ways-in", headers=HTMX).content.decode())


def test_a_campaign_shows_its_code_and_the_qr_code_of_its_form(browse: Browse, lin: Actor) -> None:
    made = do(create, by=lin, on=Campaign, name="展会", code="FAIR 26")
    form = do(create, by=lin, on=LeadForm, name="索取样本", campaign=made.pk)
    do(create, by=lin, on=LeadForm, name="别的表单")
    page, address = told(browse, lin, made), f"http://testserver/f/{form.token}?c=FAIR+26"
    assert "FAIR 26" in page and address in page and page.count("<svg") - page.count('<svg class="i"') == 1
    assert str(qr_code(address)) in page


def test_the_qr_code_is_downloaded_as_lines_and_as_pixels(browse: Browse, lin: Actor, zhao: Actor) -> None:
    made = do(create, by=lin, on=Campaign, name="展会", code="FAIR26")
    form = do(create, by=lin, on=LeadForm, name="索取样本", campaign=made.pk)
    files = re.findall(r'href="(/leadform/[^"]+)" download', told(browse, lin, made))
    answers = [browse(lin).get(each) for each in files]
    assert [each["Content-Type"] for each in answers] == ["image/svg+xml", "image/png"]
    assert b"<svg" in answers[0].content and answers[1].content.startswith(b"\x89PNG")
    plain = browse(lin).get(f"/leadform/{form.pk}/qr.png")
    assert plain.content != answers[1].content  # without the code it is another picture
    assert browse(lin).get(f"/leadform/{form.pk}/qr.exe").status_code == 404
    assert browse(zhao).get(files[0]).status_code == 404
    assert f"/leadform/{form.pk}/qr.svg" in browse(lin).get(f"/leadform/{form.pk}/share").content.decode()


def test_without_a_form_of_its_own_another_carries_its_code(browse: Browse, lin: Actor) -> None:
    made, bare = (do(create, by=lin, on=Campaign, name="展会", code=code) for code in ("FAIR26", None))
    assert "/leadform/new?campaign=" in told(browse, lin, made)
    form = do(create, by=lin, on=LeadForm, name="索取样本")
    do(create, by=lin, on=LeadForm, name="过期的", open_until="2020-01-01")
    page = told(browse, lin, made)
    assert page.count('class="way-in"') == 1 and f"/f/{form.token}?c=FAIR26" in page
    assert "/f/" not in told(browse, lin, bare)  # nothing would tell that it is for this campaign


def test_what_comes_by_the_code_has_the_campaign_as_its_source(lin: Actor, stages: Any) -> None:
    other, made = (do(create, by=lin, on=Campaign, name=code, code=code) for code in ("WEB", "FAIR26"))
    form = do(create, by=SYSTEM, on=LeadForm, name="索取样本", campaign=other.pk)
    here = f"/f/{form.token}?c=FAIR26"
    with time_machine.travel("2026-11-20 09:00+08:00", tick=False) as clock:
        stamp = re.search(r'name="stamp" value="([^"]+)"', Client().get(here).content.decode())
        assert stamp is not None
        clock.shift(30)
        sent = {"stamp": stamp[1], "name": "何静", "company": "宁波北仑", "mobile": "138 0013 8000"}
        assert Client().post(here, sent).status_code == 303
        event.deliver()
    assert [each.campaign_id for each in Lead._base_manager.all()] == [made.pk]
