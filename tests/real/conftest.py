"""Real data that nobody on this project wrote: ../shared/data beside the repository, where it is present."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data."""
    if not DATA.is_dir():
        pytest.skip(f"the real data is not here: {DATA}")
    return DATA
