"""The clock of every answer: an inbound touch starts it, an outbound one with the same person stops it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_noop

from bihuan.core import notify
from bihuan.core.access import SYSTEM, visible
from bihuan.core.run import Call, run
from bihuan.parties.account import Account
from bihuan.parties.contact import Contact
from bihuan.people.staff import staff
from bihuan.people.work_calendar import working_time
from bihuan.people.working_time import USUAL, after
from bihuan.touch.commands import answer_waiting, await_answer, hear_more
from bihuan.touch.response_rule import rule_for
from bihuan.touch.touchpoint import BY_PEOPLE, Touchpoint
from bihuan.touch.waiting import Waiting

DAY = timedelta(days=1)
#: What is said so soon after an answer asks for a further one, not for a first.
SAME_MATTER = timedelta(days=7)
#: A manager hears of what ran over its time since; a worker that stood still for longer tells of no old cases.
LOOK_BACK = timedelta(days=3)
OVERDUE = gettext_noop("%(who)s has waited too long for an answer from %(owner)s.")

#: A contact or, where nobody is named, an account: whose touches make one conversation.
Whom = tuple[str, int]


class Touch(NamedTuple):
    """What the clock needs to know of a touch; choices, parties and the owner by their ids."""

    key: int
    at: datetime
    channel: int
    outcome: int | None
    level: int | None
    account: int | None
    contact: int | None
    owner: int | None

    @property
    def whom(self) -> Whom | None:
        return _whom(self.contact, self.account)


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
    columns = ("channel_id", "outcome_id", "account__level_id", "account_id", "contact_id", owner)
    found: dict[str, list[Touch]] = {"in": [], "out": []}
    earliest = _working_day_before()
    for direction, *values in rows.values_list("direction", "pk", "at", *columns):
        touch = Touch(*values)
        if touch.whom and (direction == "out" or touch.at >= earliest):
            found[direction].append(touch)
    return found["in"], found["out"]


def _lock(touches: Sequence[Touch]) -> None:
    """One touch of a person after the other: the next one looks when this one's wait has begun or ended.

    Accounts come before contacts, as in the rollups of a touch, and both before waits: so nobody waits for each other.
    """
    if connection.features.has_select_for_update:
        keys = {Account: {each.account for each in touches}, Contact: {each.contact for each in touches}}
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


def _whom(contact: int | None, account: int | None) -> Whom | None:
    return ("contact", contact) if contact else ("account", account) if account else None


# ---------------------------------------------------------------------- stopping


def _stop(outbound: Sequence[Touch]) -> None:
    """Whoever waited until one of these touches has been answered by it, whoever made it."""
    contacts, accounts = {each.contact for each in outbound}, {each.account for each in outbound}
    same = Q(contact__in=contacts - {None}) | Q(contact=None, account__in=accounts - {None})
    rows = visible(SYSTEM, Waiting).filter(same, state="waiting", since__lte=outbound[-1].at)
    calls = []
    for key, since, contact, account in rows.values_list("pk", "since", "contact_id", "account_id"):
        answers = (
            each for each in outbound
            if each.at >= since and (each.contact == contact if contact else each.account == account)
        )  # fmt: skip
        answer = next(answers, None)
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
        "touchpoint": last.key, "account": first.account, "contact": first.contact, "channel": first.channel, "owner": first.owner,
        "since": first.at, "due_at": after(first.at, minutes, hours), "escalate_at": late, "further": further,
    }  # fmt: skip


def _same(asking: Iterable[Whom]) -> Q:
    """What is with one of these contacts, or with one of these accounts."""
    keys: dict[str, list[int]] = {"contact": [], "account": []}
    for name, key in asking:
        keys[name].append(key)
    return Q(contact__in=keys["contact"]) | Q(account__in=keys["account"])


def _last_outbound(asking: Mapping[Whom, Any], since: datetime) -> dict[Whom, datetime]:
    """When each of these was last spoken to, if that was after a moment: what is logged late may be answered already."""
    rows = _by_people().filter(_same(asking), direction="out", at__gte=since).order_by("at")
    found: dict[Whom, datetime] = {}
    for contact, account, at in rows.values_list("contact_id", "account_id", "at"):
        found |= {whom: at for whom in (("contact", contact), ("account", account)) if whom in asking}
    return found


def _waiting(asking: Iterable[Whom]) -> dict[Whom, int]:
    """The waits of these that are open."""
    rows = visible(SYSTEM, Waiting).filter(_same(asking), state="waiting").order_by("-pk")
    return {
        whom: key
        for key, contact, account in rows.values_list("pk", "contact_id", "account_id")
        if (whom := _whom(contact, account)) is not None
    }


def _answered_lately(asking: Iterable[Whom]) -> set[Whom | None]:
    """Those of these who have been given an answer so lately that this is still about the same matter."""
    recent = timezone.now() - SAME_MATTER
    rows = visible(SYSTEM, Waiting).filter(_same(asking), state="answered", answered_at__gte=recent)
    return {_whom(contact, account) for contact, account in rows.values_list("contact_id", "account_id")}


# ---------------------------------------------------------------------- telling the manager


def escalate(now: datetime | None = None) -> int:
    """Tell managers of answers that are long overdue, of each once; returns how many they are told of."""
    now = now or timezone.now()
    rows = visible(SYSTEM, Waiting).filter(
        state="waiting", escalate_at__lte=now, escalate_at__gt=now - LOOK_BACK, owner__manager__isnull=False
    )
    columns = ("pk", "owner__manager_id", "owner__name", "contact__name", "account__name")
    overdue = {f"waiting:{key}": (key, *rest) for key, *rest in rows.values_list(*columns)}
    for told in notify.told((manager for _key, manager, *_rest in overdue.values()), overdue):
        del overdue[told]
    for key, (waiting, manager, owner, contact, account) in overdue.items():
        notify.tell(
            manager,
            OVERDUE,
            key=key,
            about="waiting",
            about_id=waiting,
            who=contact or account,
            owner=owner,
        )
    return len(overdue)
