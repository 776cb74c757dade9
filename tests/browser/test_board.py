"""The board as people use it: cards moved by hand and by keys, and what the server says to that."""

import re

import pytest
from playwright.sync_api import Page, expect

BOARD = "/opportunity/board?view=all"
ADMINISTRATOR = "fangzhiyuan"


@pytest.fixture
def board(page: Page, sign_in) -> Page:
    sign_in(page, ADMINISTRATOR)
    page.goto(BOARD)
    expect(page.locator("#board")).to_be_visible()
    return page


def column(page: Page, place: int):
    return page.locator("ol[data-board-column]").nth(place)


def count(page: Page, place: int) -> int:
    return int(page.locator("#board > section > header .num.muted").nth(place).inner_text())


def drag(page: Page, source, target) -> None:
    """As a hand does it: Sortable follows pointer events, and only after some way."""
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 72, start["y"] + 24, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 60, steps=12)
    page.wait_for_timeout(100)  # one frame for the placeholder
    page.mouse.up()


def test_keys_move_a_card_and_the_heads_follow(board: Page) -> None:
    card = column(board, 0).locator(".card").first
    name, before = card.get_attribute("id"), (count(board, 0), count(board, 1))
    card.focus()
    board.keyboard.press("Alt+ArrowRight")
    moved = column(board, 1).locator(f"#{name}")
    expect(moved).to_be_focused()
    expect(board.locator("#board > section > header .num.muted").nth(1)).to_have_text(str(before[1] + 1))
    assert count(board, 0) == before[0] - 1
    expect(moved.locator(".age")).to_contain_text("0")  # it has just come here
    board.reload()
    column_of_it = board.locator(f"ol[data-board-column]:has(#{name})")
    assert column_of_it.count() == 0 or column_of_it.get_attribute("data-board-column") == column(
        board, 1
    ).get_attribute("data-board-column")


def test_a_card_is_dragged_to_another_column(board: Page) -> None:
    card = column(board, 2).locator(".card").first
    name, before = card.get_attribute("id"), count(board, 3)
    drag(board, card, column(board, 3))
    expect(column(board, 3).locator(f"#{name}")).to_be_visible()
    expect(board.locator("#board > section > header .num.muted").nth(3)).to_have_text(str(before + 1))


def test_a_card_dropped_on_a_rail_closes_the_deal(board: Page) -> None:
    card = column(board, 4).locator(".card").first
    name = card.get_attribute("id")
    rail = board.locator("[data-rail]").first
    before = int(re.search(r"\d+", rail.inner_text()).group())
    drag(board, card, rail)
    expect(board.locator(f"#{name}")).to_have_count(0)
    expect(rail).to_contain_text(str(before + 1))


@pytest.mark.console_errors("422")
def test_a_move_that_needs_more_asks_for_it_and_the_card_waits_at_home(board: Page) -> None:
    board.locator(".toolbar a[href*='/settings/stages/']").click()
    board.goto(f"{board.url}?stage=needs_confirmed")
    asked = board.locator("#rules input[name=required][value=next_step]")
    asked.check()
    board.locator("#rules [data-kind=primary]").click()
    board.goto(BOARD)
    card = column(board, 0).locator(".card:not(:has(.next))").first
    name = card.get_attribute("id")
    card.focus()
    board.keyboard.press("Alt+ArrowRight")
    dialog = board.locator("#dialog")
    expect(dialog.locator("[name=next_step]")).to_be_visible()
    expect(column(board, 0).locator(f"#{name}")).to_have_count(1)
    dialog.locator("[name=next_step]").fill("约技术交流")
    board.keyboard.press("Control+Enter")
    expect(dialog).to_be_hidden()
    expect(column(board, 1).locator(f"#{name}")).to_contain_text("约技术交流")
    board.locator(".toolbar a[href*='/settings/stages/']").click()
    board.goto(f"{board.url}?stage=needs_confirmed")
    board.locator("#rules input[name=required][value=next_step]").uncheck()
    board.locator("#rules [data-kind=primary]").click()


def test_more_cards_come_below_the_first(board: Page) -> None:
    board.locator("[data-rail] > a").first.click()  # of won deals there are more than a column shows
    expect(column(board, 5)).to_be_visible()
    more = board.locator("li[id^=more-]").last
    stage = more.get_attribute("id").removeprefix("more-")
    cards = board.locator(f"ol[data-board-column='{stage}'] .card")
    shown = cards.count()
    more.locator("a").click()
    expect(cards.nth(shown)).to_be_attached()


def test_a_closed_stage_opens_from_its_rail(board: Page) -> None:
    board.locator("[data-rail] > a").first.click()
    board.wait_for_url(re.compile("open="))
    expect(column(board, 5).locator(".card").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_everybody_can_use_the_board(open_page, sign_in, violations, device: str, theme: str) -> None:
    page = open_page(device=device, theme=theme)
    sign_in(page, ADMINISTRATOR)
    page.goto(BOARD)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_move_is_taken_back_from_the_toast(board: Page) -> None:
    card = column(board, 0).locator(".card").first
    name, before = card.get_attribute("id"), count(board, 0)
    card.focus()
    board.keyboard.press("Alt+ArrowRight")
    expect(column(board, 1).locator(f"#{name}")).to_be_visible()
    board.locator(".toast [data-undo]").last.click()
    expect(column(board, 0).locator(f"#{name}")).to_be_visible()
    expect(board.locator("#board > section > header .num.muted").first).to_have_text(str(before))


@pytest.mark.console_errors("409")
def test_a_card_that_somebody_else_moved_goes_where_it_is_now(board: Page) -> None:
    card = column(board, 0).locator(".card").first
    name = card.get_attribute("id")
    other = board.context.new_page()
    other.goto(BOARD)
    other.locator(f"#{name}").focus()
    other.keyboard.press("Alt+ArrowRight")
    expect(column(other, 1).locator(f"#{name}")).to_be_visible()
    drag(board, card, column(board, 3))
    expect(column(board, 1).locator(f"#{name}")).to_be_visible()
    expect(board.locator(".toast[data-kind=danger]")).to_be_visible()


def test_columns_out_of_reach_say_so_before_the_drop(board: Page) -> None:
    rollback(board, "never")
    card = column(board, 2).locator(".card").first
    name, start = card.get_attribute("id"), card.bounding_box()
    board.mouse.move(start["x"] + 60, start["y"] + 12)
    board.mouse.down()
    board.mouse.move(start["x"] + 80, start["y"] + 30, steps=5)
    expect(board.locator("ol[data-bar]")).to_have_count(2)
    assert column(board, 3).get_attribute("data-bar") is None
    end = column(board, 0).bounding_box()
    board.mouse.move(end["x"] + 80, end["y"] + 80, steps=12)
    board.wait_for_timeout(100)  # one frame for the placeholder
    board.mouse.up()
    expect(column(board, 2).locator(f"#{name}")).to_be_visible()
    expect(board.locator("[data-bar]")).to_have_count(0)
    column(board, 2).locator(f"#{name}").focus()
    board.keyboard.press("Alt+ArrowLeft")
    expect(board.locator("#toasts .toast")).to_be_visible()
    expect(column(board, 2).locator(f"#{name}")).to_be_visible()
    rollback(board, "free")


def rollback(board: Page, way: str) -> None:
    board.goto("/settings/stages")
    board.locator("[name=rollback]").select_option(way)
    board.locator("form:has([name=rollback]) button").click()
    board.goto(BOARD)
