"""The way from a segment to the list of those who are in it."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.market.segment import NAMED, Segment
from bihuan.web import record_page
from bihuan.web.record_page import Action
from bihuan.web.subject import Subject

#: So many fit into an address.
MOST = 500


@record_page.further(Segment)
def to_list(subject: Subject) -> Action | None:
    """The list that the rule asks for; without a rule the first of those who are named. Nothing for whom these are hidden."""
    segment = subject.record
    if not subject.desk.whole_fields(subject.actor).keys() >= {"object", "rule", *NAMED.values()}:
        return None
    asked = segment.rule.lstrip("?") or f"ids={','.join(map(str, _named(segment))) or 0}"
    return Action(_("Show the list"), "list", f"{reverse('list', args=[segment.object])}?{asked}", "page")


def _named(segment: Segment) -> Iterable[int]:
    if segment.object not in NAMED:
        return ()
    return getattr(segment, NAMED[segment.object]).order_by("pk").values_list("pk", flat=True)[:MOST]
