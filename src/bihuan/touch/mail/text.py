"""The text of mails: plain text of HTML, and what somebody wrote apart from what they quoted."""

from __future__ import annotations

import html
import re

import nh3

#: Where a quotation begins that is not marked line by line: how common programs head what they quote.
HEADS = (
    re.compile(r"^-{2,}\s*(original message|forwarded message|原始邮件|原始郵件|转发邮件|轉寄郵件|回复的原邮件)\s*-{2,}\s*$", re.I),
    re.compile(r"^_{20,}\s*$"),
    re.compile(r"^(on|am|le)\b.{5,300}\b(wrote|schrieb|a écrit)\s*:\s*$", re.I),
    re.compile(r"^.{5,300}(写道|寫道)\s*[:：]\s*$"),
    re.compile(r"^(from|发件人|發件人|寄件者|寄件人)\s*[:：].{3,300}$", re.I),
)  # fmt: skip
#: What a line that is only said so is followed by, in the heads of Outlook and its kin.
SENT = re.compile(r"^(sent|date|to|subject|发送时间|發送時間|收件人|收件者|日期|主题|主旨)\s*[:：]", re.I)
BREAKS = re.compile(r"<\s*(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote|/table)\b[^>]*>", re.I)


def of_html(markup: str) -> str:
    """The words of an HTML page, a line for each of its paragraphs."""
    if not markup:
        return ""
    broken = BREAKS.sub("\n", re.sub(r"\s+", " ", markup))
    words = html.unescape(nh3.clean(broken, tags=set(), clean_content_tags={"script", "style", "title"}))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in words.split("\n"))).strip()


def parted(text: str) -> tuple[str, str]:
    """What was written, and what was quoted below it. A mail that is all quotation counts as written."""
    lines = text.rstrip().split("\n")
    place = next((place for place in range(len(lines)) if _begins(lines, place)), len(lines))
    written, quoted = "\n".join(lines[:place]).strip(), "\n".join(lines[place:]).strip()
    return (written, quoted) if written else (quoted, "")


def _begins(lines: list[str], place: int) -> bool:
    """Whether everything from a line on is quoted."""
    line = lines[place].strip()
    if line.startswith(">"):
        return all(not each.strip() or each.lstrip().startswith(">") for each in lines[place:])
    if HEADS[-1].match(line):
        return any(SENT.match(each.strip()) for each in lines[place + 1 : place + 4])
    return any(head.match(line) for head in HEADS[:-1])


def quoted(text: str) -> str:
    """The text marked as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def beginning(text: str, lines: int = 6, letters: int = 400) -> str:
    """The first lines of a text, cut where it is long."""
    first = "\n".join([line for line in text.split("\n") if line.strip()][:lines])
    return first if len(first) <= letters else first[:letters].rstrip() + "…"
