"""`kill -9` at any moment, under people who write: nothing acknowledged is lost, nothing half done, nothing to repair."""

from __future__ import annotations

import os
import random
import time

from tests.faults.conftest import LONG
from tests.faults.product import Product
from tests.faults.writers import Writers, rest, wrong

KILLS, WRITERS, LEAST_TOLD = (200, 8, 4000) if LONG else (5, 8, 30)
#: A process of the product, all of them, or the one that watches the others.
VICTIMS = ("all", "web", "worker", "parent", "all")
#: Seconds within which it must answer again.
AGAIN = 10


def test_nothing_is_lost_when_it_is_killed(product: Product) -> None:
    seed = int(os.environ.get("BIHUAN_TEST_SEED", time.time_ns() % 10**6))
    chance, slowest = random.Random(seed), 0.0
    with Writers(product, WRITERS, seed) as told:
        for number in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.5))
            victim = VICTIMS[number % len(VICTIMS)]
            product.kill(victim)
            if victim in ("all", "parent"):
                slowest = max(slowest, rise(product))
        time.sleep(1)
    faults = [*rest(product), *wrong(product, told)]
    print(f"seed {seed}: {KILLS} kills, {told.count} acknowledged writes, back after at most {slowest:.1f} s")
    assert not faults, f"seed {seed}: {len(faults)} faults:\n" + "\n".join(faults[:40])
    assert told.count >= LEAST_TOLD
    assert slowest < AGAIN


def rise(product: Product) -> float:
    """Start it anew, once those it has orphaned have gone too; returns the seconds until it answers."""
    assert product.process is not None
    product.process.wait()
    began = time.monotonic()
    while product.is_taken():
        assert time.monotonic() - began < 5, "orphans keep the port"
        time.sleep(0.05)
    product.start()
    return time.monotonic() - began
