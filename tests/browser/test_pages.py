"""Every kind of page on a desk and on a phone, in light and dark, in three languages: nothing breaks, everybody can use it."""

import os
import re
from collections.abc import Callable, Collection, Iterator

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect

from bihuan.site.settings import LOCALE_PATHS

ADMINISTRATOR = "fangzhiyuan"
OBJECTS = ("account", "contact", "lead", "opportunity", "campaign")
SETTINGS = ("stages", "choices", "users", "roles", "leads")
ADDRESSES = {
    "workbench": "/?scope=firm",
    "inbox": "/inbox",
    "calendar": "/calendar",
    "targets": "/targets",
    **{f"list of {name}": f"/{name}?view=all" for name in OBJECTS},
    "list in groups": "/opportunity?view=all&group=stage",
    "list with conditions": "/opportunity?view=mine",
    "list without rows": "/account?view=all&q=zzzz",
    "recycle bin": "/account?archived=1",
    "board": "/opportunity/board?view=all",
    "whole form": "/account/new",
    "import": "/account/import",
    "export": "/account/export",
    "profile": "/profile",
    "notices": "/notices",
    "long work": "/jobs",
    "no such page": "/account/999999",
    **{f"settings: {name}": f"/settings/{name}" for name in SETTINGS},
}
#: What a list of accounts can have open over it: the key that opens it, and where it is then.
OVERLAYS = {
    "form in the dialog": ("n", "#dialog form"),
    "palette": ("Control+k", "#palette-results [role=option]"),
    "list of keys": ("?", "#keys[open]"),
}
LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"
#: Device, theme and language; at which pages axe looks too, which takes as long as all the rest: in the short form at every other one.
EVEN, ODD = (range(1_000), range(1_000)) if LONG else (range(0, 1_000, 2), range(1, 1_000, 2))
VARIANTS = [
    ("desktop", "light", "zh-Hans", EVEN),
    ("desktop", "dark", "en", ()),
    ("phone", "light", "zh-Hans", ()),
    ("phone", "dark", "zh-Hant", ODD),
]
#: How many pages every variant must have looked at, so that a list above does not run empty in silence.
FLOOR = 38


@pytest.mark.console_errors("404")
@pytest.mark.parametrize(
    ("device", "theme", "language", "by_axe"), VARIANTS, ids=["-".join(each[:3]) for each in VARIANTS]
)
def test_every_page(
    open_page, sign_in, choose_language, violations, device: str, theme: str, language: str, by_axe: Collection[int]
) -> None:
    page = open_page(device=device, theme=theme, language=language)
    untranslated = english_sentences(language)
    faults, looked_at = [], 0
    for name in pages(page, sign_in, lambda: choose_language(page, language)):
        looked_at += 1
        found = [*clipped(page), *(text for text in words_of(page) if untranslated.fullmatch(text))]
        faults += [f"{name}: {each}" for each in found + (violations(page) if looked_at in by_axe else [])]
    print(f"{looked_at} pages on a {device}, {theme}, {language}")
    assert not faults, "\n".join(faults)
    assert looked_at >= FLOOR


def pages(page: Page, sign_in: Callable[..., None], signed_in: Callable[[], None]) -> Iterator[str]:
    """Opens one page after the other, and says which."""
    page.goto("/sign-in")
    yield "sign-in"
    sign_in(page, ADMINISTRATOR)
    signed_in()
    for name, address in ADDRESSES.items():
        page.goto(address)
        yield name
    for name in OBJECTS:
        page.goto(f"/{name}?view=all")
        record = page.locator("[data-row] [data-open]").first.get_attribute("href")
        page.goto(record)
        yield f"record of {name}"
        page.goto(f"{record}/edit")
        yield f"form of {name}"
    for name, (key, there) in OVERLAYS.items():
        page.goto("/account?view=all")
        page.keyboard.press(key)
        page.locator(there).first.wait_for()
        yield name


@pytest.fixture
def choose_language(page: Page, sign_in) -> Iterator[Callable[[Page, str], None]]:
    """Chooses the signed-in user's language; the administrator has theirs back in the end."""
    yield choose
    sign_in(page, ADMINISTRATOR)
    choose(page, "zh-Hans")


