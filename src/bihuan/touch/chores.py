"""What this room does by itself: it reminds of tasks, tells managers who has waited too long, and looks after mail and calendars."""

import threading

from bihuan.core import chore
from bihuan.core.lane import lane
from bihuan.touch import reminder, response

chore.every(60, reminder.remind)
chore.every(60, response.escalate)


@lane
def servers(stopping: threading.Event) -> None:
    """Visit mailboxes and calendars, and send mail."""
    from bihuan.touch import worker  # the worker alone needs it

    worker.run(stopping)
