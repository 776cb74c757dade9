"""What the tests of this room share."""

from bihuan.web.tests.conftest import browse  # noqa: F401  (a fixture)
