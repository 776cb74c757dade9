"""What an import asks at a terminal: what is meant by names that are almost right, and by texts that nobody knows."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bihuan.core.access import Actor
    from bihuan.core.desk import Desk
    from bihuan.core.exchange.analysis import Analysis, Question

#: So many unknown texts of a column are named before somebody says what to do with them.
NAMED = 8


def settle(found: "Analysis", desk: "Desk", by: "Actor", strict: bool) -> list[dict[str, str]]:
    """Answer every question: ask where somebody is there, else take the proposal. Ends the program where there is none.

    Returns what texts were taken for.
    """
    from bihuan.core.exchange.analysis import answer

    attended = sys.stdin.isatty() and sys.stderr.isatty()
    answers = []
    for question in list(found.questions):
        value = ask(question) if attended else propose(question, strict)
        if value is not None:
            answer(found, question, value)
            answers.append({"field": question.field, "text": question.text, "meant": dict(question.options)[value]})
    if attended:
        for name, texts in (found.creates | found.missing).items():
            if name not in (*found.plan.refused, *found.plan.created):
                answers += ask_about_unknown(found, desk, by, name, texts)
    return answers


def ask(question: "Question") -> Any:
    """Show the options; an empty answer takes the first, or leaves a link open."""
    from django.utils.translation import gettext as _

    say(_("%(field)s: “%(text)s”") % {"field": question.field, "text": question.text})
    for number, (_value, label) in enumerate(question.options, 1):
        say(f"  {number}  {label}")
    given = hear(_("Which? [1-%(last)d, 0: none of them]") % {"last": len(question.options)}) or "1"
    if given.isdigit() and 1 <= int(given) <= len(question.options):
        return question.options[int(given) - 1][0]
    return None if question.kind == "link" else ask(question)


def propose(question: "Question", strict: bool) -> Any:
    """What is taken where nobody can be asked."""
    from django.utils.translation import gettext as _

    if question.kind != "link":
        ways = " / ".join(f"--{question.kind} {value}" for value, _label in question.options)
        told = {"field": question.field, "text": question.text, "ways": ways}
        say(_("%(field)s: “%(text)s” can be read in two ways; say which: %(ways)s") % told)
        sys.exit(2)
    return None if strict else question.proposal


def ask_about_unknown(
    found: "Analysis", desk: "Desk", by: "Actor", name: str, texts: list[str]
) -> list[dict[str, str]]:
    """What becomes of texts of a field that nobody knows: made, explained one by one, or their rows refused."""
    from django.utils.translation import gettext as _
    from django.utils.translation import ngettext

    named = _(", ").join(f"“{text}”" for text in texts[:NAMED]) + ("…" if len(texts) > NAMED else "")
    told = {"num": len(texts), "field": name, "texts": named}
    say(
        ngettext(
            "%(field)s: %(num)d value is not known: %(texts)s",
            "%(field)s: %(num)d values are not known: %(texts)s",
            len(texts),
        )
        % told
    )
    may_make = name in found.creates or name in found.makes
    ways = [("m", _("m: make them"))] if may_make else []
    ways += [("s", _("s: say what each means")), ("r", _("r: refuse their rows"))]
    usual = "m" if name in found.creates else "s" if len(texts) == 1 and not may_make else "r"
    options = _(", ").join(label for _key, label in ways)
    chosen = (
        hear(_("What to do? [%(options)s; Enter: %(usual)s]") % {"options": options, "usual": usual}).lower() or usual
    )
    while chosen not in dict(ways):
        chosen = hear("?").lower() or usual
    if chosen == "s":
        return [taken for text in texts if (taken := explain_one(found, desk, by, name, text))]
    (found.plan.created if chosen == "m" else found.plan.refused).append(name)
    return []


def explain_one(found: "Analysis", desk: "Desk", by: "Actor", name: str, text: str) -> dict[str, str] | None:
    """Ask for the name of what a text stands for until there is such a thing; an empty answer leaves it unknown."""
    from django.utils.translation import gettext as _

    from bihuan.core.errors import Refused
    from bihuan.core.exchange.analysis import explain

    while meant := hear(_("What is “%(text)s” called here? [Enter: leave it]") % {"text": text}):
        try:
            explain(found, desk, by, name, text, meant)
        except Refused as refusal:
            say(refusal.sentence)
        else:
            return {"field": name, "text": text, "meant": meant}
    return None


def say(line: str) -> None:
    print(line, file=sys.stderr)


def hear(prompt: str) -> str:
    print(prompt, end=" ", file=sys.stderr, flush=True)
    return input().strip()
