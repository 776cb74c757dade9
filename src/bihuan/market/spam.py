"""What keeps machines out of a form that anybody may send, without asking people to prove that they are some.

A form carries a signed stamp: which form, when it was drawn, and a mark of its own. The stamp stands in for the token that
forms elsewhere carry with a cookie: a form within another site's page has no cookie. It proves that the page was asked for
first, it tells how long that is ago, and what is sent twice with the same mark counts once.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bihuan.core.access import SYSTEM, visible
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import LeadForm
from bihuan.people.session import place_of

_SALT = "bihuan.lead_form"
#: Zero bits at the head of the digest that a browser looks for where a form asks for work: 2**16 digests on the average,
#: a quarter of a second on a desk, about a second on a phone.
WORK = 16
#: A field that people do not see; what fills it is a machine.
TRAP = "subject"
#: Seconds: nobody writes faster than the first; a page that was open for longer than the second is drawn anew.
HASTE, STALE = 2, 86_400
#: Within the window so many submissions are taken from one place, and so many by one form.
WINDOW = timedelta(minutes=10)
OF_ONE_PLACE, OF_ONE_FORM = 10, 300


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a page was drawn (seconds since 1970) and what tells it from every other."""

    at: float
    mark: str


def new_stamp(form: LeadForm) -> str:
    """The stamp of a page that is drawn now."""
    return signing.dumps([form.token, time.time(), secrets.token_hex(8)], salt=_SALT)


def read_stamp(form: LeadForm, text: str) -> Stamp | None:
    """The stamp of a page of this form; None for one that is forged, of another form, or too old."""
    try:
        token, at, mark = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return None
    return Stamp(at, mark) if token == form.token and time.time() - at <= STALE else None


def is_worked_for(stamp: str, proof: str) -> bool:
    """Whether a browser has found the number that makes the digest of stamp and number begin with `WORK` zero bits.

    As in Hashcash (A. Back, 2002): checked in one step, found in very many; and a stamp is good for one submission alone.
    """
    digest = hashlib.sha256(f"{stamp}:{proof}".encode(errors="replace")).digest()
    return int.from_bytes(digest) >> (len(digest) * 8 - WORK) == 0


def suspicion(sent: Mapping[str, str], stamp: Stamp) -> str:
    """Why this looks like the work of a machine: a key of SUSPICIONS."""
    if sent.get(TRAP):
        return "trap"
    return "haste" if time.time() - stamp.at < HASTE else "none"


def place(request: HttpRequest) -> str:
    """Whence a request comes, as a digest: it tells places apart and names none."""
    return salted_hmac(_SALT, place_of(request), algorithm="sha256").hexdigest()[:40]


def too_many(form: LeadForm, address: str) -> bool:
    """Whether this place, or everybody together by this form, has sent too much lately."""
    lately = visible(SYSTEM, FormSubmission, archived=None).filter(created_at__gt=timezone.now() - WINDOW)
    return lately.filter(address=address).count() >= OF_ONE_PLACE or lately.filter(form=form).count() >= OF_ONE_FORM
