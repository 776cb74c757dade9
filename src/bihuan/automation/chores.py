"""What this room does by itself: it tells receivers of webhooks what has happened."""

import threading

from bihuan.core.lane import lane


@lane
def webhooks(stopping: threading.Event) -> None:
    """Send what is owed."""
    from bihuan.automation.sender import Sender  # the worker alone needs it

    Sender().run(stopping)
