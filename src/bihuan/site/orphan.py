"""What a process of the product does when the one that started it has died, by `kill -9` or for want of memory."""

import os
import threading
import time
from collections.abc import Callable


def end_with(parent: int, end: Callable[[], None]) -> None:
    """Call `end` when this process has lost its parent: an orphan would keep the port, and the product could not start anew."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        end()

    threading.Thread(target=watch, daemon=True).start()
