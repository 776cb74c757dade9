"""Likely duplicates as plain values: the warning in a form, the list of pairs, and what was merged lately."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core import link, registry
from bihuan.core.access import Actor, permits, visible
from bihuan.core.desk import Desk
from bihuan.core.duplicates.check import Likely, as_known, likely, named
from bihuan.core.duplicates.models import LikelyPair
from bihuan.core.duplicates.scan import near
from bihuan.core.merge.commands import ACTS
from bihuan.core.merge.models import UNDONE_WITHIN, Merge
from bihuan.web import show
from bihuan.web.subject import Subject

SIZE = 20


def warning(
    desk: Desk, actor: Actor, found: Sequence[Likely], *, barred: bool, asks: bool = True, insists: bool = False
) -> dict[str, Any]:
    """What a form tells of records that are there: each with its address, or only whose it is; `asks` for a word on it."""
    rows = [
        {
            "url": reverse("record", args=[desk.slug, each.id]) if each.title is not None else "", "name": named(each),
            "score": each.score, "reasons": reasons(desk, actor, each.reasons),
        }
        for each in found
    ]  # fmt: skip
    return {"rows": rows, "barred": barred, "may_insist": asks and not barred, "insists": insists}


def reasons(desk: Desk, actor: Actor, names: Iterable[str]) -> str:
    """The fields that are alike, as people call them."""
    fields = desk.fields(actor)
    return _(", ").join(str(fields[name].label) for name in names if name in fields)


# ---------------------------------------------------------------------- pairs


def pairs(desk: Desk, actor: Actor, after: int | None) -> dict[str, Any]:
    """The likeliest pairs of records that the actor sees both; `after` is the pair that the page before ended with."""
    seen = visible(actor, desk.model)
    rows = LikelyPair.objects.filter(
        object=desk.slug, dismissed_at=None, low__in=seen.values("pk"), high__in=seen.values("pk")
    )
    last = LikelyPair.objects.filter(pk=after).first()
    if last is not None:
        rows = rows.filter(Q(score__lt=last.score) | Q(score=last.score, pk__gt=last.pk))
    found = list(rows.order_by("-score", "pk")[: SIZE + 1])
    shown = found[:SIZE]
    records = {each.pk: each for each in seen.filter(pk__in={key for pair in shown for key in (pair.low, pair.high)})}
    return {
        "tab": "pairs", "pairs": [pair(desk, actor, records[each.low], records[each.high], each.score, each.reasons) for each in shown],
        "more_url": f"{reverse('duplicates', args=[desk.slug])}?after={shown[-1].pk}" if len(found) > SIZE else "",
    }  # fmt: skip


def of_record(desk: Desk, actor: Actor, record: Any) -> dict[str, Any]:
    """What one record may be the same as, found now; those that the actor does not see are only counted."""
    found = {each.id: each for each in (*near(desk, record, actor), *likely(desk, [record], actor)[0])}
    apart = LikelyPair.objects.filter(Q(low=record.pk) | Q(high=record.pk), object=desk.slug).exclude(dismissed_at=None)
    for low, high in apart.values_list("low", "high"):
        found.pop(high if low == record.pk else low, None)
    known = as_known(desk, actor, sorted(found.values(), key=lambda each: -each.score))
    others = {each.pk: each for each in visible(actor, desk.model).filter(pk__in=found)}
    return {
        "tab": "of", "subject": Subject(actor, desk, record), "hidden": [named(each) for each in known if each.id not in others],
        "pairs": [pair(desk, actor, record, others[each.id], each.score, each.reasons) for each in known if each.id in others],
    }  # fmt: skip


def pair(desk: Desk, actor: Actor, one: Any, other: Any, score: int, names: Iterable[str]) -> dict[str, Any]:
    """Two records side by side."""
    may = all(permits(actor, each, action) for each in (one, other) for action in ACTS)
    return {
        "score": score, "reasons": reasons(desk, actor, names), "other": other.pk,
        "sides": [side(Subject(actor, desk, each)) for each in (one, other)],
        "merge_url": f"{reverse('merge', args=[desk.slug])}?id={one.pk}&id={other.pk}" if may else "",
        "apart_url": reverse("command", args=[desk.slug, one.pk, "tell_apart"]) if permits(actor, one, "edit") else "",
    }  # fmt: skip


def side(subject: Subject) -> dict[str, Any]:
    """One record of a pair: its title and what is compared."""
    names = dict.fromkeys(name for match in subject.desk.duplicates for name in match.fields)
    shown = [each for each in subject.present(names) if each.name != subject.desk.title]
    owner = subject.fields.get("owner")
    return {
        "title": subject.title, "url": subject.page, "facts": [(str(each.label), subject.value(each)) for each in shown],
        "owner": subject.value(owner) if owner else "", "created": show.moment(subject.record.created_at),
    }  # fmt: skip


# ---------------------------------------------------------------------- merged


def merged(desk: Desk, actor: Actor) -> dict[str, Any]:
    """The merges of the last days into records that the actor sees, newest first, each with the way back."""
    since = timezone.now() - UNDONE_WITHIN
    seen = visible(actor, desk.model, archived=None)
    rows = Merge.objects.filter(object=desk.slug, at__gte=since, survivor__in=seen.values("pk")).order_by("-pk")
    rows = rows.prefetch_related("records")[:SIZE]
    keys = {key for each in rows for key in (each.survivor, *(one.record_id for one in each.records.all()))}
    titles = link.titles(actor, desk, keys)
    fields = desk.fields(actor)
    users = registry.desk("user")
    return {
        "tab": "merged",
        "merges": [
            {
                "key": each.pk, "into": titles.get(each.survivor, ""), "url": reverse("record", args=[desk.slug, each.survivor]),
                "from": [titles.get(one.record_id) or f"#{one.record_id}" for one in each.records.all()],
                "at": show.moment(each.at), "by": link.title(users, each.by), "undone": each.undone_at and show.moment(each.undone_at),
                "kept": _(", ").join(str(fields[name].label) for name in each.kept if name in fields),
                "undo_url": reverse("command", args=[desk.slug, each.survivor, "unmerge"]) if each.can_be_undone else "",
            }
            for each in rows
        ],
    }  # fmt: skip
