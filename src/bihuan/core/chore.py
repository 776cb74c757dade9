"""What the worker does every so often, for nobody in particular: rooms declare their chores, the worker goes its rounds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from bihuan.core.outage import outage_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds. It must bear being done too often, and by two workers at once."""

    do: Callable[[], object]
    seconds: float


_chores: list[Chore] = []


def every(seconds: float, do: Callable[[], object]) -> None:
    """Declare a chore."""
    _chores.append(Chore(do, seconds))


class Rounds:
    """A worker's way from chore to chore; at its start each is due."""

    def __init__(self) -> None:
        self._due = dict.fromkeys(_chores, 0.0)

    def go(self) -> None:
        """Do what is due. A chore that fails is told in the log and tried again when it is due next; the others go on."""
        for chore, due in self._due.items():
            if time.monotonic() < due:
                continue
            try:
                chore.do()
            except Exception as error:
                if outage_of(error):  # no fault of the chore's
                    raise
                logger.exception("%s.%s failed", chore.do.__module__, chore.do.__name__)
            self._due[chore] = time.monotonic() + chore.seconds
