"""What this room does by itself: it reminds of tasks, tells managers who has waited too long, and carries the mail."""

import threading

from bihuan.core import chore
from bihuan.core.lane import lane
from bihuan.touch import reminder, response

chore.every(60, reminder.remind)
chore.every(60, response.escalate)


@lane
def mail(stopping: threading.Event) -> None:
    """Fetch and send."""
    from bihuan.touch.mail import worker  # the worker alone needs it

    worker.run(stopping)
