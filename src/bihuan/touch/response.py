"""The clock of every answer: an inbound touch starts it, an outbound one with the same person stops it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_noop

from bihuan.core import link, notify, registry
from bihuan.core.access import SYSTEM, visible
from bihuan.core.run import Call, run
from bihuan.core.verbs import assign
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.people.staff import staff
from bihuan.people.work_calendar import working_time
from bihuan.people.working_time import USUAL, after
from bihuan.touch.commands import answer_waiting, await_answer, hear_more, name_waiting
from bihuan.touch.response_rule import rule_for
from bihuan.touch.touchpoint import BY_PEOPLE, Touchpoint
from bihuan.touch.waiting import Waiting

DAY = timedelta(days=1)
#: What is said so soon after an answer asks for a further one, not for a first.
SAME_MATTER = timedelta(days=7)
#: A manager hears of what ran over its time since; a worker that stood still for longer tells of no old cases.
LOOK_BACK = timedelta(days=3)
OVERDUE = gettext_noop("%(who)s has waited too long for an answer from %(owner)s.")

#: A contact; where nobody is named an account; else the record that the touch is about, such as a lead: whose touches make one
#: conversation.
Whom = tuple[str, int]


#: The columns that say with whom a touch or a wait is.
PARTIES = ("contact_id", "account_id", "about", "about_id")


class Touch(NamedTuple):
    """What the clock needs to know of a touch; choices, parties and the owner by their ids."""

    key: int
    at: datetime
    channel: int
    outcome: int | None
    level: int | None
    account: int | None
    contact: int | None
    about: str
    about_id: int | None
    owner: int | None

    @property
    def whom(self) -> Whom | None:
        return _whom(self.contact, self.account, self.about, self.about_id)


def keep_clocks(keys: Iterable[int]) -> None:
    """Stop and start what these new touches stop and start, in the transaction that makes them."""
    inbound, outbound = _touches(keys)
    _lock([*inbound, *outbound])
    if outbound:
        _stop(outbound)
    if inbound:
        _start(inbound)


def _touches(keys: Iterable[int]) -> tuple[list[Touch], list[Touch]]:
    """Those of the touches that may start a clock, and those that may stop one, each in the order of time."""
    rows = _by_people().filter(pk__in=list(keys)).order_by("at", "pk")
    owner = Coalesce("owner_id", "account__owner_id", "contact__owner_id")
    columns = ("channel_id", "outcome_id", "account__level_id", "account_id", "contact_id", "about", "about_id", owner)
    found: dict[str, list[Touch]] = {"in": [], "out": []}
    earliest = _working_day_before()
    for direction, *values in rows.values_list("direction", "pk", "at", *columns):
        touch = Touch(*values)
        if touch.whom and (direction == "out" or touch.at >= earliest):
            found[direction].append(touch)
    return _owned(found["in"]), found["out"]


def _owned(inbound: Sequence[Touch]) -> list[Touch]:
    """The same; where neither the touch nor its party is anybody's, whose the record is that it is about. A query for each object."""
    asked: dict[str, set[int]] = {}
    for each in inbound:
        if each.owner is None and each.about and each.about_id:
            asked.setdefault(each.about, set()).add(each.about_id)
    owners = {
        (slug, key): owner
        for slug, keys in asked.items()
        if "owner" in registry.desk(slug).own_fields
        for key, owner in visible(SYSTEM, registry.desk(slug).model).filter(pk__in=keys).values_list("pk", "owner_id")
    }
    return [each._replace(owner=each.owner or owners.get((each.about, each.about_id or 0))) for each in inbound]


def _lock(touches: Sequence[Touch]) -> None:
    """One touch of a person after the other: the next one looks when this one's wait has begun or ended.

    Accounts come before contacts, as in the rollups of a touch, and both before other records and waits: so nobody waits for each other.
    """
    if connection.features.has_select_for_update:
        keys = {Account: {each.account for each in touches}, Contact: {each.contact for each in touches}}
        for slug, key in sorted(each.whom for each in touches if each.whom):
            if slug not in ("account", "contact"):
                keys.setdefault(registry.desk(slug).model, set()).add(key)
        for model, wanted in keys.items():
            rows = visible(SYSTEM, model, archived=None).filter(pk__in=wanted - {None}).order_by("pk")
            list(rows.select_for_update(no_key=True).values_list("pk"))


