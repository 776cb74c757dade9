"""`/healthz`: whether this process can answer, for load balancers and whoever watches the product. It tells nothing of the firm."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from bihuan.core.event import ATTEMPTS, Delivery
from bihuan.core.job import Job
from bihuan.people.middleware import public


@public
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers; when it does not, the way here has failed already, with 503.

    `waiting_seconds` is how long the oldest background work has been due: more than a few minutes, and the worker is gone
    or has too much to do.
    """
    return JsonResponse({"database": "ok", "waiting_seconds": waiting_seconds()})


def waiting_seconds() -> int:
    """For how long the event or job has waited that is due the longest; 0 when nothing waits."""
    now = timezone.now()
    owed = Delivery.objects.filter(done_at=None, due_at__lte=now, attempts__lt=ATTEMPTS).order_by("due_at")
    queued = Job.objects.filter(state="queued").order_by("id")
    since: list[datetime] = [
        *owed.values_list("due_at", flat=True)[:1],
        *queued.values_list("created_at", flat=True)[:1],
    ]
    return max((int((now - each).total_seconds()) for each in since), default=0)


paths = [path("healthz", health, name="health")]
