"""A file becomes accounts, step by step in the browser, and the list goes out as a file again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

ROWS = "客户名称,Firm size,城市\n北方重机,1200,无锡\n滨江泵业,many,苏州\n"


def go_on(page: Page) -> None:
    """Press the step's main button and wait for the next page."""
    with page.expect_navigation():
        page.locator("form.import [data-kind=primary]").click()


def choose(page: Page, path: Path) -> None:
    page.goto("/account/import")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator("[data-file-names]")).to_have_text(path.name)
    go_on(page)


def test_a_file_becomes_accounts(
    page: Page, sign_in: Callable[..., None], violations: Callable[[Page], list[str]], tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(ROWS)
    sign_in(page)
    page.goto("/account/import")
    assert violations(page) == []
    choose(page, file)

    # a column nobody could guess is left out until it gets a field, and what was guessed says so
    size = page.locator(".mapping li", has_text="Firm size")
    expect(size.locator(".left-out")).to_be_visible()
    expect(page.locator(".mapping li").first.locator(".guessed")).to_be_visible()
    size.locator("select").select_option("employees")
    expect(size.locator(".left-out")).to_be_hidden()
    assert violations(page) == []
    go_on(page)

    expect(page.locator(".reason")).to_contain_text("many")
    assert violations(page) == []
    page.go_back()
    expect(page.locator(".mapping li", has_text="Firm size").locator("select")).to_have_value("employees")
    page.go_forward()
    go_on(page)

    expect(page.locator("#main a[download]")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as refused:
        page.locator("#main a[download]").click()
    assert "滨江泵业" in refused.value.path().read_text("utf-8-sig")
    page.goto("/account?q=北方重机")
    expect(page.locator("#main")).to_contain_text("北方重机")


@pytest.mark.console_errors("422")
def test_a_picture_is_refused_where_it_was_chosen(page: Page, sign_in: Callable[..., None], tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    sign_in(page)
    choose(page, file)
    expect(page.locator("#import-file-note")).to_be_visible()


def test_a_large_import_shows_how_far_it_is(page: Page, sign_in: Callable[..., None], tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("name\n" + "".join(f"连锁门店 {number}\n" for number in range(3000)))
    sign_in(page)
    choose(page, file)
    go_on(page)
    expect(page.locator("[role=progressbar]")).to_be_visible()  # so many rows are tried out in the background
    page.locator("a[data-kind=primary][href*='/import/']").click(timeout=60_000)
    go_on(page)
    expect(page.locator("[role=progressbar]")).to_be_visible()
    expect(page.locator("#main .stat b").first).to_have_text("3,000", timeout=60_000)


def test_a_list_is_exported(page: Page, sign_in: Callable[..., None], violations: Callable[[Page], list[str]]) -> None:
    sign_in(page)
    page.goto("/account?view=all")
    page.locator("[popovertarget=list-more]").click()
    page.locator("#list-more a[href*='/account/export']").click()
    assert violations(page) == []
    with page.expect_download() as made:
        page.locator("form.import [data-kind=primary]").click()
    assert made.value.suggested_filename.endswith(".csv")
    assert made.value.path().read_bytes().startswith(b"\xef\xbb\xbf")
