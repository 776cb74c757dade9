"""What the tests of this room share."""

from __future__ import annotations

from bihuan.web.tests.conftest import browse

__all__ = ["browse"]
