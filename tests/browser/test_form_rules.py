"""Form rules as people meet them: made by an administrator without a script of their own, followed while one types."""

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.console_errors("422")
def test_a_rule_made_in_the_settings_is_followed_as_one_types(page: Page, sign_in) -> None:
    sign_in(page, "fangzhiyuan")
    page.goto("/settings/rules/account/new")
    page.locator("[popovertarget=filter]").click()
    page.locator("#filter-panel .item", has_text="级别").first.click()
    page.locator("form.condition input[type=checkbox]").first.check()
    page.locator("form.condition footer button").click()
    page.locator("#rule-field").select_option("tax_id")
    expect(page.locator("#keep input[name=field]")).to_have_value("tax_id")
    page.locator("button[form=keep]").click()
    expect(page.locator("th a", has_text="税号")).to_be_visible()

    page.goto("/account")
    page.keyboard.press("n")
    dialog, called_in = page.locator("#dialog"), page.locator("#dialog [data-ruled=tax_id]")
    dialog.locator("#f-name").fill("打到一半")
    expect(called_in).to_be_hidden()
    dialog.locator("#f-level").focus()
    page.keyboard.press("ArrowDown")
    expect(called_in).to_be_visible()
    expect(called_in.locator(".req")).to_be_visible()
    expect(dialog.locator("#f-level")).to_be_focused()
    expect(dialog.locator("#f-name")).to_have_value("打到一半")
    called_in.locator("input").fill("XX")
    dialog.locator("#f-level").select_option(index=2)
    expect(called_in).to_be_hidden()
    dialog.locator("#f-level").select_option(index=1)
    expect(called_in.locator("input")).to_have_value("XX")  # what was typed there is still there
    called_in.locator("input").fill("")
    dialog.locator("[data-kind=primary]").click()
    expect(called_in.locator(".field-error")).to_be_visible()
    expect(dialog.locator("#f-name")).to_have_value("打到一半")

    page.goto("/settings/rules/account")  # the firm goes on without it
    page.locator("[name=archive]").first.click()
    expect(page.locator("[name=restore]").first).to_be_visible()
    expect(page).to_have_url(re.compile("/settings/rules/account$"))
