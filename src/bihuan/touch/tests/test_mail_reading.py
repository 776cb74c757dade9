"""What somebody wrote is told apart from what they quoted, and HTML is read as words."""

from __future__ import annotations

import pytest

from bihuan.touch.mail.text import beginning, of_html, parted


@pytest.mark.parametrize(
    ("text", "written", "quoted"),
    [
        ("好的。\n\n> 您好\n> 在吗", "好的。", "> 您好\n> 在吗"),
        ("好的。\n\n-----原始邮件-----\n发件人: 林晓\n您好", "好的。", "-----原始邮件-----\n发件人: 林晓\n您好"),
        ("好的。\n\n林晓 于 2026-03-16 09:30 写道：\n> 您好", "好的。", "林晓 于 2026-03-16 09:30 写道：\n> 您好"),
        ("Fine.\n\nOn Mon, 16 Mar 2026 at 09:30, Lin wrote:\n> Hello", "Fine.", "On Mon, 16 Mar 2026 at 09:30, Lin wrote:\n> Hello"),
        ("Fine.\n\nFrom: Lin\nSent: Monday\nHello", "Fine.", "From: Lin\nSent: Monday\nHello"),
        ("寄件者: 這一行是我寫的\n而這一行也是", "寄件者: 這一行是我寫的\n而這一行也是", ""),
        ("> 第一问？\n答。\n> 第二问？\n也答。", "> 第一问？\n答。\n> 第二问？\n也答。", ""),
        ("> 全是引用", "> 全是引用", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_written_and_quoted(text: str, written: str, quoted: str) -> None:
    assert parted(text) == (written, quoted)


def test_html_is_read_as_words() -> None:
    markup = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>您好，<b>张</b>总&nbsp;</p>"
        "<script>alert(1)</script><ul><li>一</li><li>二 &lt;三&gt;</li></ul></body>"
    )
    assert of_html(markup) == "您好，张总\n一\n二 <三>"
    assert of_html("") == ""


def test_a_timeline_shows_the_beginning() -> None:
    assert beginning("一\n\n二\n三", lines=2) == "一\n二"
    assert beginning("长" * 500) == "长" * 400 + "…"
