"""The page of a record as it was at a moment: its fields then, each beside what it holds now where the two differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from markupsafe import Markup

from bihuan.core import past
from bihuan.core.audit import AuditEntry
from bihuan.web import show
from bihuan.web.change import describe, is_told, who
from bihuan.web.subject import Subject


@dataclass(frozen=True, slots=True)
class Then:
    """A field as it stood; `now` is what it holds today, None where that is the same."""

    label: str
    value: Markup
    now: Markup | None


def past_url(object: str, key: int, moment: datetime) -> str:
    """The address of a record as a change at `moment` left it."""
    return f"{reverse('past', args=[object, key])}?{urlencode({'at': moment.isoformat()})}"


def page(then: Subject, now: Subject, moment: datetime) -> dict[str, Any]:
    """What the page shows: the fields then, the change that made them so, and the way to the changes beside it."""
    earlier, later = past.neighbours(then.desk, then.record, moment)
    sections = facts(then, now)
    differing = sum(each.now is not None for _label, rows in sections for each in rows)
    local = timezone.localtime(moment)
    return {
        "title": then.title, "sections": sections, "differing": differing,
        "moment_text": f"{local:%Y-%m-%d %H:%M:%S}", "picked": f"{local:%Y-%m-%dT%H:%M:%S}",
        "latest": f"{timezone.localtime():%Y-%m-%dT%H:%M:%S}",
        "archived": then.is_archived, "change": _change(then, moment), "record_url": now.page, "past_url": now.url("past"),
        "list_url": reverse("list", args=[then.desk.slug]), "label": str(then.desk.label_plural).capitalize(),
        "earlier": earlier and past_url(then.desk.slug, then.record.pk, earlier),
        "later": later and past_url(then.desk.slug, then.record.pk, later),
    }  # fmt: skip


def facts(then: Subject, now: Subject) -> list[tuple[str, list[Then]]]:
    """The fields in their sections, those without a section last, as far as anything is or was in them."""
    told = [name for name in then.fields if name not in past.untold(then.desk)]
    sections = [(str(each.label), [name for name in each.fields if name in told]) for each in then.desk.fact_sections()]
    placed = {name for _label, names in sections for name in names}
    rest = [name for name in told if name not in placed and is_told(then.fields[name])]
    drawn = [(label, [_then(then, now, name) for name in names]) for label, names in sections]
    others = [_then(then, now, name) for name in rest]
    others = [each for each in others if each.value != show.NOTHING or each.now is not None]
    return [(label, rows) for label, rows in (*drawn, (_("Further fields"), others)) if rows]


def _then(then: Subject, now: Subject, name: str) -> Then:
    """Compared as they are drawn, for of what is kept back nobody shall learn that it differs."""
    field = then.fields[name]
    value, today = then.value(field), now.value(field)
    return Then(str(field.label), value, None if value == today else today)


def _change(then: Subject, moment: datetime) -> dict[str, Any] | None:
    """The change that left the record as it was at that moment."""
    entries = AuditEntry.objects.filter(object=then.desk.slug, record_id=then.record.pk, at__lte=moment)
    for entry, change in describe(then.actor, list(entries.order_by("-id")[:1])):
        return {"who": who(entry), "words": change.words, "at": show.moment(entry.at)}
    return None
