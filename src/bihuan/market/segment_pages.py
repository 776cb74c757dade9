"""The ways between a list and a segment: from what is filtered to a segment of it, and from a segment to those who are in it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.core import registry
from bihuan.market.segment import NAMED, OBJECTS, Segment
from bihuan.web import list_page, list_rule, record_page
from bihuan.web.list_page import ListPage
from bihuan.web.record_page import Action
from bihuan.web.subject import Subject

#: So many fit into an address.
MOST = 500


@list_page.further
def to_segment(page: ListPage) -> Action | None:
    """Whom the list shows, as a segment under a name; nothing where it leaves nobody out."""
    rule, desk = list_rule.narrowing(page.address.params), registry.desk_of(Segment)
    if page.desk.slug not in OBJECTS or not rule or page.query.archived or not desk.offers(page.actor, "create"):
        return None
    given = urlencode({"object": page.desk.slug, "rule": urlencode(rule)})
    return Action(_("Save as segment"), desk.icon, f"{reverse('new', args=[desk.slug])}?{given}", "dialog")


@record_page.further(Segment)
def to_list(subject: Subject) -> Action | None:
    """The list that the rule asks for; without a rule the first of those who are named. Nothing for whom these are hidden."""
    segment = subject.record
    if not subject.desk.whole_fields(subject.actor).keys() >= {"object", "rule", *NAMED.values()}:
        return None
    asked = list_rule.asked(segment.rule) or {"ids": ",".join(map(str, _named(segment))) or "0"}
    if "ids" in asked:
        asked["ids"] = ",".join(asked["ids"].split(",")[:MOST])
    return Action(_("Show the list"), "list", f"{reverse('list', args=[segment.object])}?{urlencode(asked)}", "page")


def _named(segment: Segment) -> Iterable[int]:
    if segment.object not in NAMED:
        return ()
    return getattr(segment, NAMED[segment.object]).order_by("pk").values_list("pk", flat=True)[:MOST]
