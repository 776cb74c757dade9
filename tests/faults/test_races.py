"""Many at once: everybody gets through, a form sent fifty times has one effect, and no edit is overwritten unseen."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from tests.faults.client import Answer, Client
from tests.faults.conftest import LONG
from tests.faults.product import Product
from tests.faults.writers import Writers, rest, wrong

SECONDS, LEAST_TOLD = (600, 10_000) if LONG else (6, 100)
TIMES = 50
ROUNDS = 2_500 if LONG else 75


def test_nobody_is_told_that_the_database_is_locked(product: Product) -> None:
    with Writers(product, 8, 1) as told:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and not told.faults:
            time.sleep(0.1)
    faults = [*rest(product), *wrong(product, told)]
    log = product.log.read_text(errors="replace")
    print(f"{told.count} writes by 8 writers in {SECONDS} s")
    assert not faults, "\n".join(faults[:20])
    assert "locked" not in log and "Traceback" not in log, log[-2000:]
    assert told.count >= LEAST_TOLD


# ---------------------------------------------------------------------- the same form fifty times


def together(product: Product, count: int, ask: Callable[[Client], Answer]) -> list[Answer]:
    """The answers to a request that so many send at the same moment."""
    barrier = Barrier(count)

    def one(_n: int) -> Answer:
        client = Client(product, timeout=120)
        barrier.wait()
        try:
            return ask(client)
        finally:
            client.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def key_in(page: Answer) -> str:
    found = re.search(r'name="once" value="(\w+)"', page.text)
    assert found
    return found[1]


def test_a_form_that_is_sent_fifty_times_has_one_effect(product: Product) -> None:
    client = Client(product)
    account = product.rows("SELECT MIN(id) FROM parties_account")[0][0]
    channel = product.rows("SELECT MIN(id) FROM core_choice WHERE \"set\" = 'channel'")[0][0]
    page = f"/account/{account}"
    touch = {"channel": channel, "text": "五十次"}
    upload = client.post("/account/import", {}, {"file": [("a.csv", "name\n五十行\n".encode())]}).headers["Location"]
    check = client.post(upload, {"c0": "name", "mode": "create"}).headers["Location"]
    big = client.post("/account/import", {}, {"file": [("b.csv", b"name\n" + b"many\n" * 300)]}).headers["Location"]
    checked = client.post(big, {"c0": "name", "mode": "create"}).headers["Location"]
    forms: Sequence[tuple[str, str, dict[str, Any], bool, str, int]] = (
        ("/account/new", "/account/new", {"name": "五十次"}, True, "SELECT COUNT(*) FROM parties_account WHERE name = '五十次'", 1),
        ("/account/new", "/account/new", {"name": "整页"}, False, "SELECT COUNT(*) FROM parties_account WHERE name = '整页'", 1),
        (page, f"{page}/timeline", touch, True, "SELECT COUNT(*) FROM touch_touchpoint WHERE text = '五十次'", 1),
        (page, f"{page}/timeline", {"channel": "note", "text": "记"}, False, "SELECT COUNT(*) FROM core_note WHERE text = '记'", 1),
        (f"{page}/do/log_touch", f"{page}/do/log_touch", touch | {"text": "令"}, False,
         "SELECT COUNT(*) FROM touch_touchpoint WHERE text = '令'", 1),
        ("", check, {}, False, "SELECT COUNT(*) FROM parties_account WHERE name = '五十行'", 1),
        ("", checked, {}, False, "SELECT COUNT(*) FROM core_job WHERE work = 'import' AND label = 'b.csv'", 1),
        ("/settings/roles/1", "/settings/roles", {"name": "五十次"}, False, "SELECT COUNT(*) FROM people_role WHERE name = '五十次'", 1),
        ("/account?q=x", "/account/views", {"name": "五十次", "params": "q=x"}, True,
         "SELECT COUNT(*) FROM web_savedview WHERE name = '五十次'", 1),
    )  # fmt: skip
    for form, address, data, part, statement, effects in forms:
        key = {"once": key_in(client.get(form, part=part and form == address))} if form else {}
        answers = together(product, TIMES, lambda each: each.post(address, data | key, part=part))  # noqa: B023
        assert {answer.status for answer in answers} <= {200, 204, 303}, (
            address,
            [answer.status for answer in answers],
        )
        assert product.rows(statement) == [(effects,)], address
    print(f"{len(forms)} forms, {TIMES * len(forms)} times sent")
    assert rest(product) == []
    assert product.rows("SELECT COUNT(*) FROM parties_account WHERE name = 'many'") == [(300,)]


# ---------------------------------------------------------------------- edits that race


def test_no_edit_is_overwritten_unseen(product: Product) -> None:
    """Everybody edits the same field of what they all saw a moment ago: two pages, a cell, and a bulk edit without looking."""
    account = product.rows("SELECT MIN(id) FROM parties_account")[0][0]
    barrier, clients = Barrier(4), [Client(product, timeout=120) for _n in range(4)]
    edits, counts = 0, {"saved": 0, "refused": 0}
    with ThreadPoolExecutor(4) as pool:
        for number in range(ROUNDS):
            version, before = product.rows(f"SELECT version, address FROM parties_account WHERE id = {account}")[0]  # noqa: S608
            typed = [f"{number}-{n}" for n in range(4)]
            asks = _edits(account, version, typed)

            def send(n: int) -> int:
                barrier.wait()
                return asks[n](clients[n]).status  # noqa: B023

            statuses = list(pool.map(send, range(4)))
            assert set(statuses) <= {200, 204, 303, 409}, statuses
            saved = {typed[n] for n in range(4) if statuses[n] != 409}
            edits += 4
            counts["saved"] += len(saved)
            counts["refused"] += 4 - len(saved)
            fault = _fault(product, account, version, before, saved, blind=typed[3])
            assert not fault, f"round {number}: {fault}; {statuses}"
    print(f"{edits} edits: {counts['saved']} saved, {counts['refused']} refused")
    assert counts["refused"] >= ROUNDS  # they did race


def _edits(account: int, version: int, typed: list[str]) -> list[Callable[[Client], Answer]]:
    page, cell = f"/account/{account}/edit", f"/account/{account}/field/address"
    return [
        lambda client: client.post(page, {"version": version, "address": typed[0]}),
        lambda client: client.post(page, {"version": version, "address": typed[1]}, part=True),
        lambda client: client.post(cell, {"version": version, "address": typed[2]}, part=True),
        lambda client: client.post(
            "/account/bulk/update", {"go": "1", "bulk-field": "address", "address": typed[3], "ids": account}
        ),
    ]


def _fault(product: Product, account: int, version: int, before: str, saved: set[str], blind: str) -> str:
    """What is wrong with what the audit says of a round: each edit must follow on the one before it, and whoever looked
    first must have seen what they replaced."""
    entries = product.rows(
        f"SELECT changes FROM core_auditentry WHERE object = 'account' AND record_id = {account} AND version > {version} ORDER BY version"  # noqa: S608
    )
    pairs = [(json.loads(each) if isinstance(each, str) else each)["address"] for (each,) in entries]
    here = before
    for old, new in pairs:
        if old != here:
            return f"{new!r} replaced {old!r}, but {here!r} stood there"
        if new != blind and old != before:
            return f"{new!r} replaced {old!r} unseen"
        here = new
    stored = product.rows(f"SELECT address FROM parties_account WHERE id = {account}")[0][0]  # noqa: S608
    if stored != here or {new for _old, new in pairs} != saved:
        return f"{sorted(saved)} were told to be saved, {pairs} were, {stored!r} is stored"
    return ""