def _by_people() -> QuerySet[Touchpoint]:
    """The touches that somebody made: what a machine sends asks for no answer, and is none."""
    return visible(SYSTEM, Touchpoint).filter(BY_PEOPLE)


def _working_day_before() -> datetime:
    """Midnight before the last day on which people worked: who spoke earlier, as in an import of history, waits for nothing."""
    at = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - DAY
    while not USUAL.spans(at.date()):
        at -= DAY
    return at


def _whom(contact: int | None, account: int | None, about: str, about_id: int | None) -> Whom | None:
    if contact or account:
        return ("contact", contact) if contact else ("account", account or 0)
    return (about, about_id) if about and about_id else None


def _with(contact: int | None, account: int | None, about: str, about_id: int | None) -> Iterator[Whom]:
    """Everybody whom a touch is with: who talks with a contact talks with their account too, and about the record at hand."""
    yield from ((name, key) for name, key in (("contact", contact), ("account", account), (about, about_id)) if key)


# ---------------------------------------------------------------------- stopping


def _stop(outbound: Sequence[Touch]) -> None:
    """Whoever waited until one of these touches has been answered by it, whoever made it."""
    with_whom = [(each, set(_with(each.contact, each.account, each.about, each.about_id))) for each in outbound]
    same = _same(whom for _touch, parties in with_whom for whom in parties)
    rows = visible(SYSTEM, Waiting).filter(same, state="waiting", since__lte=outbound[-1].at)
    calls = []
    for key, since, *parties in rows.values_list("pk", "since", *PARTIES):
        whom = _whom(*parties)
        answer = next((each for each, those in with_whom if each.at >= since and whom in those), None)
        if answer is not None:
            calls.append(Call({"answered_at": answer.at, "answered_by": answer.owner}, key))
    if calls:
        run(answer_waiting, calls, by=SYSTEM, on=Waiting)


# ---------------------------------------------------------------------- starting


def _start(inbound: Sequence[Touch]) -> None:
    """Whoever is to be answered waits from their first touch on; who waits already has said more."""
    asking: dict[Whom, list[Touch]] = {}
    for each in inbound:
        rule = rule_for(each.level, each.channel, each.outcome)
        if rule is not None and rule.first_minutes is not None:
            asking.setdefault(each.whom, []).append(each)  # type: ignore[arg-type]
    if not asking:
        return
    answered = _last_outbound(asking, since=inbound[0].at)
    waiting, new, more = _waiting(asking), [], []
    for whom, touches in asking.items():
        left = [each for each in touches if whom not in answered or each.at > answered[whom]]
        if left and whom in waiting:
            more.append(Call({"touchpoint": left[-1].key}, waiting[whom]))
        elif left:
            new.append((whom, left[0], left[-1]))
    if more:
        run(hear_more, more, by=SYSTEM, on=Waiting)
    if new:
        further = _answered_lately(asking)
        calls = [Call(_begun(first, last, further=whom in further)) for whom, first, last in new]
        run(await_answer, calls, by=SYSTEM, on=Waiting)


def _begun(first: Touch, last: Touch, *, further: bool) -> Mapping[str, Any]:
    """The inputs of a new wait: its time runs by the working hours of whoever is to answer."""
    rule = rule_for(first.level, first.channel, first.outcome)
    assert rule is not None
    owner = staff().get(first.owner or 0)
    hours, minutes = working_time(owner.unit_id if owner else None), rule.minutes(further=further) or 0
    late = None if rule.escalate_minutes is None else after(first.at, minutes + rule.escalate_minutes, hours)
    return {
        "touchpoint": last.key, "account": first.account, "contact": first.contact, "about": first.about,
        "about_id": first.about_id, "channel": first.channel, "owner": first.owner, "since": first.at,
        "due_at": after(first.at, minutes, hours), "escalate_at": late, "further": further,
    }  # fmt: skip


