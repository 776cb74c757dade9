"""Templates in the composer: the text of one stands there, filled in, and is written down as a touch or a note like any other."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from bihuan.core.access import Actor
from bihuan.core.attached import Note
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.touch.models import MailTemplate, Touchpoint
from bihuan.web.tests.conftest import Browse, htmx

__all__ = ["htmx"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def template(lin: Actor) -> Any:
    return do(create, by=lin, on=MailTemplate, name="回访", subject="回访 {{name}}", text="今天回访了{{name}}。")


def text_in(answer: Any) -> str:
    found = re.search(r"<textarea name=\"text\"[^>]*>(.*?)</textarea>", answer.content.decode(), re.DOTALL)
    assert found is not None
    return unescape(found[1])


def test_a_template_is_chosen_and_its_text_stands_in_the_composer(
    browse: Browse, lin: Actor, hengli: Any, template: Any, htmx: dict[str, str]
) -> None:
    client, url = browse(lin), f"/account/{hengli.pk}/timeline"
    assert f"{url}?wordings" in client.get(f"/account/{hengli.pk}").content.decode()
    offered = client.get(f"{url}?wordings", headers=htmx).content.decode()
    assert f'name="wording" value="{template.pk}"' in offered
    assert "回访" in offered
    sent = {"channel": "note", "wording": template.pk, "text": "先记一句"}
    for headers in (htmx, {}):
        answer = client.post(url, sent, headers=headers)
        assert text_in(answer) == f"先记一句\n今天回访了{hengli.name}。", "what was typed is kept"
        assert 'value="note" checked' in answer.content.decode()
    assert not Note._base_manager.exists()
    assert not Touchpoint._base_manager.exists()
    client.post(url, {"channel": "note", "text": text_in(answer)}, headers=htmx)
    assert Note._base_manager.get().text == f"先记一句\n今天回访了{hengli.name}。"


def test_a_place_that_is_no_field_here_is_told_and_nothing_is_lost(
    browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]
) -> None:
    wrong = do(create, by=lin, on=MailTemplate, name="错", subject="无", text="{{no_such}}")
    answer = browse(lin).post(
        f"/account/{hengli.pk}/timeline", {"channel": "note", "wording": wrong.pk, "text": "先记"}, headers=htmx
    )
    assert answer.status_code == 422
    assert "no_such" in answer.content.decode()
    assert text_in(answer) == "先记"


def test_who_sees_no_templates_is_offered_none(
    browse: Browse, qian: Actor, lin: Actor, hengli: Any, template: Any
) -> None:
    assert browse(qian).post(f"/account/{hengli.pk}/timeline", {"wording": template.pk}).status_code == 404
    assert browse(lin).post(f"/account/{hengli.pk}/timeline", {"wording": "0"}).status_code == 404
