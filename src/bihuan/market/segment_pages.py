"""The way from a segment to the list of those who are in it."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.market.segment import NAMED, Segment, members
from bihuan.web import record_page
from bihuan.web.record_page import Action
from bihuan.web.subject import Subject

#: So many fit into an address.
MOST = 500


@record_page.further(Segment)
def to_list(subject: Subject) -> Action:
    """The list that the rule asks for; where some are named besides, the first few of all of them."""
    segment = subject.record
    named = segment.object in NAMED and getattr(segment, NAMED[segment.object]).exists()
    keys = members(segment, subject.actor).order_by("pk").values_list("pk", flat=True)[:MOST] if named else ()
    asked = f"ids={','.join(map(str, keys))}" if named else segment.rule.lstrip("?") or "ids=0"
    return Action(_("Show the list"), "list", f"{reverse('list', args=[segment.object])}?{asked}", "page")
