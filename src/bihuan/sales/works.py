"""What the room does at length."""

from __future__ import annotations

from collections.abc import Iterator

from bihuan.core import job
from bihuan.core.access import SYSTEM, acting, find, visible
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import assign, create, update
from bihuan.market.campaign import Campaign
from bihuan.market.segment import Segment
from bihuan.sales import lead_score
from bihuan.sales.assignment import Plan
from bihuan.sales.campaign_member import CampaignMember, batches, to_add
from bihuan.sales.lead import Lead
from bihuan.sales.mailing import planning
from bihuan.sales.mailing.commands import note_planned
from bihuan.sales.mailing.mailing import Mailing

BATCH = 500


@job.work("assign_leads")
def assign_leads(todo: job.Job) -> Iterator[None]:
    """Give every lead that is nobody's to whom the rules say; one of which no rule holds stays where it is."""
    waiting = visible(SYSTEM, Lead).filter(owner=None, pool=None, stage__kind="open").order_by("pk")
    while batch := list(waiting.filter(pk__gt=todo.cursor.get("after", 0))[:BATCH]):
        plan = Plan()
        owners = [(lead, plan.owner_of(lead)) for lead in batch]
        run(assign, [Call({"owner": who}, lead.pk) for lead, who in owners if who], by=SYSTEM, on=Lead, partial=True)
        plan.keep()
        todo.cursor = {"after": batch[-1].pk}
        todo.done += len(batch)
        yield


@job.work("score_leads")
def score_leads(todo: job.Job) -> Iterator[None]:
    """Reckon the scores of all open leads anew; only those that change are written."""
    rows = visible(SYSTEM, Lead).filter(stage__kind="open").order_by("pk")
    while batch := list(rows.filter(pk__gt=todo.cursor.get("after", 0))[:BATCH]):
        changed = [lead.pk for lead in batch if lead_score.of(lead) != lead.score]
        run(update, [Call({}, key) for key in changed], by=SYSTEM, on=Lead, partial=True)
        todo.cursor = {"after": batch[-1].pk}
        todo.done += len(batch)
        yield


@job.work("add_members")
def add_members(todo: job.Job) -> Iterator[None]:
    """Add whom a segment holds to a campaign, with the rights of whoever asked for it."""
    by, asked = acting(todo.user_id), todo.inputs
    segment, but = (key and find(by, Segment, key) for key in (asked["segment"], asked["but"]))
    people = to_add(find(by, Campaign, asked["campaign"]), segment, but, by)
    fixed = {"campaign": asked["campaign"], "status": asked["status"]}
    for keys in batches(people, todo.cursor.get("after", 0)):
        calls = [Call({**fixed, people.link: key}) for key in keys]
        refused = len(run(create, calls, by=by, on=CampaignMember, partial=True).refusals)
        todo.cursor = {"after": keys[-1]}
        todo.done += len(keys)
        counted = {"created": len(keys) - refused, "refused": refused}
        todo.result = {name: todo.result.get(name, 0) + count for name, count in counted.items()}
        yield


@job.work("plan_mailing")
def plan_mailing(todo: job.Job) -> Iterator[None]:
    """List who gets a mailing and who is left out, of those whom whoever asked for it sees."""
    by = acting(todo.user_id)
    mailing = find(by, Mailing, todo.inputs["mailing"], "edit")
    seen, lines = mailing.version, planning.planned(mailing, by)
    todo.total = len(lines)
    for written in planning.write(mailing, lines):
        todo.done = min(todo.done + written, todo.total)
        yield
    do(note_planned, mailing, by=SYSTEM, seen=seen)
    left_out = sum(bool(line.reason) for line in lines.values())
    todo.done, todo.result = todo.total, {"planned": todo.total - left_out, "left_out": left_out}
