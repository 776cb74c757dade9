"""The running product with its demo firm, and Chromium to use it with.

A test asks for `page` (a signed-out desktop page) or for `open_page` (any device, theme and language), signs in with
`sign_in(page)`, and asserts `violations(page) == []`. Whatever a page writes to the console as an error, a breach of
the content security policy included, fails the test, unless it is marked `console_errors("part of the text")`.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Cookie, Page, sync_playwright

from bihuan.demo.logins import LOGINS

# Playwright keeps an event loop running in this thread; tests that look into the database beside it do nothing async.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

DEVICES = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
START_TIMEOUT = 180  # seconds; making the demo firm takes most of it on a busy machine


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running product with a demo firm of its own."""
    directory = tmp_path_factory.mktemp("product")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # As a user starts it: without what the test run has put into the environment.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BIHUAN_") and name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    log = directory / "log"
    command = [sys.executable, "-m", "bihuan", "--data", str(directory / "data"), "up", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
            break
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"The product did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert program, "Chromium is missing: sudo apt-get install chromium-headless-shell, or name it with CHROMIUM=/path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(product: str, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens a page in a context of its own: `open_page(device="phone", theme="dark", language="zh-TW")`."""
    marker = request.node.get_closest_marker("console_errors")
    expected = marker.args if marker else ()
    contexts = []
    errors: list[str] = []

    def note(kind: str, text: str, url: str) -> None:
        if not any(part in text for part in expected):
            errors.append(f"{kind} at {url}: {text}")

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            note("console error", message.text, message.location["url"])

    def open_one(device: str = "desktop", theme: str = "light", language: str = "zh-CN") -> Page:
        context = chromium.new_context(base_url=product, color_scheme=theme, locale=language, **DEVICES[device])
        contexts.append(context)
        page = context.new_page()
        page.on("console", note_console)
        page.on("pageerror", lambda error: note("script error", str(error), page.url))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()


@pytest.fixture(scope="session")
def sign_in() -> Callable[..., None]:
    """`sign_in(page)` as the demo's first login, or `sign_in(page, "login")` as another of them.

    Who has signed in before goes on with their session while it lasts: checking a password is slow on purpose.
    """
    passwords = {login: password for login, password, _ in LOGINS}
    sessions: dict[str, list[Cookie]] = {}

    def sign_in_as(page: Page, login: str = LOGINS[0][0]) -> None:
        page.context.add_cookies(sessions.get(login, []))
        page.goto("/")
        if "/sign-in" not in page.url:
            return
        page.locator("input[name=username]").fill(login)
        page.locator("input[name=password]").fill(passwords[login])
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        sessions[login] = page.context.cookies()

    return sign_in_as


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[str]]:
    """What axe finds wrong with the accessibility of a page, one line for each element."""
    axe = Axe()

    def find(page: Page) -> list[str]:
        return [
            f"{violation['id']}: {node['html']} ({violation['help']})"
            for violation in axe.run(page).response["violations"]
            for node in violation["nodes"]
        ]

    return find
