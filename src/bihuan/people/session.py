"""Sessions: begun at signing in, listed with device and place, ended by hand, by a new password or by lying idle."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import models
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from bihuan.people import staff
from bihuan.people.sign_in_policy import rules_of
from bihuan.people.user import User

#: What a session holds: who signed in and the stamp of their password; when, and when it was last used (seconds); by which
#: way; whether the second factor was given; where to go once everything asked for is done.
USER, STAMP, SINCE, SEEN, WAY, PASSED, ONWARD = "user", "stamp", "since", "seen", "way", "passed", "onward"
#: Seconds that whoever is asked for more than a password may take over it.
PATIENCE = 900
#: Seconds after which a use is noted again, so that not every page writes.
NOTED_EVERY = 600


class OpenSession(models.Model):
    """The session `key` is this person's, begun there and then on that device."""

    key = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    address = models.CharField(max_length=45)
    device = models.CharField(max_length=80)
    began_at = models.DateTimeField()

    class Meta:
        app_label = "people"


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as its owner reads of it."""

    id: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    current: bool


def begin(request: HttpRequest, user_id: int, *, way: str = "password", passed: bool = False) -> None:
    """A session under a new key, bound to the present password; what somebody else left in this browser is gone."""
    session, onward = request.session, request.session.get(ONWARD)
    OpenSession.objects.filter(key=session.session_key or "").delete()
    if session.get(USER) in (None, user_id):
        session.cycle_key()
    else:
        session.flush()
    now = int(time.time())
    stamp = staff.staff()[user_id].stamp
    session.update({USER: user_id, STAMP: stamp, SINCE: now, SEEN: now, WAY: way, PASSED: passed, ONWARD: onward})
    session.save()
    rotate_token(request)
    _forget_ended(user_id)
    OpenSession.objects.create(
        key=session.session_key, user_id=user_id, address=place_of(request), device=device_of(request), began_at=timezone.now(),
    )  # fmt: skip


def pass_second_factor(request: HttpRequest) -> None:
    """From half to wholly signed in, under a new key."""
    former = request.session.session_key
    request.session[PASSED] = True
    request.session.cycle_key()
    OpenSession.objects.filter(key=former).update(key=request.session.session_key)


def holder(request: HttpRequest) -> staff.StaffActor | None:
    """Whose session this is, unless they may no longer sign in, their password changed since, or it lay idle for too long."""
    session = request.session
    user_id = session.get(USER)
    actor = staff.actor(user_id) if user_id is not None else None
    if actor is None or not constant_time_compare(session.get(STAMP, ""), actor.person.stamp):
        return None
    now, seen = int(time.time()), session.get(SEEN)
    if seen is not None and now - seen > rules_of(actor.user_id).idle_days * 86400:
        return None
    if seen is None or now - seen > NOTED_EVERY:
        session[SEEN] = now
    return actor


def is_fresh(request: HttpRequest) -> bool:
    """Whether login and password were given a moment ago."""
    return int(time.time()) - request.session.get(SINCE, 0) <= PATIENCE


def sessions_of(user_id: int, current: str | None = "") -> list[Shown]:
    """The person's open sessions, the one used last first."""
    stamp, shown = staff.staff()[user_id].stamp, []
    idle = rules_of(user_id).idle_days * 86400
    rows = {row.key: row for row in OpenSession.objects.filter(user=user_id)}
    for stored in Session.objects.filter(session_key__in=rows, expire_date__gt=timezone.now()):
        held: dict[str, Any] = stored.get_decoded()
        seen = held.get(SEEN, 0)
        if held.get(USER) == user_id and held.get(STAMP) == stamp and time.time() - seen <= idle:
            row = rows[stored.session_key]
            seen_at = datetime.fromtimestamp(seen, UTC)
            shown.append(Shown(row.pk, row.device, row.address, row.began_at, seen_at, row.key == current))
    return sorted(shown, key=lambda each: (each.current, each.seen_at), reverse=True)


def end(user_id: int, *, only: int | None = None, but: str | None = None) -> int:
    """End the person's sessions: all, the one with this id, or all but the one with this key; returns how many."""
    rows = OpenSession.objects.filter(user=user_id)
    rows = rows.filter(pk=only) if only is not None else rows.exclude(key=but or "")
    keys = list(rows.values_list("key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


def _forget_ended(user_id: int) -> None:
    open_keys = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    OpenSession.objects.filter(user=user_id).exclude(key__in=open_keys).delete()


def place_of(request: HttpRequest) -> str:
    """The address that a request came from."""
    return request.META.get("REMOTE_ADDR", "")[:45]


_BROWSERS = (
    ("WeCom", r"wxwork"), ("WeChat", r"MicroMessenger"), ("Edge", r"Edg(e|A|iOS)?/"), ("Opera", r"OPR/"), ("Firefox", r"Firefox|FxiOS"),
    ("Chrome", r"Chrome|CriOS"), ("Safari", r"Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", r"iPhone"), ("iPad", r"iPad"), ("Android", r"Android"), ("HarmonyOS", r"HarmonyOS|OpenHarmony"), ("Windows", r"Windows"),
    ("macOS", r"Mac OS X"), ("Linux", r"Linux"),
)  # fmt: skip


def device_of(request: HttpRequest) -> str:
    """Browser and system as the request names them, in words that people use."""
    agent = request.headers.get("User-Agent", "")
    known = [next((name for name, sign in each if re.search(sign, agent)), "") for each in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, known)) or agent[:60]
