"""What can be done with records and pools, in the order of a record's life: given back, moved, claimed, given out."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import verbs
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.command import command
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.event import Assigned, Event
from bihuan.core.registry import desk_of
from bihuan.parties.pools.claims import terms_of, weigh_claims, weigh_gifts
from bihuan.parties.pools.events import Claimed, PutIntoPool
from bihuan.parties.pools.pool import Pool, Terms, pool_for, pooled_desks, pools
from bihuan.parties.pools.pooled import Pooled

EVERYTHING = ("header", "facts", "timeline", "panels")


def _may_be_pooled(desk: Desk) -> bool:
    return issubclass(desk.model, Pooled)


def _is_pooled(record: Pooled | None) -> bool:
    return bool(pools()) if record is None else record.pool_id is not None


def _is_free(record: Pooled | None) -> bool:
    return bool(pools()) and (record is None or record.pool_id is None)


@command(
    None, label=_("Give back to the pool"), icon="undo-2", needs="edit", fits=_may_be_pooled, suits=_is_free,
    labels={"pool": _("Into another pool"), "reason": _("Remark")}, local=True, refreshes=EVERYTHING,
)  # fmt: skip
def return_to_pool(
    record: Pooled, *, by: Actor, pool_reason: int | None = None, pool: int | None = None, reason: str = ""
) -> Iterable[Event]:
    """Put the record into a pool, by default that of its owner, for others to claim. A person says why."""
    if record.pool_id is not None:
        raise Refused(_now("This record lies in a pool already."))
    if pool_reason is None and by is not SYSTEM:
        raise Refused(_now("Say why it goes into the pool."), "pool_reason")
    terms = _goal(record, pool) if pool else pool_for(desk_of(record).slug, record.owner_id)
    if terms is None:
        raise Refused(_now("Its owner belongs to no pool; say into which it goes."), "pool")
    former, record.owner_id = record.owner_id, None
    record.former_owner_id, record.pool_id = former, terms.row.pk
    record.pool_reason_id, record.pooled_at = pool_reason, timezone.now()
    return [PutIntoPool(desk_of(record).slug, record.pk, terms.row.pk, former, by.user_id)]


@command(
    None, label=_("Move to another pool"), icon="arrow-left-right", needs="edit", fits=_may_be_pooled, suits=_is_pooled,
    labels={"reason": _("Remark")}, refreshes=EVERYTHING,
)  # fmt: skip
def move_to_pool(record: Pooled, *, by: Actor, pool: int, reason: str = "") -> Iterable[Event]:
    """Put what lies in one pool into another."""
    terms_of(record)
    record.pool_id = _goal(record, pool).row.pk
    return []


def _goal(record: Pooled, pool: int) -> Terms:
    """The pool that a record is to go into. Raises Refused where it holds other records."""
    terms = pools().get(pool)
    if terms is None or terms.row.object != desk_of(record).slug:
        raise Refused(_now("This pool is not for such records."), "pool")
    return terms


@command(
    None, label=_("Claim"), icon="user-plus", fits=_may_be_pooled, suits=_is_pooled, weigh=weigh_claims, foremost=True,
    refreshes=EVERYTHING,
)  # fmt: skip
def claim(record: Pooled, *, by: Actor) -> Iterable[Event]:
    """Take the record out of its pool and own it."""
    pool = record.pool_id or 0
    record.owner_id, record.claimed_at = by.user_id, timezone.now()
    return [Claimed(desk_of(record).slug, record.pk, pool, by.user_id)]


@command(
    None, label=_("Give out"), icon="user-check", needs="assign", fits=_may_be_pooled, suits=_is_pooled, weigh=weigh_gifts,
    foremost=True, refreshes=EVERYTHING,
)  # fmt: skip
def give_out(record: Pooled, *, by: Actor, owner: int) -> Iterable[Event]:
    """Let somebody own what lies in a pool, as far as they may own another one."""
    former, record.owner_id = record.former_owner_id, owner
    return [Assigned(desk_of(record).slug, record.pk, owner, former, by.user_id)]


@command(Pool, label=_("Archive"), icon="archive", needs="archive")
def archive(pool: Pool, *, by: Actor) -> Iterable[Event]:
    """Take a pool out of use, once nothing lies in it."""
    if any(desk.model._base_manager.filter(pool=pool.pk).exists() for desk in pooled_desks()):
        raise Refused(_now("Records still lie in “%(pool)s”.") % {"pool": pool.label})
    return verbs.archive.verb(pool, by=by) or ()
