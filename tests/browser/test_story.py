"""What a sales manager does in a week, click by click: an account, its people, a call, a deal won, and the way out."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect


@pytest.fixture
def desk(page: Page, sign_in) -> Page:
    """The page of 周敏, signed in."""
    sign_in(page)
    return page


def dialog(page: Page) -> Locator:
    return page.locator("#dialog")


def save(page: Page) -> None:
    """Save the dialog; it closes."""
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(dialog(page)).to_be_hidden()


def create(page: Page, slug: str, **values: str) -> str:
    """Make a record in the dialog of its list and open it; returns its address."""
    page.goto(f"/{slug}?view=all")
    page.keyboard.press("n")
    for name, value in values.items():
        dialog(page).locator(f"[name={name}]").fill(value)
    save(page)
    page.locator(".toast [data-link]").last.click()
    page.wait_for_url(re.compile(rf"/{slug}/\d+$"))
    return page.url


def choose(field: Locator, text: str) -> None:
    """Pick a record by its name, as somebody who types it."""
    field.fill(text)
    field.page.locator("[role=option][data-value]", has_text=text).first.wait_for()
    field.press("Enter")
    expect(field).to_have_value(text)


@pytest.mark.console_errors("422")
def test_a_wrong_phone_is_named_at_its_field_and_nothing_typed_is_lost(desk: Page) -> None:
    desk.goto("/account?view=all")
    desk.keyboard.press("n")
    form = dialog(desk)
    form.locator("[name=name]").fill("无锡一清水处理有限公司")
    form.locator("[name=phone]").fill("12ab")
    desk.keyboard.press("Control+Enter")
    expect(form.locator(".field:has([name=phone]) .field-error")).to_contain_text("12ab")
    expect(form.locator("[name=phone]")).to_be_focused()
    expect(form.locator("[name=name]")).to_have_value("无锡一清水处理有限公司")
    form.locator("[name=phone]").fill("0512 6528 7731")
    save(desk)
    expect(desk.locator("[data-row] [data-open]").first).to_contain_text("无锡一清水处理有限公司")


def test_from_the_account_to_its_first_deal(desk: Page) -> None:
    create(desk, "account", name="苏州启明气体有限公司", phone="0512 6628 1181")
    add_contact(desk, "王启明")
    log_call(desk)
    start_deal(desk, "启明空压站一期")
    desk.locator(".related-pane a", has_text="启明空压站一期").click()
    desk.wait_for_url(re.compile(r"/opportunity/\d+$"))
    amount = desk.locator("dd[data-cell$='/field/amount']")
    amount.click()
    amount.locator("input[name=amount]").fill("386万")
    amount.locator("input[name=amount]").press("Enter")
    expect(amount).to_contain_text("3,860,000.00")
    expect(desk.locator(".record-head .stats")).to_contain_text("386.0")
    expect(desk.locator(".timeline")).to_contain_text("3,860,000")


def add_contact(page: Page, name: str) -> None:
    """From the account's panel; the person is not known yet and is made on the way, in a tab of their own."""
    page.locator(".addable a", has_text="联系人").click()
    whom = dialog(page).locator("#f-contact")
    expect(whom).to_be_focused()
    whom.fill(name)
    with page.context.expect_page() as opened:
        page.locator("[data-create]").click()
    form = opened.value.locator("form.whole")
    expect(form.locator("[name=name]")).to_have_value(name)
    form.locator("[data-kind=primary]").click()
    opened.value.wait_for_url(re.compile(r"/contact/\d+$"))
    opened.value.close()
    choose(whom, name)
    dialog(page).locator("[name=title]").fill("设备经理")
    save(page)
    expect(page.locator(".related-pane .pane", has_text="联系人")).to_contain_text("设备经理")


def log_call(page: Page) -> None:
    composer = page.locator("form.composer")
    composer.locator("textarea").fill("首次通话，对 75 kW 感兴趣")
    choose(composer.locator(".whom [role=combobox]"), "王启明")
    composer.locator("summary").click()
    composer.locator("[name=next_step]").fill("寄样册")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("首次通话，对 75 kW 感兴趣")
    expect(composer.locator("textarea")).to_have_value("")
    expect(page.locator(".related-pane .pane", has_text="待办任务")).to_contain_text("寄样册")


def start_deal(page: Page, name: str) -> None:
    page.locator(".acts a[data-kind=primary]").click()
    expect(dialog(page).locator("#f-account")).to_have_value("苏州启明气体有限公司")
    dialog(page).locator("[name=name]").fill(name)
    save(page)
    expect(page.locator(".related-pane .pane", has_text="商机")).to_contain_text(name)


def test_deals_move_along_the_board_by_hand_and_by_keys(desk: Page) -> None:
    for name in ("用手移动的商机", "用键移动的商机"):
        create(desk, "opportunity", name=name)
    desk.goto("/opportunity/board?view=mine&sort=-stage_since")
    columns = desk.locator("ol[data-board-column]")
    by_hand, by_keys = (columns.nth(0).locator(".card", has_text=f"用{how}移动") for how in ("手", "键"))
    with desk.expect_response("**/do/move"):
        drag(desk, by_hand, columns.nth(1))
    expect(columns.nth(1).locator(".card", has_text="用手移动")).to_be_visible()
    by_keys.focus()
    with desk.expect_response("**/do/move"):
        desk.keyboard.press("Alt+ArrowRight")
    expect(columns.nth(1).locator(".card", has_text="用键移动")).to_be_focused()
    desk.reload()
    expect(columns.nth(1).locator(".card", has_text="移动的商机")).to_have_count(2)


