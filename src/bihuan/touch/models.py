"""The tables of this room, for Django to find."""

from bihuan.touch.mail.mailbox import Mailbox, MailboxState
from bihuan.touch.mail.message import MailMessage
from bihuan.touch.mail.template import MailTemplate
from bihuan.touch.task import Task
from bihuan.touch.touchpoint import Touchpoint

__all__ = ["MailMessage", "MailTemplate", "Mailbox", "MailboxState", "Task", "Touchpoint"]
