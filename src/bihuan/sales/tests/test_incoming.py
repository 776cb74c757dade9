"""What a form brings in: a lead, a touch with the one that there is, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.core import event
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.attached import Attachment, attach
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.market.campaign import Campaign
from bihuan.market.commands import clear_of_spam, submit
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import LeadForm
from bihuan.market.public_form import VISITOR
from bihuan.sales.incoming import take_in
from bihuan.sales.lead import Lead
from bihuan.touch.touchpoint import Touchpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(lin: Actor, chen: Actor) -> LeadForm:
    campaign = do(create, by=lin, on=Campaign, name="工博会")
    return do(create, by=lin, on=LeadForm, name="索取样本", campaign=campaign.pk, source="甲", receiver=chen.user_id)


def sent(form: LeadForm, **answers: Any) -> FormSubmission:
    given = {"name": "何静", "mobile": "138 0512 7716", "demand": "要一台 75 kW 的空压机", **answers}
    return do(submit, by=VISITOR, on=FormSubmission, form=form.pk, campaign=form.campaign_id, **given)


def deliver() -> None:
    while event.deliver():
        pass


def test_whoever_sends_a_form_becomes_a_lead(form: LeadForm, chen: Actor) -> None:
    made = sent(form, company="恒力泵业", city="苏州")
    do(attach, by=VISITOR, about="formsubmission", about_id=made.pk, file=SimpleUploadedFile("图纸.pdf", b"%PDF"))
    deliver()
    lead = Lead._base_manager.get()
    assert (lead.person, lead.company, lead.city, lead.mobile) == ("何静", "恒力泵业", "苏州", "+86 138 0512 7716")
    assert (lead.campaign_id, lead.source_id, lead.owner_id) == (form.campaign_id, form.source_id, chen.user_id)
    made.refresh_from_db()
    assert (made.state, made.about, made.about_id) == ("accepted", "lead", lead.pk)
    assert Attachment._base_manager.filter(about="lead", about_id=lead.pk, name="图纸.pdf").count() == 1


def test_told_twice_it_becomes_one_lead(form: LeadForm) -> None:
    made = sent(form)
    deliver()
    take_in(FormSubmission._base_manager.get(pk=made.pk))
    assert Lead._base_manager.count() == 1 and not Touchpoint._base_manager.exists()


def test_an_open_lead_is_touched_again_instead(form: LeadForm) -> None:
    sent(form)
    deliver()
    again = sent(form, name="何小姐", demand="什么时候能到货？")
    deliver()
    lead, touch = Lead._base_manager.get(), Touchpoint._base_manager.get()
    again.refresh_from_db()
    assert (touch.about, touch.about_id, touch.direction, touch.text) == ("lead", lead.pk, "in", "什么时候能到货？")
    assert touch.owner_id == lead.owner_id and again.about_id == lead.pk


def test_known_contacts_and_accounts_are_named_on_the_lead(form: LeadForm, zhangsan: Any, hengli: Any) -> None:
    sent(form, name="小张", mobile="139 5126 0418", company="苏州恒砺精密机械有限公司")
    deliver()
    remark = Lead._base_manager.get().remark
    assert zhangsan.number in remark and hengli.number in remark and "张三" not in remark


def test_whoever_gives_no_name_is_called_by_what_they_gave(form: LeadForm) -> None:
    sent(form, name="", mobile="", email="he@example.com")
    deliver()
    assert Lead._base_manager.get().person == "he@example.com"


def test_spam_becomes_nothing_until_somebody_says_that_it_is_none(form: LeadForm, lin: Actor) -> None:
    made = sent(form, suspicion="haste")
    deliver()
    assert not Lead._base_manager.exists()
    do(clear_of_spam, made, by=lin)
    deliver()
    assert Lead._base_manager.get().person == "何静"


def test_what_fails_stays_received_and_is_tried_again(form: LeadForm, monkeypatch: Any) -> None:
    made = sent(form)
    with monkeypatch.context() as patch:
        patch.setattr("bihuan.sales.incoming.likely", lambda *_: 1 / 0)
        deliver()
    made.refresh_from_db()
    assert made.state == "received" and not Lead._base_manager.exists()
    event.Delivery.objects.update(due_at=made.created_at)
    deliver()
    made.refresh_from_db()
    assert made.state == "accepted"


def test_only_the_product_itself_says_what_became_of_it(form: LeadForm) -> None:
    assert do(create, by=SYSTEM, on=Lead, person="x").pk  # the product may; a visitor may not
    with pytest.raises(Exception, match="role"):
        do(create, by=VISITOR, on=Lead, person="y")
