"""Every sentence that people see stands in three languages: English in the source, two complete translations beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import opencc
import pytest
from babel.messages.catalog import Message
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext
from jinja2 import Environment, nodes
from scripts.messages import extracted, glossary, strings, translated

from bihuan.blueprint.load import industries, industry
from bihuan.core import registry
from bihuan.core.access import SYSTEM, find
from bihuan.core.desk import Desk
from bihuan.core.run import do
from bihuan.people.commands import set_preferences
from bihuan.people.session import STAMP, USER
from bihuan.people.staff import StaffActor
from bihuan.people.user import User
from tests.cast import NAMES, ROLES, STAFF, STAGES
from tests.house.source import PACKAGE, ROOT, modules, places

pytestmark = pytest.mark.django_db

each_locale = pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant"])
sources, translations = cache(extracted), cache(translated)

PLACE = re.compile(r"%(?:\(\w+\))?[sd]|\{\w*(?::\w+)?\}")
#: Characters of both scripts that OpenCC would change in Taiwan's as well.
WRITTEN_BY_BOTH = "台占回朱"
#: A word, as against a sign, a unit or the name of a file format.
WORD = re.compile(r"[a-z]{2,}|[\u4e00-\u9fff]")
#: Names that are the same everywhere; languages name themselves.
PROPER_NAMES = {"简体中文", "繁體中文", "简体", "繁體", "简", "繁", "English", "Excel", "OpenAPI", "HTTP"}
#: Names by which a module calls gettext.
GETTEXT = {"_", "_now", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def messages(locale: str) -> list[Message]:
    """What is translated and read."""
    return [each for each in translations(locale) if each.id and all(strings(each)) and not each.fuzzy]


# ---------------------------------------------------------------------- the files of the two translations


@each_locale
def test_every_sentence_is_translated(locale: str) -> None:
    wanted = {(message.id, message.context) for message in sources() if message.id}
    done = {(message.id, message.context) for message in messages(locale)}
    assert wanted - done == set(), "missing, empty or unread: run scripts/messages.py, then translate"
    known = {(message.id, message.context) for message in translations(locale) if message.id}
    assert known - wanted == set(), "no longer in the source: run scripts/messages.py"
    assert not translations(locale).obsolete


@each_locale
def test_places_are_kept(locale: str) -> None:
    for message in messages(locale):
        full = message.id if isinstance(message.id, str) else message.id[-1]
        for text in strings(message):
            assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(full)), message.id


def test_each_script_is_pure() -> None:
    assert [text for message in messages("zh_Hant") for text in strings(message) if simplified_in(text)] == []
    assert [text for message in messages("zh_Hans") for text in strings(message) if traditional_in(text)] == []


def test_fixed_terms_are_used() -> None:
    for message in messages("zh_Hans"):
        theirs = translations("zh_Hant").get(message.id, message.context)
        for ours, taiwanese in zip(strings(message), strings(theirs), strict=True):
            rest = ours
            for term, fixed in glossary().items():
                if term in rest:
                    assert fixed in taiwanese, f"{ours} → {taiwanese}: {term} is {fixed}"
                    rest = rest.replace(term, "")


@cache
def converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


def simplified_in(text: str) -> str:
    """The characters of a text that only the mainland writes: Taiwan writes others, and these stay as they are in 简体."""
    taiwanese = converter("s2tw").convert(text)
    return "".join(
        ours for ours, theirs in zip(text, taiwanese, strict=True)
        if ours != theirs and ours not in WRITTEN_BY_BOTH and converter("t2s").convert(ours) == ours
    )  # fmt: skip


def traditional_in(text: str) -> str:
    return "".join(mine for mine in text if converter("t2s").convert(mine) != mine)


# ---------------------------------------------------------------------- the source


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a module, with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            yield (node.func.id if isinstance(node.func, ast.Name) else node.func.attr), node


def test_only_whole_literals_are_marked() -> None:
    """What is put together at run time has no msgid. A notice brings its own, which was marked where it was told.

    The docstring of a command is a msgid, too.
    """
    faults = [
        (name, call.lineno, ast.unparse(call))
        for name, tree in modules()
        for called, call in calls(tree)
        if called in GETTEXT
        and not isinstance(call.args[0], ast.Constant)
        and ast.unparse(call.args[0]) not in ("row.message", "command.help")
    ]
    assert not faults, places(faults)


def test_refusals_are_translated() -> None:
    faults = [
        (name, call.lineno, ast.unparse(call))
        for name, tree in modules()
        for called, call in calls(tree)
        if called == "Refused" and any(is_bare(argument) for argument in call.args[:1])
    ]
    assert not faults, places(faults)


def is_bare(sentence: ast.expr) -> bool:
    """Whether an expression is a text that never went through gettext."""
    match sentence:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Mod()):
            return is_bare(left)
        case ast.BinOp(left=left, right=right):
            return is_bare(left) or is_bare(right)
        case ast.IfExp(body=body, orelse=orelse):
            return is_bare(body) or is_bare(orelse)
        case ast.Call(func=ast.Attribute(value=text, attr="format")):
            return is_bare(text)
    return False


# ---------------------------------------------------------------------- the templates

TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
each_template = pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
JINJA = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])  # noqa: S701  (reads templates, draws none)


class Words(HTMLParser):
    """Collects the words of a page that stand in its markup."""

    READ_OUT = ("title", "aria-label", "placeholder", "alt")
    #: Keys are called the same in every language.
    AS_THEY_ARE = ("code", "kbd", "script", "style")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        for name, value in attrs:
            if value and (
                (name in self.READ_OUT and WORD.search(value)) or (name.startswith("data-") and is_prose(value))
            ):
                self.found.append(value)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in self.AS_THEY_ARE and WORD.search(data) and data.strip() not in PROPER_NAMES:
            self.found.append(data.strip())


def markup(source: str) -> str:
    """A template without its expressions; one that names a tag counts as <div>."""
    text = ""
    for _line, kind, value in JINJA.lex(source):
        if kind == "data":
            text += value
        elif kind == "variable_begin" and text.endswith(("<", "</")):
            text += "div"
    return text


def literals(node: nodes.Node) -> Iterator[nodes.Const]:
    """The texts in a template's expressions that do not go through gettext."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in GETTEXT:
        return
    if isinstance(node, nodes.Compare):  # compared, not shown
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node
    for child in node.iter_child_nodes():
        yield from literals(child)


