"""Lists and records with the keys alone: where the focus is can always be seen, and it comes back from what it opened."""

import re

import pytest
from playwright.sync_api import Page, expect

#: What marks the focused element, itself or a part around it: told by what changes when the focus goes.
SEEN = """() => {
  const element = document.activeElement;
  const look = () => [element, element.parentElement, element.closest("label, .field, .composer, .combobox")]
    .filter(Boolean)
    .map((each) => getComputedStyle(each))
    .map((style) => [style.outline, style.boxShadow, style.borderColor, style.backgroundColor, style.insetInlineStart].join())
    .join();
  const focused = look();
  element.blur();
  const plain = look();
  element.focus({ focusVisible: true });
  return focused !== plain;
}"""


@pytest.fixture
def accounts(page: Page, sign_in) -> Page:
    sign_in(page)
    page.goto("/account?view=all")
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def row(page: Page, place: int):
    return page.locator("[data-row]").nth(place)


def stops(page: Page, most: int) -> list[str]:
    """What Tab reaches from the beginning of the page, each of it seen; the list ends where the browser's own bars begin."""
    found = []
    while len(found) < most:
        page.keyboard.press("Tab")
        name = page.evaluate(
            "document.activeElement === document.body ? '' : document.activeElement.outerHTML.slice(0, 120)"
        )
        if not name:
            break
        assert page.evaluate(SEEN), f"the focus cannot be seen on {name}"
        found.append(name)
    return found


def test_the_first_stop_leads_past_the_navigation(accounts: Page) -> None:
    press(accounts, "Tab")
    expect(accounts.locator(".skip")).to_be_focused()
    expect(accounts.locator(".skip")).to_be_in_viewport()
    press(accounts, "Enter", "Tab")
    assert accounts.evaluate("document.activeElement.closest('#main') !== null")


def test_the_focus_can_be_seen_wherever_tab_leads(accounts: Page) -> None:
    assert len(stops(accounts, most=40)) == 40  # every row has its stops
    accounts.goto(row(accounts, 0).locator("[data-open]").get_attribute("href"))
    assert len(stops(accounts, most=150)) > 40


def test_rows_are_walked_chosen_and_opened(accounts: Page) -> None:
    press(accounts, "j")
    expect(row(accounts, 0)).to_be_focused()
    assert accounts.evaluate(SEEN)
    press(accounts, "j", "ArrowDown", "k")
    expect(row(accounts, 1)).to_be_focused()
    press(accounts, "x")
    expect(row(accounts, 1)).to_have_attribute("aria-selected", "true")
    expect(accounts.locator("[data-bulk]")).to_be_visible()
    press(accounts, "Escape")
    expect(accounts.locator("[data-bulk]")).to_be_hidden()
    title = row(accounts, 1).locator("[data-open]").inner_text()
    press(accounts, "Enter")
    accounts.wait_for_url(re.compile(r"/account/\d+$"))
    expect(accounts.locator("h1")).to_contain_text(title.split("\n")[-1])


def test_a_value_is_edited_where_it_stands(accounts: Page) -> None:
    accounts.goto("/opportunity?view=all")
    press(accounts, "j", "e")
    editor = row(accounts, 0).locator("form.edit input:not([type=hidden])").first
    expect(editor).to_be_focused()
    before = editor.input_value()
    accounts.keyboard.type("改过的名称")
    press(accounts, "Enter")
    expect(row(accounts, 0).locator("[data-open]")).to_contain_text("改过的名称")
    expect(row(accounts, 0)).to_be_focused()
    press(accounts, "F2")
    expect(editor).to_have_value("改过的名称")
    accounts.keyboard.type("不保存")
    press(accounts, "Escape")
    expect(row(accounts, 0).locator("[data-open]")).to_contain_text("改过的名称")
    press(accounts, "F2")
    expect(editor).to_be_focused()
    accounts.keyboard.type(before)
    press(accounts, "Tab")  # saves, and goes on to the next cell
    expect(row(accounts, 0).locator("[data-open]")).to_contain_text(before)
    expect(row(accounts, 0).locator("td[data-cell]").nth(1).locator("form.edit")).to_be_visible()


def test_the_search_of_the_list_is_one_key_away(accounts: Page) -> None:
    press(accounts, "/")
    expect(accounts.locator(".find [type=search]")).to_be_focused()
    accounts.keyboard.type("恒砺")
    press(accounts, "Enter")
    accounts.wait_for_url(re.compile("q="))
    expect(row(accounts, 0)).to_contain_text("恒砺")


def test_g_and_a_letter_go_to_a_page(accounts: Page) -> None:
    press(accounts, "g", "p")
    accounts.wait_for_url("**/product")


def test_the_focus_comes_back_from_a_dialog(accounts: Page) -> None:
    dialog = accounts.locator("#dialog")
    press(accounts, "n")
    expect(dialog.locator("[name=name]")).to_be_focused()
    press(accounts, "Escape")
    expect(dialog).to_be_hidden()
    expect(accounts.locator("#new-record")).to_be_focused()
    accounts.locator("#new-record").blur()
    press(accounts, "j", "j", "n")
    expect(dialog.locator("[name=name]")).to_be_focused()
    press(accounts, "Escape")
    expect(row(accounts, 1)).to_be_focused()


