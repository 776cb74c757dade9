"""A blueprint as text: what is read, what is refused and at which line."""

from __future__ import annotations

import pytest

from bihuan.core.blueprint import text

pytestmark = pytest.mark.django_db  # the names of objects and fields are the firm's too

HEAD = "blueprint: 1\n"


def faults(body: str) -> list[tuple[int, str]]:
    with pytest.raises(text.Faulty) as refused:
        text.read(HEAD + body)
    return [(each.line, each.sentence) for each in refused.value.faults]


def test_comments_and_order_of_a_text_are_the_writers_own() -> None:
    found = text.read(
        "# ours\nblueprint: 1\nchoices:\n  source:\n    # the best\n    fair: {name: Fair, aliases: [expo, 展会]}\n"
        "    no: {name: [否, 否, No]}\n"
    )
    assert found.sections == ("choices",)
    assert found.rows["choices", "source", "fair"] == {
        "name": ("Fair",), "pigment": "ink", "aliases": ("expo", "展会"), "order": 0,
    }  # fmt: skip
    assert found.rows["choices", "source", "no"]["order"] == 1, "“no” is a word like any other"
    assert found.lines["choices", "source", "no"] == 7


def test_every_fault_is_told_with_its_line() -> None:
    told = faults(
        "choises: {}\nchoices:\n  sourze: {}\n  source:\n    a: {nane: x}\n    a: {}\n"
        "pipelines:\n  opportunity:\n    p:\n      stages:\n        s: {probability: many}\n      steps: {}\n"
        "roles:\n  r: {grants: {account: {view: everything}}}\n"
    )
    assert [line for line, _sentence in told] == [2, 4, 6, 7, 12, 13, 15]
    assert "choises" in told[0][1]
    assert "source" in told[1][1], "what there is instead is told"
    assert "twice" in told[3][1]
    assert "everything" in told[-1][1]


@pytest.mark.parametrize(
    "body",
    ["choices: [a, b]", "choices: {source: {a: {name: {x: y}}}}", "choices: {source: {a: {aliases: 'a, b'}}}", "- a",
     "choices: {? [a] : b}", "roles: {r: all}", "roles: {r: {grants: [a]}}", "numbers: {opportunity: [a]}", "choices: {source: {'': {}}}"],
)  # fmt: skip
def test_what_has_the_wrong_form_is_refused_and_breaks_nothing(body: str) -> None:
    assert faults(body)


@pytest.mark.parametrize(
    "body", ["[" * 200_000, "{a: " * 5000, "a: &x [1]\nb: *x", "\t- x", "a: 'b", "%YAML 9\n---", "a: b: c", "\x00"]
)
def test_a_hostile_text_is_refused(body: str) -> None:
    with pytest.raises(text.Faulty):
        text.read(body)
    with pytest.raises(text.Faulty):
        text.read(HEAD + body)


def test_a_text_says_what_it_is() -> None:
    for wrong in ("", "choices: {}", "blueprint: 2\n"):
        with pytest.raises(text.Faulty, match="blueprint: 1"):
            text.read(wrong)


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(text.Faulty):
        text.read(HEAD + "# " + "x" * text.LONGEST)
