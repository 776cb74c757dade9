"""What leads into the funnel of deals: the leads of the same span, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext as _

from bihuan.core.access import Actor
from bihuan.core.period import Period
from bihuan.core.query import Query
from bihuan.core.registry import desk_of
from bihuan.sales.lead import Lead
from bihuan.web.funnel import Figure, Source, leads_into
from bihuan.web.workbench import address


@leads_into("opportunity")
def leads_of(actor: Actor, owned: Mapping[str, str], period: Period) -> list[Source]:
    """Leads made in the period, those that became contacts, those that became deals, and those whose deal was won."""
    desk, last = desk_of(Lead), period.end - timedelta(days=1)
    steps = (
        (_("Leads"), ""),
        (_("Became contacts"), "contact.filled"),
        (_("Became opportunities"), "opportunity.filled"),
        (_("Won"), "opportunity.stage.kind.in"),
    )
    if not actor.may(Lead, "view") or not all(desk.has(actor, name.rpartition(".")[0]) for _label, name in steps[1:]):
        return []
    made = {**owned, "created_at.between": f"{period.start}..{last}"}

    found: list[Source] = []
    for label, name in steps:
        params = made | ({name: "won" if name.endswith(".in") else ""} if name else {})
        count = Query.parse(desk, actor, params, ()).count()
        before = found[-1].figure.count if found else 0
        found.append(Source(label, Figure(count, address(desk, params), count / before if before else None)))
    return found
