"""The calendar as people use it: entries carried to another day by hand and by keys, and colleagues named in a text."""

from __future__ import annotations

import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.browser.test_board import drag


def put_task(page: Page, title: str, at: str) -> None:
    page.goto("/task/new")
    page.locator("[name=title]").fill(title)
    page.locator("[name=due_at]").fill(at)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/task/\d+"))


def test_an_entry_is_carried_to_another_day_by_hand_and_to_another_time_by_keys(page: Page, sign_in) -> None:
    sign_in(page)
    monday = date(2031, 3, 17)
    put_task(page, "搬动的事", f"{monday}T09:30")
    page.goto(f"/calendar?on={monday}")
    days = page.locator("[data-day]")
    entry = page.locator("[data-move-url]:not([aria-busy])", has_text="搬动的事")
    drag(page, entry, days.nth(2))
    expect(days.nth(2).locator(entry)).to_contain_text("09:30")
    entry.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(entry).to_contain_text("10:00")
    expect(entry).to_be_focused()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Alt+ArrowLeft")
    expect(days.nth(1).locator(entry)).to_be_focused()
    page.goto(f"/calendar?show=month&on={monday}")
    tuesday = page.locator(f"[data-day='{monday + timedelta(1)}']")
    expect(tuesday).to_contain_text("10:00")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        drag(page, tuesday.locator("[data-move-url]"), page.locator(f"[data-day='{monday + timedelta(8)}']"))
    expect(page.locator(f"[data-day='{monday + timedelta(8)}']")).to_contain_text("搬动的事")
    page.reload()
    expect(page.locator(f"[data-day='{monday + timedelta(8)}']")).to_contain_text("10:00")


def test_a_colleague_is_named_in_the_composer(page: Page, sign_in, violations) -> None:
    sign_in(page)
    page.goto("/account?view=all")
    page.goto(page.locator("tbody a[href^='/account/']").first.get_attribute("href"))
    text = page.locator(".composer textarea")
    text.click()
    text.press_sequentially("请 @")
    offered = page.locator(".composer [role=listbox] [role=option]")
    expect(offered.first).to_be_visible()
    name = offered.first.get_attribute("data-label")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(text).to_have_value(f"请 @{name} ")
    expect(offered.first).to_be_hidden()


def test_the_timeline_is_narrowed_while_one_types_and_by_a_person(page: Page, sign_in, violations) -> None:
    sign_in(page)
    page.goto("/account?view=all")
    page.goto(page.locator("tbody a[href^='/account/']").first.get_attribute("href"))
    for text in ("问了露点的要求", "问了交期"):
        page.locator(".composer textarea").fill(text)
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.locator(".composer [data-kind=primary]").click()
        expect(page.locator(".timeline article").first).to_contain_text(text)
    entries, search = page.locator(".timeline article"), page.locator(".narrow [name=q]")
    search.press_sequentially("露点的要求")
    expect(entries).to_have_count(1)
    expect(search).to_be_focused()
    assert violations(page) == []
    search.fill("没有这样的话")
    expect(entries).to_have_count(0)
    search.fill("问了")
    expect(entries).to_have_count(2)
    person = page.locator(".narrow [role=combobox]")
    person.click()
    person.press_sequentially("陆子昂")
    expect(page.locator(".narrow [role=option]")).to_have_count(1)
    person.press("Enter")
    expect(entries).to_have_count(0)
    person.fill("")
    search.focus()
    expect(entries).to_have_count(2)
