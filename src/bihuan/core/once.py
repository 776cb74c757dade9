"""One effect, however often a call is sent: by the key that the caller gave it, kept with its answer.

The key is written in the transaction of the call itself, so that neither exists without the other: a call that was
refused or died leaves its key free, and one that is sent while the first is under way waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core.access import Actor
from bihuan.core.errors import Refused

#: So long a key is known; longer than any browser or program goes on trying.
KEPT = timedelta(days=2)
#: One call in so many throws away the keys that are older.
SWEPT = 500
LONGEST = 200


class Once(models.Model):
    """A call by its key. `digest` tells what was asked, `answer` (any JSON) what came of it; None while it is under way."""

    actor = models.CharField(max_length=60)
    key = models.CharField(max_length=LONGEST)
    digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "core"
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="once_key")]


class Reused(Refused):
    """The key has been used for a call that asked for something else."""

    code = "reused"

    def __init__(self) -> None:
        super().__init__(
            _("This has been sent before, with something else in it. Look whether it is done; if not, send it again.")
        )


@contextmanager
def once(actor: Actor, key: str, digest: str) -> Iterator[Once]:
    """A transaction for one call. Its `answer` is None the first time, and the caller sets it; afterwards it is that.

    A caller that rolls the transaction back, by an exception or by `set_rollback`, leaves the key free.
    `digest` is of what is asked for, at most 64 characters. Raises Reused, and Refused for what is no key.
    """
    if not key or len(key) > LONGEST or not (key.isascii() and key.isprintable()):
        raise Refused(_("A key is 1 to %(limit)d plain characters.") % {"limit": LONGEST})
    with transaction.atomic():
        call = _claim(f"{actor.kind}:{actor.user_id or ''}", key, digest)
        is_first = call.answer is None
        yield call
        if is_first and not transaction.get_rollback():
            call.save(update_fields=["answer"])


def _claim(actor: str, key: str, digest: str) -> Once:
    """The key, written down now or when it was first used. On PostgreSQL this waits for whoever has just written it."""
    try:
        with transaction.atomic():
            call = Once.objects.create(actor=actor, key=key, digest=digest, at=timezone.now())
    except IntegrityError:
        call = Once.objects.get(actor=actor, key=key)
        if call.digest != digest:
            raise Reused() from None
        return call
    if call.pk % SWEPT == 0:
        Once.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return call
