"""Likely duplicates as people meet them: told while they type, found, merged, and the merge taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

THERE, TYPED = "苏州恒砺精密机械有限公司", "恒礪精密機械"


@pytest.mark.parametrize("dialog", [True, False])
def test_told_while_typing(page: Page, sign_in, violations, dialog: bool) -> None:
    sign_in(page, "fangzhiyuan")
    page.goto("/account" if dialog else "/account/new")
    if dialog:
        page.click("#new-record")
    field = page.locator("#f-name")
    field.fill("没有这一户")
    expect(page.locator(".likely")).to_have_count(0)
    field.fill(TYPED)
    expect(page.locator(".likely a")).to_contain_text(THERE)
    assert violations(page) == []


@pytest.mark.console_errors("422")
def test_made_anyway_then_found_merged_and_undone(page: Page, sign_in, violations) -> None:
    sign_in(page, "fangzhiyuan")
    page.goto("/account/new")
    page.fill("#f-name", TYPED)
    page.fill("#f-city", "张家港")
    page.locator(".whole > footer [data-kind=primary]").click()
    expect(page.locator("#f-city")).to_have_value("张家港")  # refused with a question, and nothing is lost
    page.locator(".likely [name=anyway]").check()
    page.locator(".whole > footer [data-kind=primary]").click()
    expect(page).to_have_url(re.compile(r"/account/\d+$"))
    made = page.url
    page.goto(made.replace("/account/", "/account/duplicates?of="))
    assert violations(page) == []
    page.locator(".twin a[href*='/merge?']").first.click()
    assert violations(page) == []
    page.locator(".whole > footer [data-kind=primary]").click()
    expect(page.locator("h1")).to_contain_text(THERE)
    stays = page.url
    page.goto(made)
    expect(page).to_have_url(stays)
    page.goto("/account/duplicates?tab=merged")
    page.locator(".twin button[name=merge]").first.click()
    page.goto(made)
    expect(page).to_have_url(made)