def test_a_dialog_keeps_the_focus_and_asks_before_typed_text_is_left(accounts: Page) -> None:
    dialog, question = accounts.locator("#dialog"), accounts.locator("#confirm")
    press(accounts, "n")
    expect(dialog.locator("[name=name]")).to_be_focused()
    for _ in range(20):
        press(accounts, "Tab")
        assert accounts.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#dialog') !== null"
        )
    dialog.locator("[name=name]").focus()
    accounts.keyboard.type("还没保存")
    press(accounts, "Escape")
    expect(question).to_be_visible()
    press(accounts, "Escape")
    expect(question).to_be_hidden()
    expect(dialog.locator("[name=name]")).to_have_value("还没保存")
    press(accounts, "Escape")
    expect(question).to_be_visible()
    press(accounts, "Enter")
    expect(dialog).to_be_hidden()


def test_a_menu_gives_the_focus_back(accounts: Page) -> None:
    accounts.goto(row(accounts, 0).locator("[data-open]").get_attribute("href"))
    opener = accounts.locator(".acts [popovertarget]")
    opener.focus()
    press(accounts, "Enter")
    expect(accounts.locator(".menu:popover-open")).to_be_visible()
    press(accounts, "Tab")
    assert accounts.evaluate("document.activeElement.closest('.menu:popover-open') !== null")
    press(accounts, "Escape")
    expect(accounts.locator(".menu:popover-open")).to_have_count(0)
    expect(opener).to_be_focused()


def test_the_arrows_walk_through_a_menu(accounts: Page) -> None:
    accounts.goto(row(accounts, 0).locator("[data-open]").get_attribute("href"))
    accounts.locator(".acts [popovertarget]").focus()
    items = accounts.locator(".menu:popover-open .item")
    press(accounts, "Enter", "ArrowDown")
    expect(items.first).to_be_focused()
    press(accounts, "ArrowUp")
    expect(items.last).to_be_focused()
    press(accounts, "ArrowDown", "ArrowDown")
    expect(items.nth(1)).to_be_focused()


def test_what_can_be_done_with_chosen_rows_is_one_key_away(accounts: Page) -> None:
    press(accounts, "j", "x", "b")
    expect(accounts.locator("[data-bulk] button").first).to_be_focused()
    press(accounts, "Escape")
    expect(accounts.locator("[data-bulk]")).to_be_hidden()
    expect(row(accounts, 0)).to_be_focused()
    press(accounts, "b")
    expect(row(accounts, 0)).to_be_focused()  # nothing is chosen any more


def test_a_fact_of_a_record_is_edited_with_the_keys(accounts: Page) -> None:
    accounts.goto("/account?view=mine")
    accounts.goto(row(accounts, 0).locator("[data-open]").get_attribute("href"))
    cell = accounts.locator("dd[data-cell$='/field/address']")
    cell.focus()
    press(accounts, "Enter")
    expect(cell.locator("[name=address]")).to_be_focused()
    accounts.keyboard.type("只用键盘路 1 号")
    press(accounts, "Enter")
    expect(cell).to_have_text("只用键盘路 1 号")
    expect(cell).to_be_focused()


def test_a_record_moves_along_its_stages_with_the_keys(accounts: Page) -> None:
    accounts.goto("/opportunity?view=all&stage.kind.in=open")
    accounts.goto(row(accounts, 0).locator("[data-open]").get_attribute("href"))
    here = accounts.locator(".stages [aria-current=step]")
    before = here.inner_text()
    accounts.locator(".stages button").first.focus()
    assert accounts.evaluate(SEEN)
    press(accounts, "Enter")
    expect(here).not_to_have_text(before)


def test_records_are_walked_through_in_the_order_of_the_list(accounts: Page) -> None:
    """From the last record of a page on to the first of the next, and back; a page opened by itself has no neighbours."""
    names = accounts.locator("[data-row] [data-open]").evaluate_all("links => links.map((link) => link.pathname)")
    row(accounts, 1).locator("[data-open]").click()
    neighbours = accounts.locator("[data-neighbours]")
    expect(neighbours).to_be_visible()
    for key, place in (("j", 2), ("k", 1), ("k", 0)):
        press(accounts, key)
        accounts.wait_for_url(f"**{names[place]}")
        expect(neighbours).to_be_visible()
    expect(neighbours.locator("[rel=prev]")).to_have_attribute("aria-disabled", "true")
    accounts.goto("/account?view=all")
    row(accounts, len(names) - 1).locator("[data-open]").click()
    expect(neighbours.locator("[rel=next]")).to_have_attribute("href", re.compile(r"/account/\d+$"))
    press(accounts, "j")
    accounts.wait_for_url(lambda url: not url.endswith(names[-1]))
    expect(neighbours.locator("[rel=prev]")).to_have_attribute("href", names[-1])
    accounts.evaluate("sessionStorage.clear()")
    accounts.reload()
    expect(neighbours).to_be_hidden()
