"""What an import asks at a terminal, what it takes from there, and in which language it tells what it did."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from tests.cast import new

from bihuan.core import registry
from bihuan.core.access import SYSTEM
from bihuan.core.exchange.analysis import Analysis, analyse
from bihuan.core.exchange.reading import read
from bihuan.site.cli import _import_answers, import_

pytestmark = pytest.mark.django_db

TEXT = "name,account,product\na,新星公司,螺杆 压缩机\nb,远星公司,螺杆压缩机\n"


@pytest.fixture
def asked(firm: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Analysis, list[Any]]]:
    """Look at a file and answer what is asked; the answers must be as many as the questions."""

    def ask(*answers: str, text: str = TEXT, slug: str = "opportunity") -> tuple[Analysis, list[Any]]:
        desk, left = registry.desk(slug), iter(answers)
        monkeypatch.setattr("builtins.input", lambda: next(left))
        for stream in ("stdin", "stderr"):
            monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
        found = analyse(read(io.BytesIO(text.encode()), "file.csv"), desk, SYSTEM)
        with translation.override("en"):
            taken = _import_answers.settle(found, desk, SYSTEM, strict=False)
        assert not list(left)
        return found, taken

    return ask


def test_unknown_records_are_made_where_somebody_says_so(asked: Any) -> None:
    found, taken = asked("1", "m")
    assert found.plan.created == ["account"]
    assert taken == [{"field": "product", "text": "螺杆 压缩机", "meant": "螺杆压缩机"}]


def test_unknown_records_are_explained_one_by_one(asked: Any, hengli: Any) -> None:
    found, taken = asked("1", "s", "没有的", hengli.name, "")
    assert found.plan.values["account"] == {"新星公司": hengli.pk} and found.plan.created == []
    assert taken[1] == {"field": "account", "text": "新星公司", "meant": hengli.name}


def test_their_rows_are_refused_unless_somebody_says_otherwise(asked: Any) -> None:
    found, _taken = asked("1", "")
    assert (found.plan.created, found.plan.refused) == ([], ["account"])


def test_new_choices_are_made_unless_somebody_says_otherwise(asked: Any) -> None:
    choices = "name,industry\na,航天\n"
    assert asked("", slug="account", text=choices)[0].plan.refused == []
    there = new("choice", set="industry", name="航空")
    found, _taken = asked("s", "航空", slug="account", text=choices)
    assert found.plan.values == {"industry": {"航天": there.pk}}


def test_what_a_text_was_taken_for_is_told_in_one_line_and_one_language(
    asked: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = {
        "rows": 1200, "created": 2, "updated": 0, "unchanged": 0, "refused": 1, "left_out": ["x"], "made": {"account": ["甲"]},
        "meant": {"industry": {"medical": "医药包装", "retail": "零售"}},
        "taken": [{"field": "product", "text": "GTXPro", "meant": "GTX Pro"}],
        "reasons": [{"row": 3, "reason": "没有找到。"}], "errors": "e.csv", "job": 7,
    }  # fmt: skip
    with translation.override("en"):
        import_.show(outcome, as_json=False)
    told = capsys.readouterr().out
    assert told.startswith("1,200 rows: 2 created") and "bihuan import --undo 7" in told
    assert "  taken for industry: medical → 医药包装, retail → 零售\n  taken for product: GTXPro → GTX Pro\n" in told
