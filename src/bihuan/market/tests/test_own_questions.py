"""Questions of the firm's own: what a form asks, what it refuses, and where the answers arrive."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from bihuan.core import event, registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.choice import Choice, options
from bihuan.core.custom import CustomField
from bihuan.core.privacy.erase import take_out
from bihuan.core.run import do
from bihuan.core.verbs import archive, create, update
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import ASKS, FormQuestion, LeadForm
from bihuan.sales.lead import Lead
from bihuan.touch.touchpoint import Touchpoint
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
KINDS = ("text", "longtext", "integer", "quantity", "date", "yesno", "choice", "choices")


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-11-20 09:00+08:00", tick=False) as travelled:
        yield travelled


@pytest.fixture
def form(lin: Actor, stages: Any) -> LeadForm:
    """A form that asks for the name and, by fields of leads, for a value of every kind."""
    made = do(create, by=lin, on=LeadForm, name="选型")
    do(create, by=lin, on=FormQuestion, form=made.pk, field="name", required=True)
    for place, kind in enumerate(KINDS, 1):
        do(
            create,
            by=SYSTEM,
            on=CustomField,
            object="lead",
            key=f"q_{kind}",
            name=f"问{kind}",
            name_en=f"Which {kind}",
            kind=kind,
        )
        do(create, by=lin, on=FormQuestion, form=made.pk, field=f"c_q_{kind}", order=place)
    for key in ("choice", "choices"):
        for name in ("甲", "乙"):
            do(create, by=SYSTEM, on=Choice, set=f"lead.q_{key}", name=name)
    return made


def sent(form: LeadForm, clock: Any, **answers: Any) -> Any:
    page = Client().get(f"/f/{form.token}?lang=en").content.decode()
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    assert stamp is not None
    clock.shift(30)
    return Client().post(f"/f/{form.token}?lang=en", {"stamp": stamp[1], "name": "何静", "c_q_text": "x", **answers})


def deliver() -> None:
    while event.deliver():
        pass


def answered() -> dict[str, Any]:
    """What the only lead holds in the fields that were asked for."""
    lead, fields = Lead._base_manager.get(), registry.desk_of(Lead).own_fields
    return {kind: fields[f"c_q_{kind}"].value_of(lead) for kind in KINDS}


def test_answers_of_every_kind_arrive_in_the_fields_of_the_lead(form: LeadForm, clock: Any) -> None:
    first, second = (each.id for each in options("lead.q_choices"))
    given = {
        "c_q_longtext": "两行\r\n文字", "c_q_integer": "3", "c_q_quantity": "12.5", "c_q_date": "2026-12-01", "c_q_yesno": "0",
        "c_q_choice": str(options("lead.q_choice")[1].id), "c_q_choices": [str(first), str(second)],
    }  # fmt: skip
    assert sent(form, clock, **given).status_code == 303
    deliver()
    assert answered() == {
        "text": "x", "longtext": "两行\n文字", "integer": 3, "quantity": Decimal("12.5"), "date": date(2026, 12, 1), "yesno": False,
        "choice": options("lead.q_choice")[1].id, "choices": (first, second),
    }  # fmt: skip


def test_the_submission_tells_them_in_words(browse: Browse, lin: Actor, form: LeadForm, clock: Any) -> None:
    sent(form, clock, c_q_yesno="1", c_q_choice=str(options("lead.q_choice")[0].id))
    made = FormSubmission._base_manager.get()
    page = browse(lin).get(f"/formsubmission/{made.pk}").content.decode()
    assert "问choice: 甲" in page and "问yesno: 是" in page


def test_the_page_asks_with_the_control_of_the_kind(lin: Actor, form: LeadForm) -> None:
    asked = FormQuestion._base_manager.get(form=form, field="c_q_date")
    do(update, asked, by=lin, required=True, wording_en="When do you need it?", help_en="The day of delivery")
    page = html.unescape(Client().get(f"/f/{form.token}?lang=en").content.decode())
    for control in (
        '<input type="text" id="q-c_q_text"', '<textarea id="q-c_q_longtext"', 'inputmode="numeric"', 'inputmode="decimal"',
        '<input type="date" id="q-c_q_date"', '<select id="q-c_q_yesno"', '<select id="q-c_q_choice"', 'type="checkbox" name="c_q_choices"',
    ):  # fmt: skip
        assert control in page, control
    assert (
        "Which text" in page
        and "When do you need it?" in page
        and '<small id="q-c_q_date-note">The day of delivery</small>' in page
    )


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"c_q_integer": "3.5"}, "“3.5” is not a whole number."),
        ({"c_q_quantity": "viel"}, "“viel” is not a number."),
        ({"c_q_choice": "999999"}, "“999999” is not one of: 甲, 乙."),
        ({"c_q_choices": ["x"]}, "“x” is not one of: 甲, 乙."),
        ({"c_q_yesno": "maybe"}, "“maybe” is neither yes nor no."),
        ({"c_q_longtext": "长" * 4001}, "At most 4000 characters; this has 4001."),
        ({"c_q_text": ""}, "This is needed."),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_at_its_question(
    lin: Actor, form: LeadForm, clock: Any, answer: Any, sentence: str
) -> None:
    do(update, FormQuestion._base_manager.get(form=form, field="c_q_text"), by=lin, required=True)
    refused = sent(form, clock, **answer)
    page, [name] = html.unescape(refused.content.decode()), answer
    assert refused.status_code == 422 and not FormSubmission._base_manager.exists()
    assert re.search(rf'id="q-{name}-note">{re.escape(sentence)}', page), page[page.find("field-error") :][:200]


def test_a_required_yes_or_no_and_several_need_an_answer(lin: Actor, form: LeadForm, clock: Any) -> None:
    for kind in ("yesno", "choices"):
        do(update, FormQuestion._base_manager.get(form=form, field=f"c_q_{kind}"), by=lin, required=True)
    assert html.unescape(sent(form, clock).content.decode()).count("This is needed.") == 2
    assert sent(form, clock, c_q_yesno="0", c_q_choices=[str(options("lead.q_choices")[0].id)]).status_code == 303


def test_an_open_lead_learns_what_it_did_not_know(form: LeadForm, clock: Any) -> None:
    do(create, by=SYSTEM, on=FormQuestion, form=form.pk, field="mobile")
    sent(form, clock, mobile="138 0512 7716", c_q_integer="3")
    deliver()
    sent(form, clock, mobile="138 0512 7716", c_q_text="另一个", c_q_integer="9", c_q_quantity="7")
    deliver()
    assert (answered()["text"], answered()["integer"], answered()["quantity"]) == ("x", 3, 7)
    assert "integer: 9" in Touchpoint._base_manager.get().text


def test_what_no_lead_is_made_without_is_asked_by_every_form(form: LeadForm, clock: Any) -> None:
    do(
        create,
        by=SYSTEM,
        on=CustomField,
        object="lead",
        key="need",
        name="用途",
        name_en="Use",
        kind="text",
        required=True,
    )
    refused = sent(form, clock)
    assert refused.status_code == 422 and "Use" in refused.content.decode()
    assert sent(form, clock, c_need="喷涂").status_code == 303
    deliver()
    assert registry.desk_of(Lead).own_fields["c_need"].value_of(Lead._base_manager.get()) == "喷涂"


def test_nobody_answers_what_was_not_asked(form: LeadForm, clock: Any) -> None:
    do(create, by=SYSTEM, on=CustomField, object="lead", key="secret", name="秘密", kind="text")
    sent(form, clock, c_secret="x")
    assert set(FormSubmission._base_manager.get().answers) == {"c_q_text"}


def test_what_cannot_be_answered_is_not_offered(form: LeadForm) -> None:
    for key, more in {
        "deal": {"kind": "link", "target": "account"},
        "paper": {"kind": "file"},
        "number": {"unique": True},
    }.items():
        do(create, by=SYSTEM, on=CustomField, **{"object": "lead", "key": key, "name": key, "kind": "text"} | more)
    do(create, by=SYSTEM, on=CustomField, object="account", key="other", name="other", kind="text")
    assert {f"c_q_{kind}" for kind in KINDS} <= set(ASKS)
    assert not {"c_deal", "c_paper", "c_number", "c_other"} & set(ASKS)


def test_a_question_whose_field_is_gone_is_asked_no_more(
    browse: Browse, lin: Actor, form: LeadForm, clock: Any
) -> None:
    sent(form, clock, c_q_integer="3")
    do(archive, CustomField._base_manager.get(key="q_text"), by=SYSTEM)
    assert "c_q_text" not in Client().get(f"/f/{form.token}").content.decode()
    assert browse(lin).get(f"/leadform/{form.pk}").status_code == 200
    deliver()
    assert registry.desk_of(Lead).own_fields["c_q_integer"].value_of(Lead._base_manager.get()) == 3


def test_whoever_is_erased_leaves_no_answers(form: LeadForm, clock: Any) -> None:
    sent(form, clock)
    made = FormSubmission._base_manager.get()
    take_out(registry.desk_of(FormSubmission), made)
    assert made.answers == {}
