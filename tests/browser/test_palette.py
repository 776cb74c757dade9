"""The command palette: one key from every page to every record, page and command."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect


@pytest.fixture
def palette(page: Page, sign_in) -> Page:
    """The palette, open over a list."""
    sign_in(page)
    page.goto("/account?view=all")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-field")).to_be_focused()
    expect(options(page).first).to_be_visible()
    return page


def options(page: Page) -> Locator:
    return page.locator("#palette-results [role=option]:not([aria-disabled])")


def active(page: Page) -> Locator:
    return page.locator("#palette-results [role=option][aria-selected=true]")


def look_for(page: Page, text: str) -> None:
    """Type it, and wait until the results are those for it."""
    with page.expect_response(re.compile("/search")):
        page.locator("#palette-field").fill(text)
    page.wait_for_timeout(50)  # for the swap


def test_the_arrows_walk_the_results_and_screen_readers_hear_of_it(palette: Page) -> None:
    expect(active(palette)).to_have_count(1)
    first = active(palette).inner_text()
    palette.keyboard.press("ArrowDown")
    assert active(palette).inner_text() != first
    named = palette.locator("#palette-field").get_attribute("aria-activedescendant")
    assert active(palette).get_attribute("id") == named
    palette.keyboard.press("ArrowUp")
    palette.keyboard.press("ArrowUp")  # from the first to the last
    expect(options(palette).last).to_have_attribute("aria-selected", "true")
    expect(options(palette).last).to_be_in_viewport()


@pytest.mark.parametrize("typed", ["恒砺", "hengli", "hljm", "苏州恒砺"])
def test_a_firm_is_found_by_part_of_its_name_and_by_its_pinyin(palette: Page, typed: str) -> None:
    look_for(palette, typed)
    expect(palette.locator("#palette-results")).to_contain_text("苏州恒砺精密机械有限公司")


def test_enter_opens_the_best_result(palette: Page) -> None:
    look_for(palette, "苏州恒砺精密机械有限公司")
    palette.keyboard.press("Enter")
    palette.wait_for_url(re.compile(r"/account/\d+$"))
    expect(palette.locator("h1")).to_have_text("苏州恒砺精密机械有限公司")


def test_control_and_enter_open_it_in_a_tab_of_its_own(palette: Page) -> None:
    look_for(palette, "苏州恒砺精密机械有限公司")
    with palette.context.expect_page() as opened:
        palette.keyboard.press("Control+Enter")
    opened.value.wait_for_url(re.compile(r"/account/\d+$"))
    assert palette.url.endswith("/account?view=all")


def test_a_number_finds_its_record(palette: Page) -> None:
    look_for(palette, "#AC-00001")
    expect(options(palette)).to_have_count(1)


def test_people_commands_and_pages(palette: Page) -> None:
    look_for(palette, "@李")
    assert options(palette).count() > 0
    links = options(palette).evaluate_all("all => all.map((each) => new URL(each.href).pathname)")
    assert all(re.match(r"/(contact|user)/\d+$", link) for link in links)
    look_for(palette, ">")
    assert options(palette).count() > 5
    look_for(palette, ">任务")
    assert options(palette).count() == 2  # a new one, and their list


def test_a_command_opens_its_form_over_the_page_it_was_called_from(palette: Page) -> None:
    look_for(palette, ">新建商机")
    palette.keyboard.press("Enter")
    expect(palette.locator("#palette")).to_be_hidden()
    expect(palette.locator("#dialog [name=name]")).to_be_focused()
    assert palette.url.endswith("/account?view=all")


def test_what_is_not_there_is_said(palette: Page) -> None:
    look_for(palette, "没有这样的记录xyz")
    expect(options(palette)).to_have_count(0)
    expect(palette.locator("#palette-results")).to_contain_text("没有找到")
    palette.keyboard.press("Enter")
    expect(palette.locator("#palette")).to_be_visible()


def test_escape_closes_it_and_the_focus_is_where_it_was(page: Page, sign_in) -> None:
    sign_in(page)
    page.goto("/account?view=all")
    page.keyboard.press("j")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-field")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("[data-row]").first).to_be_focused()


def test_what_one_may_not_see_is_not_found(page: Page, sign_in) -> None:
    sign_in(page, "linguanyu")
    page.goto("/account?view=all")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-field")).to_be_focused()
    look_for(page, "苏州恒砺精密机械")
    expect(page.locator("#palette-results")).not_to_contain_text("苏州恒砺精密机械有限公司")
