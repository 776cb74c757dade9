"""The day on which a record would fall into a pool, and why: worked out from its own columns and the pools' rules alone.

What is shown, filtered, warned of and recycled is this one result, kept on the record (see `Kept` in core/desk.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.parties.pools.pool import Rule, Terms, pool_for, pools

#: The day, what is missing (a key of CLOCKS) and the key of the pool; nothing where the record does not fall.
Fall = tuple[date | None, str, int | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of an owned record. Each moment or day is that of the last: touch, deal that came or was closed, won deal.

    A further thing that holds a record back, such as a contract that runs, is one more field here.
    """

    owner: int | None
    since: datetime | None
    level: int | None = None
    untouched: datetime | None = None
    no_deal: date | None = None
    not_won: date | None = None
    open_deals: int = 0


def fall(slug: str, standing: Standing) -> Fall:
    """When, why and into which pool a record falls as it stands."""
    terms = pool_for(slug, standing.owner)
    if terms is None or standing.since is None:
        return None, "", None
    rule = terms.rule(standing.level)
    spared = terms.row.spares_open_deals and standing.open_deals > 0
    if rule is None or not rule.days or spared:
        return None, "", terms.row.pk
    due, clock = min((_day_of(standing, clock) + timedelta(days), clock) for clock, days in rule.days)
    return max(due, _earliest(standing, terms, rule)), clock, terms.row.pk


def _day_of(standing: Standing, clock: str) -> date:
    """The day from which the days of a clock are counted: of the last such thing, or since when the owner has the record."""
    last = getattr(standing, clock)
    own = _day(standing.since)
    return own if last is None else max(own, _day(last))


def _earliest(standing: Standing, terms: Terms, rule: Rule) -> date:
    """Before this day the record does not fall: its owner is new, or what held it back until now gave no time to be warned."""
    warning = timedelta(terms.row.warn_days)
    floors = [_day(standing.since) + timedelta(terms.row.protected_days), rule.since + warning]
    if terms.row.spares_open_deals and standing.no_deal is not None:
        floors.append(standing.no_deal + warning)
    return max(floors)


def _day(moment: datetime | date) -> date:
    """The day in the firm's time zone."""
    return timezone.localdate(moment, timezone.get_default_timezone()) if isinstance(moment, datetime) else moment


def put_off(clock: str, pool: int | None, level: int | None = None, spared: int = 0) -> str:
    """What puts the day off, in words; "" where the record does not fall by any rule."""
    terms = pools().get(pool) if pool else None
    rule = terms.rule(level) if terms else None
    if terms is None or rule is None:
        return ""
    if clock:
        told = said(clock, dict(rule.days).get(clock, 0))
        return f"{told}; {_('an open deal holds it back')}" if terms.row.spares_open_deals else told
    return _("does not fall while a deal is open") if spared and rule.days else ""


def said(clock: str, days: int) -> str:
    """What a rule asks for, in words."""
    return {
        "untouched": _("falls %(days)d days after the last touch"),
        "no_deal": _("falls %(days)d days after the last opportunity"),
        "not_won": _("falls %(days)d days after the last won deal"),
    }[clock] % {"days": days}
