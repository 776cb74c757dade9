"""The first half of the loop, click by click: from a campaign to a deal that is won, through the pool, and people who are one."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_story import choose, create, dialog, drag, save

ADMINISTRATOR = "fangzhiyuan"
PATIENCE = 8  # seconds for the worker to do what was queued


@pytest.fixture
def desk(page: Page, sign_in) -> Page:
    """The page of somebody who sees the whole firm."""
    sign_in(page, ADMINISTRATOR)
    return page


def fact(page: Page, name: str) -> Locator:
    """A field among the facts of a record."""
    return page.locator(f"dd[data-cell$='/field/{name}']")


def reload_until(page: Page, seen: Callable[[], bool]) -> None:
    """What the worker does shows when the page is asked for again."""
    deadline = time.monotonic() + PATIENCE
    while not seen() and time.monotonic() < deadline:
        page.wait_for_timeout(300)
        page.reload()
    assert seen()


def flow(page: Page) -> list[int]:
    """How many campaigns, leads, contacts, accounts and opportunities the workbench counts this month in the whole firm."""
    page.goto("/?scope=firm&in=this_month")
    return [int(page.locator(".loop .node b").nth(place).inner_text().replace(",", "")) for place in range(5)]


def test_from_a_campaign_to_a_deal_that_is_won(desk: Page, open_page: Callable[..., Page]) -> None:
    before = flow(desk)
    form = start_campaign(desk)
    fill_in(open_page("phone"), form)
    desk.goto("/lead?q=宁海节能泵业")
    found = desk.locator("[data-row] [data-open]")
    reload_until(desk, lambda: found.count() > 0)
    found.click()
    owner = desk.locator(".record-head .avatar")
    reload_until(desk, lambda: owner.count() > 0)  # the rules have found somebody
    expect(fact(desk, "campaign")).to_contain_text("压缩空气节能月")
    log_call(desk)
    convert(desk)
    win(desk)
    after = flow(desk)
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1, 1, 1]


def start_campaign(page: Page) -> str:
    """A campaign under way with a form of its own that asks browsers for work; returns the form's address."""
    campaign = create(page, "campaign", name="压缩空气节能月")
    page.locator(".acts button", has_text="开始").click()
    expect(page.locator(".record-head")).to_contain_text("进行中")
    page.goto(f"/leadform/new?campaign={campaign.rpartition('/')[2]}")
    page.locator("[name=name]").fill("领取节能手册")
    page.locator("input[type=checkbox][name=proof]").check()
    page.locator("form.whole [data-kind=primary]").click()
    page.wait_for_url(re.compile(r"/leadform/\d+$"))
    page.goto(f"{page.url}/share")
    return page.locator("a", has_text="打开页面").get_attribute("href") or ""


def fill_in(phone: Page, address: str) -> None:
    """Somebody with a phone asks for the brochure."""
    phone.goto(address)
    phone.wait_for_timeout(2100)  # whoever is quicker is taken for a machine
    for name, text in (
        ("name", "何静"),
        ("mobile", "138 0562 7749"),
        ("company", "宁海节能泵业"),
        ("demand", "75 kW 空压机两台"),
    ):
        phone.locator(f"[name={name}]").fill(text)
    phone.locator("button[type=submit], form button").last.click()
    expect(phone.locator("body")).to_contain_text("谢谢", timeout=30_000)  # its browser has a sum to do first
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def log_call(page: Page) -> None:
    composer = page.locator("form.composer")
    composer.locator("textarea").fill("电话确认：两台 75 kW，年底前要")
    composer.locator("summary").click()
    composer.locator("[name=next_step]").fill("发选型表")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("年底前要")


def convert(page: Page) -> None:
    """Into a contact, an account and a deal, whose page is open then."""
    page.locator(".acts a", has_text="转化").click()
    dialog(page).locator("[name=opportunity_name]").fill("宁海节能改造一期")
    dialog(page).locator("[name=budget]").fill("86万")
    save(page)
    expect(fact(page, "stage")).to_contain_text("已转化")
    page.locator("a", has_text="宁海节能改造一期").first.click()
    page.wait_for_url(re.compile(r"/opportunity/\d+$"))
    expect(page.locator(".timeline")).to_contain_text("年底前要")


def win(page: Page) -> None:
    """Along the board by hand and by keys, and won on its page, with the reason."""
    address = page.url
    page.goto("/opportunity/board?q=宁海节能改造一期")
    columns = page.locator("ol[data-board-column]")
    card = page.locator(".card", has_text="宁海节能改造一期")
    with page.expect_response("**/do/move"):
        drag(page, card, columns.nth(1))
    for place in (2, 3):
        columns.nth(place - 1).locator(".card").focus()
        with page.expect_response("**/do/move"):
            page.keyboard.press("Alt+ArrowRight")
        expect(columns.nth(place).locator(".card")).to_be_focused()
    page.goto(address)
    page.locator(".stages button", has_text="赢单").click()
    expect(page.locator(".stages [aria-current=step]")).to_contain_text("赢单")
    fact(page, "win_reason").click()
    fact(page, "win_reason").locator("select").select_option(label="服务")
    page.keyboard.press("Enter")
    expect(fact(page, "win_reason")).to_contain_text("服务")
    expect(page.locator(".passages li")).to_have_count(5)  # each stage that it came through, the present one too