def choose(page: Page, language: str) -> None:
    page.goto("/profile")
    page.locator("select[name=language]").select_option(language.lower())
    page.locator("form:has([name=language]) [data-kind=primary]").click()
    page.wait_for_function("wanted => document.documentElement.lang === wanted", arg=language)


def clipped(page: Page) -> list[str]:
    """What lies beyond the right edge of the screen, and heads of columns that are cut short."""
    # not innerWidth: a phone's browser widens it to what the page needs
    return page.evaluate(
        """(width) => {
          const found = [];
          const extra = document.scrollingElement.scrollWidth - width;
          if (extra > 0) found.push(`the page is ${extra} px too wide`);
          const cut = (each) => each.clientWidth > 1 && each.checkVisibility() && each.scrollWidth > each.clientWidth;
          for (const each of document.querySelectorAll("th, .btn > .t, legend, .tabs > a"))
            if (cut(each)) found.push(`cut short: ${each.textContent.trim()}`);
          const outside = (each) => each.checkVisibility() && each.getBoundingClientRect().right > width + 1;
          for (const each of document.querySelectorAll(".bar > *, .record-head .acts > *, form footer > *, .tabbar > *"))
            if (outside(each)) found.push(`beyond the edge: ${each.textContent.trim()}`);
          return found;
        }""",
        page.viewport_size["width"],
    )


def words_of(page: Page) -> list[str]:
    """Every text of the page, seen or read out, but for what says that it is English."""
    return page.evaluate(
        """() => {
          const texts = new Set();
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode())
            if (!walker.currentNode.parentElement.closest("[lang=en]")) texts.add(walker.currentNode.data.trim());
          for (const name of ["aria-label", "placeholder", "title"])
            for (const each of document.querySelectorAll(`[${name}]:not([lang=en])`)) texts.add(each.getAttribute(name).trim());
          return [...texts].filter(Boolean);
        }"""
    )


def english_sentences(language: str) -> re.Pattern[str]:
    """Fits a text that stands in English where the catalogue has another for it; nothing fits in English."""
    if language == "en":
        return re.compile("(?!)")
    catalog = LOCALE_PATHS[0] / language.replace("-", "_") / "LC_MESSAGES" / "django.po"
    with catalog.open("rb") as file:
        messages = [each for each in read_po(file) if each.id]
    pairs = [pair for each in messages for pair in zip(forms(each.id), forms(each.string) * 2, strict=False)]
    return re.compile("|".join(pattern(english) for english, ours in pairs if english != ours), re.IGNORECASE)


def forms(texts: str | tuple[str, ...]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def pattern(sentence: str) -> str:
    """The sentence with anything where its placeholders are."""
    pieces = re.split(r"%\(\w+\)[sd]|\{\w+\}|%[sd]", sentence)
    return (
        ".+".join(re.escape(piece) for piece in pieces)
        if any(re.search("[a-z]{2}", each) for each in pieces)
        else "(?!)"
    )


def test_paper_shows_what_the_screen_does(page: Page, sign_in) -> None:
    """A list with its title and every column whole, a record with its facts as well as its timeline."""
    sign_in(page, ADMINISTRATOR)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 980})  # A4 between its margins
    page.goto("/account?view=all")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("td.pick, tbody .phone-only").filter(visible=True)).to_have_count(0)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 690
    assert page.locator("tbody td").evaluate_all(
        "cells => cells.filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > 691).length"
    ) == 0  # fmt: skip
    page.goto(page.locator("[data-open]").first.get_attribute("href"))
    for part in (".record-head", ".facts-pane", ".stream"):
        expect(page.locator(part).first).to_be_visible()
    expect(page.locator(".composer").first).to_be_hidden()


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_every_kind_of_touch_lies_within_the_composer(open_page, sign_in, device: str) -> None:
    page = open_page(device)
    sign_in(page)
    page.goto("/account/1")
    kinds = page.locator("form.composer .marks")
    expect(kinds.locator("[value=note]")).to_have_count(1)
    assert kinds.evaluate("row => row.scrollWidth - row.clientWidth") == 0
