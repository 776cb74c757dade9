"""How heavy pages are and whether they stand still while they load. `pytest -s` says how long they took as well.

Sizes and shifts are promised, times are only told: they are those of the machine. The phone is slowed down as Lighthouse
slows down its own: a quarter of the processor, 150 ms to the server and back, 1.6 Mbit/s.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

PAGES = {"list": "/account?view=all", "board": "/opportunity/board?view=all", "record": "/account/1"}
SHIFT = 0.02  # cumulative layout shift
WEIGHT = 100 * 1024  # bytes of script and styles as they are sent
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}

#: Listens from the first moment of a page.
OBSERVE = """() => {
  const seen = (window.__seen = { shift: 0, painted: 0, blocked: 0 });
  const observe = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  observe("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
  observe("largest-contentful-paint", (entry) => (seen.painted = entry.startTime));
  observe("longtask", (entry) => (seen.blocked += entry.duration - 50));
}"""
FIGURES = """() => {
  const entries = performance.getEntriesByType("resource");
  const weight = (those) => those.reduce((sum, each) => sum + each.encodedBodySize, 0);
  const page = performance.getEntriesByType("navigation")[0];
  return {
    shift: __seen.shift,
    code: weight(entries.filter((each) => /\\.(js|css)$/.test(new URL(each.name).pathname))),
    all: weight([page, ...entries]),
    requests: entries.length + 1,
    first: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    largest: __seen.painted,
    blocked: __seen.blocked,
  };
}"""


def measure(page: Page, address: str) -> dict[str, Any]:
    page.goto(address)
    page.wait_for_load_state("networkidle")  # the counts of the tabs come after the page
    return page.evaluate(FIGURES)


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_pages_are_light_and_stand_still(open_page: Callable[..., Page], sign_in, device: str) -> None:
    page = open_page(device=device)
    sign_in(page)
    page.add_init_script(f"({OBSERVE})()")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    if device == "phone":
        line.send("Network.emulateNetworkConditions", SLOW_LINE)
        line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    for name, address in PAGES.items():
        line.send("Network.clearBrowserCache")
        found = measure(page, address)
        print(f"\n| {name}, {device}", *(round(found[each]) for each in ("first", "largest", "blocked")),
              round(found["shift"], 4), *(f"{found[each] / 1024:.1f}" for each in ("code", "all")), found["requests"],
              sep=" | ", end=" |")  # fmt: skip
        assert found["shift"] < SHIFT, f"{name} moves while it loads"
        assert 0 < found["code"] <= WEIGHT, f"{name} sends {found['code']} bytes of script and styles"


def test_a_column_of_the_board_stands_where_it_will_before_the_others_have_come(page: Page, sign_in) -> None:
    sign_in(page)

    def first_column(parts: int | None) -> Any:
        """Where it stands on the page cut off after so many parts."""

        def answer(route: Route) -> None:
            whole = route.fetch()
            route.fulfill(response=whole, body="<section ".join(whole.text().split("<section ")[:parts]))

        page.route("**/opportunity/board*", answer)
        page.goto(PAGES["board"])
        page.unroute("**/opportunity/board*")
        column = page.locator(".board > section").first
        return page.locator(".board > section").count(), column.bounding_box()

    (alone, before), (all_of_them, after) = first_column(2), first_column(None)
    assert (alone, all_of_them > 4) == (1, True)
    assert before == after


def test_a_page_is_asked_for_when_the_button_goes_down_and_anew_after_a_change(page: Page, sign_in) -> None:
    sign_in(page)
    page.goto("/account?view=all")
    page.wait_for_load_state("networkidle")
    link = page.locator(".side a[href='/contact']")

    def pressed() -> None:
        link.hover()
        page.mouse.down()

    with page.expect_request("**/contact") as asked:
        pressed()
    assert asked.value.headers.get("sec-purpose") == "prefetch"
    page.mouse.move(700, 500)  # and let go elsewhere: nothing was clicked
    page.mouse.up()
    page.locator("[data-theme-choice]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    with page.expect_request("**/contact"):
        pressed()
    page.mouse.up()
    page.wait_for_url("**/contact")
    delivery = page.evaluate("performance.getEntriesByType('navigation')[0].deliveryType")
    assert delivery == "navigational-prefetch"
    page.locator("[data-theme-choice]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