def drag(page: Page, source: Locator, target: Locator) -> None:
    """As a hand does it: Sortable follows pointer events, and only after some way."""
    source.scroll_into_view_if_needed()
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 72, start["y"] + 24, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 60, steps=12)
    page.wait_for_timeout(100)  # one frame for the placeholder
    page.mouse.up()


@pytest.mark.console_errors("422")
def test_a_deal_is_won_only_with_an_account(desk: Page) -> None:
    create(desk, "opportunity", name="没有客户的商机", amount="12万")
    desk.locator(".stages button", has_text="赢单").click()
    account = dialog(desk).locator("[role=combobox]").first
    expect(account).to_be_visible()
    expect(desk.locator(".stages [aria-current=step]")).to_contain_text("初步接触")
    choose(account, "苏州恒砺精密机械有限公司")
    save(desk)
    expect(desk.locator(".stages [aria-current=step]")).to_contain_text("赢单")
    expect(desk.locator("dd[data-cell$='/field/account']")).to_contain_text("苏州恒砺精密机械有限公司")


def test_what_is_archived_comes_back_with_undo(desk: Page) -> None:
    address = create(desk, "account", name="误建客户有限公司")
    desk.locator(".acts [popovertarget]").click()
    desk.locator(".menu:popover-open .item", has_text="归档").click()
    save(desk)
    expect(desk.locator(".record-head .banner")).to_be_visible()
    desk.locator(".toast [data-undo]").last.click()
    expect(desk.locator(".record-head .banner")).to_be_hidden()
    desk.goto("/account?archived=1")
    expect(desk.locator(f"[data-open][href='{address[address.index('/account') :]}']")).to_have_count(0)


def test_a_name_is_found_by_the_initials_of_its_pinyin(desk: Page) -> None:
    create(desk, "account", name="徐州凌霄风机有限公司")
    desk.goto("/task")
    desk.keyboard.press("Control+k")
    desk.keyboard.type("xzlxfj")
    best = desk.locator("#palette-results [role=option][aria-selected=true]")
    expect(best).to_contain_text("徐州凌霄风机有限公司")
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text("徐州凌霄风机有限公司")


def test_language_and_theme_stay_as_chosen_and_signing_out_ends_it(open_page: Callable[..., Page], sign_in) -> None:
    page = open_page()
    sign_in(page)
    root = page.locator("html")
    try:
        choose_preference(page, "language", "en")
        expect(page.locator(".side")).to_contain_text("Opportunities")
        choose_preference(page, "theme", "dark")
        expect(root).to_have_attribute("data-theme", "dark")
        page.goto("/account")
        expect(root).to_have_attribute("lang", "en")
        expect(root).to_have_attribute("data-theme", "dark")
    finally:
        choose_preference(page, "theme", "auto")
        choose_preference(page, "language", "zh-Hans")
    page.locator(".brand").click()
    page.locator("#preferences form[action$='sign-out'] button").click()
    page.wait_for_url("**/sign-in*")
    page.goto("/account")
    assert "/sign-in" in page.url


def choose_preference(page: Page, name: str, value: str) -> None:
    page.locator(".brand").click()
    with page.expect_navigation():
        page.locator(f"#preferences button[name={name}][value={value}]").click()


@pytest.mark.console_errors("409")
def test_who_saves_second_sees_both_sides_and_chooses(open_page: Callable[..., Page], sign_in) -> None:
    mine, theirs = open_page(), open_page()
    sign_in(mine)
    sign_in(theirs, "fangzhiyuan")
    address = create(mine, "opportunity", name="两人同时编辑")
    for page in (mine, theirs):
        page.goto(f"{address}/edit")
    theirs.locator("[name=amount]").fill("50万")
    theirs.locator("[name=remark]").fill("赛飞动力也在报价")
    theirs.keyboard.press("Control+Enter")
    theirs.wait_for_url(address)
    mine.locator("[name=amount]").fill("60万")
    mine.locator("[name=next_step]").fill("约技术交流")
    mine.keyboard.press("Control+Enter")
    conflict = mine.locator(".conflict")
    expect(conflict).to_contain_text("60万")
    expect(conflict).to_contain_text("500,000")
    expect(conflict.locator("fieldset")).to_have_count(1)  # only where both changed the same field
    conflict.locator("[name=keep-amount][value=theirs]").check()
    mine.keyboard.press("Control+Enter")
    mine.wait_for_url(address)
    facts = mine.locator(".facts-pane")
    for kept in ("500,000", "赛飞动力也在报价", "约技术交流"):
        expect(facts).to_contain_text(kept)


@pytest.mark.console_errors("409")
def test_a_value_in_place_that_somebody_else_changed_shows_both(open_page: Callable[..., Page], sign_in) -> None:
    mine, theirs = open_page(), open_page()
    sign_in(mine)
    sign_in(theirs, "fangzhiyuan")
    address = create(mine, "opportunity", name="两人就地编辑")
    for page, amount in ((theirs, "50万"), (mine, "60万")):
        page.goto(address)
        page.locator("dd[data-cell$='/field/amount']").click()
        page.locator("dd input[name=amount]").fill(amount)
    for page in (theirs, mine):
        page.locator("dd input[name=amount]").press("Enter")
        expect(page.locator("dd form.edit")).to_have_count(0)
    conflict = mine.locator("dd .conflict")
    expect(conflict).to_contain_text("500,000")
    expect(conflict).to_contain_text("60万")
    conflict.locator("[data-kind=primary]").click()
    expect(mine.locator("dd[data-cell$='/field/amount']")).to_contain_text("600,000.00")
