"""Brings both translations up to date with the source:

    .venv/bin/python scripts/messages.py

Every msgid of the source gets a place in both .po files; those that are gone from the source go from the files. What
zh_Hant lacks is drafted from zh_Hans and marked fuzzy until a person has read it; what a person wrote is never touched.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
import opencc
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "bihuan"
LOCALE = SOURCE / "locale"
#: What people see of Django. Its app for users is not installed, and neither are that app's translations.
DJANGO = Path(django.__file__).parent / "contrib" / "auth" / "password_validation.py"
#: Calls that mark a string, with the places of their texts. A module whose `_` is lazy calls the immediate one `_now`; a
#: notice is kept as its msgid, the second argument of `tell` and `notice`.
MARKS = {
    **dict.fromkeys(("_", "_now", "gettext", "gettext_lazy", "gettext_noop"), (0,)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (0, 1)),
    "tell": (1,),
    "notice": (1,),
}


def extracted() -> Catalog:
    """Every string of the source that people see."""
    found = Catalog(project="Bihuan", charset="utf-8")
    for path in (DJANGO, *sorted(SOURCE.rglob("*.py"))):
        if not {"tests", "migrations"} & set(path.parts):
            for line, msgid in in_module(ast.parse(path.read_text(encoding="utf-8"))):
                found.add(msgid, "", [(_name(path), line)])
    jinja = {"trim_blocks": "true", "newstyle_gettext": "true"}
    for name, line, msgid, *_ in extract_from_dir(SOURCE, [("**/templates/**.html", "jinja2")], {"**.html": jinja}):
        found.add(msgid, "", [(name, line)])
    return found


def in_module(tree: ast.Module) -> Iterator[tuple[int, str | tuple[str, ...]]]:
    """Marked strings, in f-strings too, and the docstrings of commands, which their forms show."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in MARKS:
                places = MARKS[name]
                given = (each.value for each in node.args[places[0] : places[-1] + 1] if isinstance(each, ast.Constant))
                texts = tuple(each for each in given if isinstance(each, str))
                if len(texts) == len(places):
                    yield node.lineno, texts if len(texts) > 1 else texts[0]
            case ast.FunctionDef() if any("command(" in ast.unparse(each) for each in node.decorator_list):
                yield node.lineno, ast.get_docstring(node) or ""


def _name(path: Path) -> str:
    return path.relative_to(SOURCE if path.is_relative_to(SOURCE) else DJANGO.parents[3]).as_posix()


def path_of(locale: str) -> Path:
    return LOCALE / locale / "LC_MESSAGES" / "django.po"


def translated(locale: str) -> Catalog:
    """The translation into one language as its file holds it."""
    with path_of(locale).open("rb") as file:
        return read_po(file, locale=locale)


def strings(message: Message) -> list[str]:
    """What is shown: one text, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


@cache
def glossary() -> dict[str, str]:
    """Fixed terms: the word of zh-Hans → the word of zh-Hant, the longest first."""
    lines = (LOCALE / "glossary.txt").read_text(encoding="utf-8").splitlines()
    terms = dict(line.split() for line in lines if line and not line.startswith("#"))
    return dict(sorted(terms.items(), key=lambda term: -len(term[0])))


def traditional(text: str) -> str:
    """A draft in Taiwan's words: the glossary's terms as they stand there, the rest by OpenCC."""
    term = re.compile("|".join(map(re.escape, glossary())))
    parts, last = [], 0
    for match in term.finditer(text):
        parts += [_taiwan().convert(text[last : match.start()]), glossary()[match[0]]]
        last = match.end()
    return "".join([*parts, _taiwan().convert(text[last:])])


@cache
def _taiwan() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")


def draft(message: Message, original: Message) -> None:
    """Fill a message that nobody has translated, and mark it for a person to read."""
    if any(strings(message)) or not any(strings(original)):
        return
    drafts = [traditional(each) for each in strings(original)]
    message.string = drafts[0] if isinstance(message.id, str) else drafts
    message.flags.add("fuzzy")


def main() -> None:
    source = extracted()
    simplified, taiwanese = translated("zh_Hans"), translated("zh_Hant")
    for catalog in (simplified, taiwanese):
        catalog.update(source, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    for message in taiwanese:
        if message.id:
            draft(message, simplified.get(message.id, message.context))
    for catalog in (simplified, taiwanese):
        with path_of(str(catalog.locale)).open("wb") as file:
            write_po(file, catalog, width=0, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
        waiting = [message.id for message in catalog if message.id and (message.fuzzy or not all(strings(message)))]
        print(f"{catalog.locale}: {len(catalog)} strings, {len(waiting)} to do", *waiting, sep="\n  ")


if __name__ == "__main__":
    main()
