"""The tables of this room, for Django to find."""

from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint

__all__ = ["Task", "Touchpoint"]
