"""The tables of this room, for Django to find."""

from bihuan.touch.feed import CalendarFeed
from bihuan.touch.response_rule import ResponseRule
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint
from bihuan.touch.waiting import Waiting

__all__ = ["CalendarFeed", "ResponseRule", "Task", "Touchpoint", "Waiting"]
