"""What sales does when something has happened: the library of competitors follows the deals."""

from __future__ import annotations

from bihuan.core import event
from bihuan.core.access import SYSTEM
from bihuan.core.run import Call, do, run
from bihuan.core.stage import step
from bihuan.core.verbs import create, update
from bihuan.sales.events import RivalNamed
from bihuan.sales.opportunity import Opportunity
from bihuan.sales.opportunity_competitor import OpportunityCompetitor


@event.on(RivalNamed)
@event.on(event.Changed, "opportunity")
@event.on(event.Moved, "opportunity")
def note_rivals(happened: event.Event) -> None:
    """The main competitor of a deal stands among its rivals; when the deal closes, each rival's outcome is set."""
    if isinstance(happened, event.Changed) and "competitor" not in happened.fields:
        return
    deal = Opportunity._base_manager.get(pk=happened.record_id)
    rivals = OpportunityCompetitor._base_manager.filter(opportunity=deal, archived_at=None)
    if deal.competitor_id and not rivals.filter(competitor=deal.competitor_id).exists():
        named = {"opportunity": deal.pk, "competitor": deal.competitor_id, "currency": deal.currency}
        do(create, by=SYSTEM, on=OpportunityCompetitor, **named)
    here = step(deal.stage_id)
    if here is None or here.kind == "open":
        open_again = [Call({"outcome": "running"}, each) for each in rivals.exclude(outcome="running")]
        run(update, open_again, by=SYSTEM, on=OpportunityCompetitor)
    else:
        ended = [Call({"outcome": outcome_of(deal, here.kind, each)}, each) for each in rivals.filter(outcome="running")]
        run(update, ended, by=SYSTEM, on=OpportunityCompetitor)


def outcome_of(deal: Opportunity, kind: str, rival: OpportunityCompetitor) -> str:
    """What a closed deal means for a rival: a lost one went to the main competitor, until somebody knows better."""
    if kind == "won":
        return "beaten"
    return "ahead" if rival.competitor_id == deal.competitor_id else "neither"
