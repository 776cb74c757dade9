"""What people type finds what they mean: pairs.csv holds what is typed, and the record that it must, or must not, find.

The records are made by the product and looked for in its palette. The answers, best first, are the same on both databases:
answers.json keeps them. `UPDATE_ANSWERS=1` writes it anew.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from bihuan.core.access import Actor
from bihuan.core.attached import Attachment, attach
from bihuan.core.run import do
from bihuan.web.tests.conftest import browse  # noqa: F401  (a fixture)
from tests import cast

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
PAIRS = [*csv.DictReader((HERE / "pairs.csv").open(encoding="utf-8"))]
ANSWERS = HERE / "answers.json"
FEWEST, LEAST_RECALL = 200, 0.98

Found = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def answered() -> dict[str, list[str]]:
    """What the palette has answered to what was typed: each is asked once for all the tests."""
    return {}


@pytest.fixture
def found(zhou: Actor, browse: Callable[..., object], answered: dict[str, list[str]]) -> Found:  # noqa: F811
    """`found("华")` are the names of the records that 周, who sees all, finds in the palette, best first."""
    names, client = make(zhou), browse(zhou)

    def look(typed: str) -> list[str]:
        if typed not in answered:
            answered[typed] = asked(typed)
        return answered[typed]

    def asked(typed: str) -> list[str]:
        answer = client.get("/search", {"q": typed}, headers={"HX-Request": "true"}).content.decode()
        links = re.findall(r'href="/(\w+)/(\d+)"', answer)
        return [names.get((slug, int(key)), slug) for slug, key in links]

    return look


def make(by: Actor) -> dict[tuple[str, int], str]:
    """The records of records.jsonl; what they are called in the pairs by object and key."""
    made: dict[str, tuple[str, int]] = {}
    for line in (HERE / "records.jsonl").read_text(encoding="utf-8").splitlines():
        values = json.loads(line)
        name, slug = values.pop("key"), values.pop("object")
        if "account" in values:
            values["account"] = made[values["account"]][1]
        if "about" in values:
            values["about"], values["about_id"] = made[values["about"]]
        if slug == "opportunity":
            values |= {"account": made["huawei"][1], "owner": by.user_id}
        if slug == "touchpoint":
            values |= {"channel": "电话"}
        if slug == "attachment":
            file = ContentFile(b"x", name=values.pop("name"))
            record = do(attach, by=by, on=Attachment, file=file, **values)
        else:
            record = cast.new(slug, **values)
        made[name] = slug, record.pk
    return {place: name for name, place in made.items()}


def test_what_people_type_finds_what_they_mean(found: Found) -> None:
    wanted = [pair for pair in PAIRS if pair["finds"]]
    missed = [(pair["typed"], pair["finds"]) for pair in wanted if pair["finds"] not in found(pair["typed"])]
    recall = 1 - len(missed) / len(wanted)
    print(f"recall {recall:.3f} of {len(wanted)} pairs, missed: {missed}")
    assert len(wanted) >= FEWEST
    assert recall >= LEAST_RECALL, missed


def test_nothing_else_is_found(found: Found) -> None:
    unwanted = [pair for pair in PAIRS if pair["never"]]
    assert [pair for pair in unwanted if pair["never"] in found(pair["typed"])] == []
    assert len(unwanted) >= 40


def test_both_databases_answer_alike_and_in_the_same_order(found: Found) -> None:
    answers = {pair["typed"]: found(pair["typed"]) for pair in PAIRS}
    if os.environ.get("UPDATE_ANSWERS"):
        lines = (f"{json.dumps(typed, ensure_ascii=False)}: {json.dumps(names)}" for typed, names in answers.items())
        ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    kept = json.loads(ANSWERS.read_text(encoding="utf-8"))
    assert {typed: (kept.get(typed), names) for typed, names in answers.items() if kept.get(typed) != names} == {}
