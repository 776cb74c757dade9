"""What keeps somebody from taking a record out of a pool, or from being given it: asked once for a whole batch.

Whoever takes is locked meanwhile, so that two batches at once do not both take the last one that is allowed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bihuan.core import choice, link, registry
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.batch import Entry
from bihuan.core.errors import Refused
from bihuan.parties.pools.pool import Terms, pools
from bihuan.parties.pools.pooled import Pooled
from bihuan.people.user import User


def weigh_claims(entries: Sequence[Entry], by: Actor) -> None:
    """Refuse the claims of a batch that a pool's rules do not allow."""
    allowance = Allowance(entries, {by.user_id} if by.user_id else set())
    for entry in entries:
        try:
            terms = terms_of(entry.record)
            if not terms.has(by.user_id):
                raise Refused(_("You are not a member of the pool “%(pool)s”.") % {"pool": terms.row.label})
            _refuse_former_owner(entry.record, terms, by)
            allowance.claim(entry.record, terms, by.user_id)  # type: ignore[arg-type]
        except Refused as refusal:
            entry.refusal = refusal


def weigh_gifts(entries: Sequence[Entry], by: Actor) -> None:
    """Refuse what would give somebody more than a pool lets them own."""
    allowance = Allowance(entries, {entry.inputs["owner"] for entry in entries})
    for entry in entries:
        try:
            allowance.take(entry.record, terms_of(entry.record), entry.inputs["owner"])
        except Refused as refusal:
            entry.refusal = refusal


def terms_of(record: Pooled) -> Terms:
    """The pool that a record lies in. Raises Refused."""
    terms = pools().get(record.pool_id or 0)
    if terms is None:
        raise Refused(_("This record lies in no pool; somebody may have taken it just now."))
    return terms


def _refuse_former_owner(record: Pooled, terms: Terms, by: Actor) -> None:
    days = terms.row.cool_down_days
    if not days or record.former_owner_id != by.user_id or record.pooled_at is None:
        return
    free_on = timezone.localdate(record.pooled_at) + timedelta(days)
    if timezone.localdate() < free_on:
        told = {"days": days, "day": date_format(free_on, "DATE_FORMAT")}
        raise Refused(
            _("It was yours; you may claim it again %(days)d days after it came into the pool, on %(day)s.") % told
        )


class Allowance:
    """How many records of one object some people own and have claimed today, those of the batch so far among them."""

    def __init__(self, entries: Sequence[Entry], takers: set[int]) -> None:
        self.model: Any = type(entries[0].record) if entries else None
        locked = visible(SYSTEM, User, archived=None).select_for_update(no_key=True).filter(pk__in=takers)
        list(locked.order_by("pk").values_list("pk"))
        self._counts: Counter[Any] = Counter()

    def claim(self, record: Pooled, terms: Terms, taker: int) -> None:
        """Count one more claim. Raises Refused where it is one too many."""
        most = terms.row.claims_per_day
        today = ("today", taker)
        if most is not None and self._count(today, self._claims_today(taker)) >= most:
            raise Refused(
                _("You have claimed %(most)d today, and no more are allowed; go on tomorrow.") % {"most": most}
            )
        self.take(record, terms, taker)
        self._counts[today] += 1

    def take(self, record: Pooled, terms: Terms, taker: int) -> None:
        """Count one more record of somebody's. Raises Refused where they own as many as they may."""
        level = getattr(record, f"{record.level_column}_id") if record.level_column else None
        rule, owned = terms.rule(level), self._owned(terms, taker)
        places: list[Any] = [("owned", taker, terms.row.won_uncounted)]
        if terms.row.capacity is not None and self._count(places[0], owned) >= terms.row.capacity:
            raise Refused(_has_enough(taker, terms.row.capacity, None))
        if rule is not None and rule.capacity is not None:
            places.append((*places[0], level))
            of_level = owned.filter(**{record.level_column: level}) if record.level_column else owned
            if self._count(places[1], of_level) >= rule.capacity:
                raise Refused(_has_enough(taker, rule.capacity, level))
        self._counts.update(places)

    def _count(self, place: Any, rows: models.QuerySet[Any]) -> int:
        """How many there are, from the database the first time."""
        if place not in self._counts:
            self._counts[place] = rows.count()
        return self._counts[place]

    def _owned(self, terms: Terms, taker: int) -> models.QuerySet[Any]:
        owned = visible(SYSTEM, self.model).filter(owner=taker)
        won = self.model.won_column
        return owned.filter(**{won: None}) if won and terms.row.won_uncounted else owned

    def _claims_today(self, taker: int) -> models.QuerySet[Any]:
        """What somebody claimed today and still owns, or gave back."""
        midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time()))
        mine = Q(owner=taker, changed_at__gte=midnight) | Q(former_owner=taker, pooled_at__gte=midnight)
        return visible(SYSTEM, self.model).filter(mine, claimed_at__gte=midnight)


def _has_enough(taker: int, most: int, level: int | None) -> str:
    who = link.title(registry.desk("user"), taker)
    if level is None:
        return _("%(who)s owns %(most)d, as many as allowed; one must be given back first.") % {
            "who": who,
            "most": most,
        }
    named = choice.option(level)
    told = {"who": who, "most": most, "level": named.label if named else ""}
    return _("%(who)s owns %(most)d of level “%(level)s”, as many as allowed; one must be given back first.") % told