@each_template
def test_templates_hold_no_words(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    words = Words()
    words.feed(markup(source))
    assert words.found == []
    assert [each.value for each in literals(JINJA.parse(source)) if is_prose(each.value)] == []


#: What scripts call the keys of a keyboard.
KEYS = {"Enter", "Escape", "Tab", "Control", "Meta", "Alt", "Shift", "Home", "End", "Space", "Delete", "Backspace"}


@pytest.mark.parametrize("path", sorted((ROOT / "frontend" / "js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_hold_no_words(path: Path) -> None:
    """Their sentences stand in the markup, in data attributes."""
    code = re.sub(r"/\*[\s\S]*?\*/|(?<![:\w])//.*", "", path.read_text(encoding="utf-8"))
    assert [
        text for _quote, text in re.findall(r"""(["'`])(.*?)\1""", code) if is_prose(text) and text not in KEYS
    ] == []


def is_prose(text: str) -> bool:
    """Whether a literal reads like words for people and not like a name for programs."""
    return text not in PROPER_NAMES and bool(re.search(r"[\u4e00-\u9fff]|^[A-Z][a-z]+[ .…]|^[A-Z][a-z]+$", text))


# ---------------------------------------------------------------------- names that are data, and words of others


def names() -> Iterator[tuple[str, ...]]:
    """Everything that a firm can start with, in its three languages."""
    for document in map(industry, industries()):
        yield from document.head.values()
        yield from (row["name"] for row in document.rows.values() if "name" in row)


def test_the_names_a_firm_starts_with_are_in_three_languages() -> None:
    for hans, hant, english in names():
        assert hans and hant and english
        assert not traditional_in(hans), hans
        assert not simplified_in(hant), hant
        assert english.isascii(), english


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_no_desk_speaks_english(language: str) -> None:
    """Labels, help texts, sections, views, panels and commands of every object."""
    with translation.override(language):
        words = [str(each) for desk in registry.desks() for each in words_of(desk)]
    assert [each for each in words if re.search(r"[A-Za-z]{2,}", re.sub("VAT|English|API|JavaScript", "", each))] == []


def words_of(desk: Desk) -> Iterator[object]:
    yield from (desk.label, desk.label_plural)
    for each in desk.own_fields.values():
        yield from (each.label, each.help, *each.states.values())
    for part in (*desk.form, *desk.facts, *desk.views, *desk.panels):
        yield part.label
    for command in (each for each in registry.commands(desk).values() if each.is_offered):
        yield from (
            command.label,
            gettext(command.help),
            *(each.label for each in command.inputs(desk, SYSTEM).values()),
        )


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_passwords_are_refused_in_the_readers_language(language: str) -> None:
    """These sentences are Django's, whose own translations are not loaded."""
    with translation.override(language):
        for password in ("abc", "password", "zhoumin1"):
            with pytest.raises(ValidationError) as refused:
                validate_password(password, User(username="zhoumin", name="周敏"))
            assert not re.search(r"[A-Za-z]", " ".join(refused.value.messages))


# ---------------------------------------------------------------------- the pages

LANGUAGE_OF = {"zh_Hans": "zh-hans", "zh_Hant": "zh-hant"}


@each_locale
def test_what_is_translated_is_what_is_said(locale: str) -> None:
    """The compiled files are those of the present translations: scripts/prepare makes them."""
    with translation.override(LANGUAGE_OF[locale]):
        said = {message.id: gettext(message.id) for message in messages(locale) if isinstance(message.id, str)}
    assert {key: text for key, text in said.items() if text != translations(locale).get(key).string} == {}


class Said(HTMLParser):
    """Collects everything that a page shows or reads out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts |= {value.strip() for name, value in attrs if value and name in Words.READ_OUT}

    def handle_data(self, data: str) -> None:
        self.texts.add(data.strip())


@pytest.fixture
def client(zhou: StaffActor, client: Client) -> Client:
    """A browser in which the administrator, who reads 繁體中文, has signed in."""
    do(set_preferences, find(zhou, User, zhou.user_id), by=zhou, language="zh-hant")
    session = client.session
    session[USER], session[STAMP] = zhou.user_id, zhou.person.stamp
    session.save()
    return client


ADDRESSES = [
    *("sign-in", "notices", "jobs", "profile", "settings/stages", "settings/numbers", "search", "no-such-page"),
    *(f"{desk.slug}{page}" for desk in registry.desks() if desk.group for page in ("", "/new")),
    *("account?q=nothing", "account/export", "account/import", "account/1", "contact/1"),
    *("opportunity/board", "opportunity/1", "opportunity/1/edit"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_speaks_one_language(client: Client, address: str) -> None:
    answer = client.get(f"/{address}")
    while "Location" in answer:
        answer = client.get(answer["Location"])
    page = Said()
    page.feed(answer.content.decode())
    simplified = {text for message in messages("zh_Hans") for text in strings(message)}
    own = {text for message in messages("zh_Hant") for text in strings(message)}
    english = {
        text for text in page.texts if re.search(r"[a-z]{3,}", text) and not re.search(r"[\u4e00-\u9fff{]", text)
    }
    data = {
        *PROPER_NAMES,
        *STAFF,
        *ROLES,
        *(stage[0] for stage in STAGES),
        *(name for each in NAMES.values() for name in each),
    }
    assert page.texts & own, "the page says nothing"
    assert (page.texts & (simplified - own) | english) - data == set()
