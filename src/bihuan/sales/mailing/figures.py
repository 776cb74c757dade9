"""What a mailing came to: its figures with the lists behind them, why people were left out, and its course day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.core import job, registry
from bihuan.core.access import visible
from bihuan.sales.mailing.recipient import FIGURES, REASONS, MailingRecipient
from bihuan.web.subject import Subject

#: What the course shows of a day, by the field of the recipient that says when; of the latest days.
COURSE = {"at": "sent_count", "opened_at": "opened_count", "clicked_at": "clicked_count"}
LATEST = 14


class Figure(NamedTuple):
    """A number and the list of whom it counts ("": not to be opened); `percent` is the share of those who got the mail."""

    label: str
    value: int
    url: str
    percent: int | None = None


class Day(NamedTuple):
    """What happened on a day: a number for each column, with its length from 0 to 100."""

    day: date
    bars: list[tuple[int, int]]


def figures(subject: Subject) -> list[Figure]:
    """The figures of a mailing that the actor sees, each as large as its list."""
    shown = []
    sent = subject.record.sent_count if "sent_count" in subject.fields else 0
    for column, asked in FIGURES.items():
        field = subject.fields.get(column)
        if field is None or (column == "opened_count" and not counts_opens(subject)):
            continue
        value = field.value_of(subject.record)
        params = {
            f"{name}.in" if states else f"{name}.filled": ",".join(states or ()) for name, states in asked.items()
        }
        is_response = None in asked.values() and sent
        percent = round(value * 100 / sent) if is_response else None
        shown.append(Figure(str(field.label), value, _list(subject, params), percent))
    return shown


def counts_opens(subject: Subject) -> bool:
    """Whether the mailing counts opens; to whom that is hidden it looks as if it did."""
    return "counts_opens" not in subject.fields or subject.record.counts_opens


def left_out(subject: Subject) -> list[Figure]:
    """How many were left out for each reason."""
    if "left_out_count" not in subject.fields or not _sees(subject, "reason"):
        return []
    rows = visible(subject.actor, MailingRecipient).filter(mailing=subject.record, state="left_out")
    counts = dict(rows.order_by().values_list("reason").annotate(count=Count("pk")))
    return [
        Figure(str(label), counts[name], _list(subject, {"reason.in": name})) for name, label in REASONS.items() if counts.get(name)
    ]  # fmt: skip


def course(subject: Subject) -> tuple[list[str], list[Day]]:
    """The heads of the columns, and the latest days on which something happened."""
    columns = [name for name, count in COURSE.items() if count in subject.fields and _sees(subject, name)]
    if "opened_at" in columns and not counts_opens(subject):
        columns.remove("opened_at")
    rows = visible(subject.actor, MailingRecipient).filter(mailing=subject.record).order_by()
    by_day: dict[date, dict[str, int]] = {}
    for name in columns:
        happened = rows.filter(**{f"{name}__isnull": False}).annotate(day=TruncDate(name)).values_list("day")
        for day, count in happened.annotate(count=Count("pk")):
            by_day.setdefault(day, {})[name] = count
    most = max((count for counts in by_day.values() for count in counts.values()), default=1)
    days = [
        Day(day, [(counts.get(name, 0), counts.get(name, 0) * 100 // most) for name in columns])
        for day, counts in sorted(by_day.items())[-LATEST:]
    ]  # fmt: skip
    fields = registry.desk_of(MailingRecipient).own_fields
    return [str(fields[name].label) if name != "at" else _("Sent") for name in columns], days


def under_way(subject: Subject) -> Iterable[job.Job]:
    """The work that is finding out who gets the mailing."""
    return job.Job.objects.filter(
        work="plan_mailing", inputs__mailing=subject.record.pk, state__in=("queued", "running")
    )


def _sees(subject: Subject, *names: str) -> bool:
    return registry.desk_of(MailingRecipient).whole_fields(subject.actor).keys() >= {"mailing", *names}


def _list(subject: Subject, params: dict[str, str]) -> str:
    """The address of a list of recipients; "" for whom it would ask by a field that they do not see."""
    if not (
        subject.actor.may(MailingRecipient, "view") and _sees(subject, *(name.partition(".")[0] for name in params))
    ):
        return ""
    asked = urlencode({"mailing.in": subject.record.pk} | params, safe=",")
    return f"{reverse('list', args=['mailingrecipient'])}?{asked}"
