"""The size of every segment, once a day: what its course over time is drawn from."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from bihuan.core.access import SYSTEM, visible
from bihuan.core.run import Call, run
from bihuan.market.commands import measure_segment
from bihuan.market.segment import Segment


def keep() -> int:
    """Count those segments that were not counted today, each in a transaction of its own; returns how many those are.

    One whose rule asks for what there no longer is, or whose owner is gone, has no size for the day.
    """
    due = visible(SYSTEM, Segment).filter(Q(measured_on=None) | Q(measured_on__lt=timezone.localdate()))
    keys = list(due.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        run(measure_segment, [Call(record=key)], by=SYSTEM, on=Segment, partial=True)
    return len(keys)
