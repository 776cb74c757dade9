"""The tables of this room, for Django to find."""

from bihuan.api import commands  # noqa: F401  (declares them)
from bihuan.api.token import ApiToken

__all__ = ["ApiToken"]
