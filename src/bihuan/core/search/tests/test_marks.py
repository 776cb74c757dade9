"""What was searched for is shown in colour, at its place in the text as it is written."""

import pytest

from bihuan.core.search.marks import LONGEST_SHOWN, excerpt, spans
from bihuan.core.search.query import parse


def marked(typed: str, text: str) -> str:
    places, _is_whole = spans(parse(typed), text)
    for begin, end in reversed(places):
        text = f"{text[:begin]}[{text[begin:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    "typed, shown",
    [
        ("恒砺", "苏州[恒砺]精密机械"), ("hengli", "苏州[恒砺]精密机械"), ("hljm", "苏州[恒砺精密]机械"),
        ("恒砺 jixie", "苏州[恒砺]精密[机械]"),
        ("軟體", "神盾[软件]"), ("软体", "神盾[軟體]"), ("acme", "[Acme] Power Tools"), ("muller", "[Müller] & Söhne"), ("ａｃ", "[Ac]me"),
        ("op202600012", "[OP-2026-00012]"), ("2026-00012", "OP-[2026-00012]"), ("87654321", "+86 139 [8765 4321]"),
        ("shan", "[单]田芳"), ("me", "Acme"), ("gross", "[Groß]"),
    ],
)  # fmt: skip
def test_places(typed: str, shown: str) -> None:
    assert marked(typed, shown.replace("[", "").replace("]", "")) == shown


def test_a_long_text_is_cut_around_the_first_place() -> None:
    text = "前" * 200 + "压缩机" + "后" * 200
    places, is_whole = spans(parse("压缩机"), text)
    cut, inside = excerpt(text, places)
    assert is_whole
    assert len(cut) == LONGEST_SHOWN + 2
    assert [cut[begin:end] for begin, end in inside] == ["压缩机"]
    assert cut.startswith("…前")
    assert cut.endswith("后…")