@pytest.mark.console_errors("422")
def test_a_lead_goes_back_to_the_pool_and_a_colleague_claims_it(open_page: Callable[..., Page], sign_in) -> None:
    mine, theirs = open_page(), open_page()
    sign_in(mine, "luziang")
    sign_in(theirs, "linguanyu")
    create(mine, "lead", company="昆山停产电镀厂", mobile="139 1552 0031")
    mine.locator(".acts [popovertarget]").click()
    mine.locator(".menu:popover-open .item", has_text="退回公海").click()
    dialog(mine).locator("[name=pool_reason]").select_option(label="暂无需求")
    save(mine)
    expect(mine.locator(".record-head")).to_contain_text("线索公海")
    expect(mine.locator(".record-head")).not_to_contain_text("天回收")  # what lies in a pool does not fall
    mine.locator(".acts :is(a, button)", has_text="领取").click()
    expect(mine.locator("body")).to_contain_text("您是前负责人")
    theirs.goto("/lead?view=pool")
    theirs.locator("[data-row] [data-open]", has_text="昆山停产电镀厂").click()
    theirs.locator(".acts :is(a, button)", has_text="領取").click()
    expect(theirs.locator(".record-head")).to_contain_text("林冠宇")
    theirs.goto("/lead?view=mine")
    expect(theirs.locator("[data-row]", has_text="昆山停产电镀厂")).to_have_count(1)
    mine.goto("/lead?view=pool")
    expect(mine.locator("[data-row]", has_text="昆山停产电镀厂")).to_have_count(0)


@pytest.mark.console_errors("422")
def test_a_joint_account_of_two_people_and_one_of_them_known_twice(desk: Page) -> None:
    mobiles = {"钱学礼": "136 1620 7781", "孙婉清": "136 1620 7782"}
    people = {name: create(desk, "contact", name=name, mobile=mobile) for name, mobile in mobiles.items()}
    desk.goto("/account/new")
    desk.locator("[name=name]").fill("钱学礼与孙婉清")
    desk.locator("[name=kind]").select_option(label="联名")
    desk.locator("form.whole > footer [data-kind=primary]").click()
    desk.wait_for_url(re.compile(r"/account/\d+$"))
    account = desk.url
    for name, share in (("钱学礼", "60"), ("孙婉清", "40")):
        desk.goto(f"/accountcontact/new?account={account.rpartition('/')[2]}")
        choose(desk.locator("#f-contact"), name)
        desk.locator("[name=share]").fill(share)
        desk.locator("form.whole > footer [data-kind=primary]").click()
        desk.wait_for_url(re.compile(r"/accountcontact/\d+$"))
    desk.goto(account)
    for name in people:
        expect(desk.locator(".related-pane .pane", has_text="联系人")).to_contain_text(name)
    again = meet_again(desk, "孙婉清", mobiles["孙婉清"])
    merge(desk, again)
    expect(desk.locator("h1")).to_contain_text("孙婉清")
    expect(desk.locator(".related-pane")).to_contain_text("钱学礼与孙婉清")
    stays = desk.url
    desk.goto(again if stays != again else people["孙婉清"])
    expect(desk).to_have_url(stays)
    desk.goto("/contact/duplicates?tab=merged")
    desk.locator(".twin button[name=merge]").first.click()
    for address in (again, people["孙婉清"]):
        desk.goto(address)
        expect(desk).to_have_url(address)


def meet_again(page: Page, name: str, mobile: str) -> str:
    """Somebody enters the same person once more, told that they are there; returns the address of the second record."""
    page.goto("/contact/new")
    page.locator("[name=name]").fill(name)
    page.locator("[name=mobile]").fill(mobile)
    page.locator("form.whole > footer [data-kind=primary]").click()
    page.locator(".likely [name=anyway]").check()
    page.locator("form.whole > footer [data-kind=primary]").click()
    page.wait_for_url(re.compile(r"/contact/\d+$"))
    return page.url


def merge(page: Page, address: str) -> None:
    page.goto(address.replace("/contact/", "/contact/duplicates?of="))
    page.locator(".twin a[href*='/merge?']").first.click()
    page.locator("form.whole > footer [data-kind=primary]").click()
    page.wait_for_url(re.compile(r"/contact/\d+$"))
