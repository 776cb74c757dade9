"""What the tests of faults share: a running product with the firm in it, and how long they go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.product import Product, built, copy_of

#: `./test --long` goes on until the issue's own figures are reached.
LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product with the firm in it, of which every test gets a copy."""
    with built(tmp_path_factory.mktemp("model")) as made:
        yield made


@pytest.fixture
def stopped(model: Product, tmp_path: Path) -> Iterator[Product]:
    """A product with the firm in it, not yet started."""
    with copy_of(model, tmp_path) as made:
        yield made


@pytest.fixture
def product(stopped: Product) -> Product:
    """A product with the firm in it, running."""
    stopped.start()
    return stopped
