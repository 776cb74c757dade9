"""The settings as people use them: sheets put in order by keys, colours, and pages that everybody can use."""

import os

import pytest
from playwright.sync_api import Page, expect

ADMINISTRATOR = "fangzhiyuan"
LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"
PAGES = (
    "stages",
    "choices",
    "duplicates",
    "numbers",
    "units",
    "users",
    "roles",
    "blueprint",
    "fields",
    "rules/account",
    "rules/account/new",
    "fields/account/rights",
)


@pytest.fixture
def stages(page: Page, sign_in) -> Page:
    sign_in(page, ADMINISTRATOR)
    page.goto("/settings/stages")
    return page


def names(page: Page) -> list[str]:
    return [each.input_value() for each in page.locator("[data-reorder] [id$=-name]").all()]


def test_the_arrows_put_rows_in_order_and_saving_keeps_it(stages: Page) -> None:
    first, second, *rest = names(stages)
    stages.locator("[data-reorder] [id$=-name]").nth(1).focus()
    stages.keyboard.press("Alt+ArrowUp")
    assert names(stages) == [second, first, *rest]
    stages.locator("button[form=sheet][data-kind=primary]").click()
    stages.wait_for_load_state()
    assert names(stages) == [second, first, *rest]
    stages.locator("[data-reorder] [id$=-name]").nth(1).focus()
    stages.keyboard.press("Alt+ArrowUp")
    stages.keyboard.press("Control+Enter")
    stages.wait_for_load_state()
    expect(stages.locator("[data-reorder] [id$=-name]").first).to_have_value(first)


def test_a_chosen_colour_shows_at_once(stages: Page) -> None:
    swatch = stages.locator("[data-reorder] .swatch").first
    swatch.click()
    stages.locator("[data-swatches]:popover-open label[data-tone=violet]").click()
    expect(swatch).to_have_attribute("data-tone", "violet")


def test_the_preview_speaks_three_languages(stages: Page) -> None:
    preview = stages.locator(".preview li").first
    stages.locator(".preview label", has_text="EN").click()
    assert preview.inner_text().isascii()


def test_a_stage_in_use_is_archived_only_after_its_records_have_a_place_to_go(stages: Page) -> None:
    row = stages.locator("[data-line]").nth(4)
    name = row.locator("[id$=-name]").input_value()
    row.locator("[name=archive]").click()
    draft = stages.locator(".draft")
    expect(draft).to_be_visible()
    draft.locator("select").select_option(index=4)
    draft.locator("[data-kind=primary]").click()
    expect(draft).to_have_count(0)
    expect(stages.locator("[data-reorder] [id$=-name]")).to_have_count(7)
    assert name not in names(stages)
    stages.locator("[name=restore]").click()
    expect(stages.locator("[data-reorder] [id$=-name]")).to_have_count(8)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_everybody_can_use_the_settings(open_page, sign_in, violations, device: str, theme: str) -> None:
    """In the short form every other page: each of them on both devices, in another theme on each."""
    page = open_page(device=device, theme=theme)
    sign_in(page, ADMINISTRATOR)
    for name in PAGES if LONG else PAGES[(device == "phone") ^ (theme == "dark") :: 2]:
        page.goto(f"/settings/{name}")
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name


def test_who_only_reads_finds_nothing_to_set_up(page: Page, sign_in) -> None:
    sign_in(page, "tangtang")
    page.goto("/settings")
    assert page.locator(".subnav").count() == 0
