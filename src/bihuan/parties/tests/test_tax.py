"""Tax numbers are checked by their own check digits, and only where their form is known."""

from __future__ import annotations

import pytest

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.errors import Invalid
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.parties.tax import tax_id_problem


@pytest.mark.parametrize(
    "number", ["", "91110000600037341L", "9111 0000 6000 3734 1L", "00501503", "DE123456789", "GB999 9973"]
)
def test_right_or_unknown_forms(number: str) -> None:
    assert tax_id_problem(number) is None


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("91110000600037341M", "统一社会信用代码"),
        ("91440300192038216Y", "统一社会信用代码"),
        ("00501502", "統一編號"),
        ("9111000060003734", "16"),
        ("911100006000373411L", "19"),
    ],
)
def test_wrong_check_digits(number: str, name: str) -> None:
    assert name in tax_id_problem(number)


@pytest.mark.django_db
def test_the_sentence_stands_beside_the_field(lin: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        do(create, by=lin, on=registry.desk("account").model, name="错号", tax_id="91110000600037341M")
    assert set(refused.value.errors) == {"tax_id"}
