"""Form rules bind programs too: the refusal stands at the field; what a form does not show is still told."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.api.tests.conftest import Programs
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.form_rules.models import FormRule
from bihuan.core.run import do
from bihuan.core.verbs import create, update

pytestmark = pytest.mark.django_db


def test_a_program_is_refused_at_the_field(lin: Actor, program: Programs, hengli: Any) -> None:
    do(create, by=SYSTEM, on=FormRule, object="account", field="city", effect="required", when="level.in=%3Db")
    answer = program(lin).post("account", {"name": "某某机械厂", "level": "B"})
    assert answer.status_code == 422
    assert "city" in answer.content.decode()
    answer = program(lin).patch(f"account/{hengli.pk}", {"level": "B"})
    assert answer.status_code == 422


def test_what_a_form_hides_a_program_still_reads(lin: Actor, program: Programs, hengli: Any) -> None:
    do(update, hengli, by=lin, city="苏州")
    do(create, by=SYSTEM, on=FormRule, object="account", field="city", effect="shown", when="level.in=%3Db")
    assert program(lin).get(f"account/{hengli.pk}").json()["city"] == "苏州"
    assert program(lin).patch(f"account/{hengli.pk}", {"city": "无锡"}).status_code == 422
