"""The tables of this room, for Django to find."""

from bihuan.web import view_blueprint  # noqa: F401  (declares them)
from bihuan.web.saved_view import SavedView

__all__ = ["SavedView"]
