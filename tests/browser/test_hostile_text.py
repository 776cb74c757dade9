"""Whatever somebody writes, nothing of it runs in a reader's browser, with the content policy and without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.hostile_firm import TEXTS, addresses
from tests.faults.client import Client
from tests.faults.product import Product, built
from tests.real.conftest import DATA

LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"
NEWEST, LEAST_PAGES, LEAST_TEXTS = (1000, 500, 1000) if LONG else (1, 20, 200)
#: Notes what runs, and what the content policy has stopped; the lists of others call `alert`.
HOOK = """
window.__hits = []; window.__stopped = [];
window.__hit = (...said) => { window.__hits.push(String(said)); };
window.alert = window.confirm = window.prompt = window.print = window.__hit;
document.addEventListener("securitypolicyviolation", (e) => window.__stopped.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
"""
#: Elements that only a text which became markup can have made: with handlers, or leading to a script.
MADE = """() => {
  const runs = /^(on|hx-on)/i;
  const leads = /^(href|src|action|formaction|data|xlink:href)$/i, script = /^[\\s\\u0000-\\u0020]*(javascript|data:text)/i;
  const made = (a) => runs.test(a.name) || (leads.test(a.name) && script.test(a.value));
  return [...document.querySelectorAll("*")].filter((each) => [...each.attributes].some(made)).map((each) => each.outerHTML.slice(0, 200));
}"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A running product in which every text is hostile."""
    with built(tmp_path_factory.mktemp("hostile")) as product:
        filled = subprocess.run(
            [sys.executable, "-m", "tests.browser.hostile_firm"], input=json.dumps(texts()), capture_output=True, text=True,
            env=product.environment | {"DJANGO_SETTINGS_MODULE": "bihuan.site.settings"}, cwd=product.directory,
        )  # fmt: skip
        assert filled.returncode == 0, filled.stderr
        print(f"{filled.stdout.strip()} hostile texts stored")
        assert int(filled.stdout) >= LEAST_TEXTS
        product.start()
        try:
            yield product
        finally:
            product.stop()


def texts() -> list[str]:
    """Ours, and in the long form the big list of naughty strings too."""
    listed = DATA / "blns" / "blns.json"
    return [*TEXTS, *(text for text in json.loads(listed.read_text()) if text.strip())] if LONG else list(TEXTS)


@pytest.mark.parametrize("policy", [True, False], ids=["with the policy", "without it"])
def test_nothing_that_is_written_runs(policy: bool, firm: Product, chromium: Browser) -> None:
    context = chromium.new_context(base_url=f"http://127.0.0.1:{firm.port}", bypass_csp=not policy)
    context.set_default_timeout(60_000)
    try:
        context.add_cookies(
            [{"name": "sessionid", "value": firm.sessions["zhou"], "url": f"http://127.0.0.1:{firm.port}"}]
        )
        context.add_init_script(HOOK)
        looked, faults = look(context, [*addresses(firm.rows, NEWEST), *imports(firm)][int(policy) :: 1 if LONG else 4])
    finally:
        context.close()
    print(f"{looked} pages looked at")
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:40])
    assert looked >= LEAST_PAGES


def test_what_would_run_is_noticed(firm: Product, chromium: Browser) -> None:
    """The very same look finds a page that does let a text run."""
    context = chromium.new_context(base_url=f"http://127.0.0.1:{firm.port}", bypass_csp=True)
    context.add_init_script(HOOK)
    context.route(
        "**/*",
        lambda route: route.fulfill(body=f"<html><body>{''.join(TEXTS[:4])}</body></html>", content_type="text/html"),
    )
    _looked, faults = look(context, ["/"])
    context.close()
    assert any("ran" in fault for fault in faults)
    assert any("became markup" in fault for fault in faults)


def look(context: BrowserContext, urls: list[str]) -> tuple[int, list[str]]:
    """Open every address; returns how many, and what was wrong with them."""
    page, faults = context.new_page(), list[str]()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    for url in urls:
        answer = page.goto(url, wait_until="load")
        if answer is None or answer.status >= 500:
            faults.append(f"{url}: {answer and answer.status}")
        faults += [f"{url}: {fault}" for fault in found_on(page)]
    return len(urls), faults


def found_on(page: Page) -> Iterator[str]:
    page.evaluate("() => document.querySelectorAll('[popover]').forEach((each) => each.showPopover?.())")
    yield from (f"ran: {said}" for said in page.evaluate("() => window.__hits"))
    yield from (f"stopped by the policy: {what}" for what in page.evaluate("() => window.__stopped"))
    yield from (f"became markup: {html}" for html in page.evaluate(MADE))


def imports(firm: Product) -> list[str]:
    """The steps of an import of a file full of such texts, called by one."""
    client = Client(firm)
    rows = "".join(
        f'"{text.replace(chr(34), chr(34) * 2)}","{text.replace(chr(34), chr(34) * 2)}"\r\n'
        for text in TEXTS
        if text.isprintable()
    )
    content = ("客户名称,<img src=x onerror=__hit()>\r\n" + rows).encode("utf-8-sig")
    name = "<img src=x onerror=__hit()>.csv"
    columns = client.post("/account/import", {}, {"file": [(name, content)]}).headers["Location"]
    check = client.post(columns, {"c0": "name", "c1": "level", "mode": "create"}).headers["Location"]
    job = client.post("/account/import", {}, {"file": [(name, content)]}).headers["Location"]
    begun = client.post(
        client.post(job, {"c0": "name", "c1": "address", "mode": "create"}).headers["Location"], {}
    ).headers["Location"]
    return [columns, check, begun, "/account?q="]


def test_a_file_that_is_a_page_is_not_shown_as_one(firm: Product) -> None:
    client, keys = Client(firm), firm.rows("SELECT id FROM core_attachment")
    assert len(keys) >= 20
    for (key,) in keys:
        answer = client.get(f"/files/{key}")
        assert answer.headers["Content-Disposition"].startswith("attachment"), key
        assert "\n" not in answer.headers["Content-Disposition"]
        assert "html" not in answer.headers["Content-Type"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
