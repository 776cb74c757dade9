"""What the tests of this room share: somebody's signed-in browser."""

from bihuan.web.tests.conftest import browse

__all__ = ["browse"]