def _same(asking: Iterable[Whom]) -> Q:
    """What is with one of these contacts or accounts, or about one of these records."""
    keys: dict[str, set[int]] = {"contact": set(), "account": set()}
    for name, key in asking:
        keys.setdefault(name, set()).add(key)
    found = Q(contact__in=keys.pop("contact")) | Q(account__in=keys.pop("account"))
    for slug, records in keys.items():
        found |= Q(about=slug, about_id__in=records)
    return found


def _last_outbound(asking: Mapping[Whom, Any], since: datetime) -> dict[Whom, datetime]:
    """When each of these was last spoken to, if that was after a moment: what is logged late may be answered already."""
    rows = _by_people().filter(_same(asking), direction="out", at__gte=since).order_by("at")
    found: dict[Whom, datetime] = {}
    for *parties, at in rows.values_list(*PARTIES, "at"):
        found |= {whom: at for whom in _with(*parties) if whom in asking}
    return found


def _waiting(asking: Iterable[Whom]) -> dict[Whom, int]:
    """The waits of these that are open."""
    rows = visible(SYSTEM, Waiting).filter(_same(asking), state="waiting").order_by("-pk")
    return {whom: key for key, *parties in rows.values_list("pk", *PARTIES) if (whom := _whom(*parties)) is not None}


def _answered_lately(asking: Iterable[Whom]) -> set[Whom | None]:
    """Those of these who have been given an answer so lately that this is still about the same matter."""
    recent = timezone.now() - SAME_MATTER
    rows = visible(SYSTEM, Waiting).filter(_same(asking), state="answered", answered_at__gte=recent)
    return {_whom(*parties) for parties in rows.values_list(*PARTIES)}


# ---------------------------------------------------------------------- handing on


def hand_over(whom: Whom, owner: int, former: int | None) -> None:
    """Whoever gets a record owes the answers that nobody owed, or its former owner did, to those who wait about it."""
    rows = visible(SYSTEM, Waiting).filter(_same([whom]), state="waiting").exclude(owner=owner)
    calls = [Call({"owner": owner}, key) for key in rows.filter(owner=former).values_list("pk", flat=True)]
    if calls:
        run(assign, calls, by=SYSTEM, on=Waiting)


def make_known(about: Whom, *, contact: int | None, account: int | None) -> None:
    """A record such as a lead has become a contact and an account: whoever waited about it is one of those."""
    rows = visible(SYSTEM, Waiting).filter(_same([about]), contact=None, account=None)
    calls = [Call({"contact": contact, "account": account}, key) for key in rows.values_list("pk", flat=True)]
    if calls:
        run(name_waiting, calls, by=SYSTEM, on=Waiting)


# ---------------------------------------------------------------------- telling the manager


def escalate(now: datetime | None = None) -> int:
    """Tell managers of answers that are long overdue, of each once; returns how many they are told of."""
    now = now or timezone.now()
    rows = visible(SYSTEM, Waiting).filter(
        state="waiting", escalate_at__lte=now, escalate_at__gt=now - LOOK_BACK, owner__manager__isnull=False
    )
    columns = ("pk", "owner__manager_id", "owner__name", "contact__name", "account__name", "about", "about_id")
    overdue = {f"waiting:{key}": (key, *rest) for key, *rest in rows.values_list(*columns)}
    for told in notify.told((manager for _key, manager, *_rest in overdue.values()), overdue):
        del overdue[told]
    for key, (waiting, manager, owner, contact, account, about, about_id) in overdue.items():
        notify.tell(
            manager,
            OVERDUE,
            key=key,
            about="waiting",
            about_id=waiting,
            who=contact or account or link.titles(SYSTEM, registry.desk(about), [about_id])[about_id],
            owner=owner,
        )
    return len(overdue)
