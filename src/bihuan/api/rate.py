"""How many requests a token may make: so many a minute, counted in the cache.

The default cache counts in each process by itself; a shared one (CACHES) counts over all of them.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from bihuan.api.problem import Problem

WINDOW = 60  # seconds


def count(token_id: int) -> dict[str, str]:
    """Count a request; returns the headers that tell what is left (draft-ietf-httpapi-ratelimit-headers). Raises Problem."""
    now = int(time.time())
    key = f"api-rate-{token_id}-{now // WINDOW}"
    cache.add(key, 0, timeout=2 * WINDOW)
    made, reset = cache.incr(key), WINDOW - now % WINDOW
    left = max(0, settings.API_RATE - made)
    headers = {
        "RateLimit-Policy": f'"minute";q={settings.API_RATE};w={WINDOW}',
        "RateLimit": f'"minute";r={left};t={reset}',
    }
    if made > settings.API_RATE:
        sentence = _("At most %(limit)d requests a minute.") % {"limit": settings.API_RATE}
        raise Problem("rate", sentence, headers=headers | {"Retry-After": str(reset)})
    return headers
