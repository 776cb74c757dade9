"""The tables of this room, for Django to find."""

from bihuan.touch.caldav.account import CalendarAccount, CalendarItem, CalendarState
from bihuan.touch.feed import CalendarFeed
from bihuan.touch.mail.mailbox import Mailbox, MailboxState
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.mail.template import MailTemplate
from bihuan.touch.response_rule import ResponseRule
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint
from bihuan.touch.waiting import Waiting

__all__ = [
    "CalendarAccount", "CalendarFeed", "CalendarItem", "CalendarState", "MailMessage", "MailTemplate", "Mailbox", "MailboxState",
    "ResponseRule", "Task", "Touchpoint", "Waiting",
]  # fmt: skip
