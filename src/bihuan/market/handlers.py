"""What the room does when something has happened."""

from __future__ import annotations

from bihuan.core import event
from bihuan.core.access import SYSTEM
from bihuan.core.run import Call, run
from bihuan.market.commands import measure_segment
from bihuan.market.segment import Segment


@event.on((event.Created, event.Changed), "segment")
def count_members(happened: event.Event) -> None:
    """A segment that asks for something else has another size; one that cannot be counted keeps what it had."""
    run(measure_segment, [Call(record=happened.record_id)], by=SYSTEM, on=Segment, partial=True)
