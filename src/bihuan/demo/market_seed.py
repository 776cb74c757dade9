"""The market of the demo firm, loaded through the commands that everybody uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.core.run import Call, do, run
from bihuan.core.verbs import create
from bihuan.demo.market import Market
from bihuan.demo.market import Segment as ToldSegment
from bihuan.demo.office_hours import OfficeHours
from bihuan.market.campaign import Campaign
from bihuan.market.commands import accept_submission, measure_segment, note_size, submit
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import FormQuestion, LeadForm
from bihuan.market.segment import Segment, SegmentSize
from bihuan.sales.campaign_member import CampaignMember

if TYPE_CHECKING:
    from bihuan.demo.seed import Keys, Seeder


def load_campaigns(seeder: Seeder, told: Market) -> Keys:
    """The campaigns, before the leads and deals that came by them."""

    def values(row: Any) -> Mapping[str, Any]:
        return {
            "name": row.name, "code": row.key, "type": seeder.choice("campaign_type", row.type), "state": row.state,
            "channel": seeder.choice("channel", row.channel), "starts_on": row.begins, "ends_on": row.ends, "budget": row.budget,
            "cost": row.cost, "owner": seeder.users[row.owner], "created_at": row.begins - timedelta(days=40),
        }  # fmt: skip

    return seeder.make(Campaign, "key", told.campaigns, values)


def load_market(seeder: Seeder, told: Market, campaigns: Keys, leads: Keys) -> None:
    """Forms with what came in by them, segments with their sizes, and members."""
    forms = _load_forms(seeder, told, campaigns)
    _load_submissions(seeder, told, forms, campaigns, leads)
    for row in told.segments:
        _load_segment(seeder, row)

    begins, hours = {row.key: row.begins for row in told.campaigns}, OfficeHours(seeder.world.today)

    def member(row: Any) -> Mapping[str, Any]:
        status = seeder.choice("campaign_member_status", row.status)
        came = min(begins[row.campaign], seeder.world.today)
        return {
            "campaign": campaigns[row.campaign], "contact": seeder.contacts[row.contact], "status": status,
            "created_at": hours.at(came, "09:00"),
        }  # fmt: skip

    seeder.make(CampaignMember, "", told.members, member)


def _load_forms(seeder: Seeder, told: Market, campaigns: Keys) -> Keys:
    def form(row: Any) -> Mapping[str, Any]:
        name, name_hant, name_en = row.name
        return {
            "name": name, "name_hant": name_hant, "name_en": name_en, "campaign": campaigns[row.campaign],
            "source": seeder.choice("source", row.source), "intro": row.intro, "thanks": row.thanks, "hosts": row.hosts,
            "open_until": row.open_until, "owner": seeder.users[row.owner],
        }  # fmt: skip

    forms = seeder.make(LeadForm, "key", told.forms, form)
    asked = [(forms[row.key], *each, order) for row in told.forms for order, each in enumerate(row.questions)]
    names = ("form", "field", "required", "order")
    seeder.make(FormQuestion, "", asked, lambda row: dict(zip(names, row, strict=True)))
    return forms


def _load_submissions(seeder: Seeder, told: Market, forms: Keys, campaigns: Keys, leads: Keys) -> None:
    by_form = {row.key: campaigns[row.campaign] for row in told.forms}
    calls = [
        Call({
            "form": forms[row.form], "campaign": by_form[row.form], "name": row.name, "company": row.company, "mobile": row.mobile,
            "demand": row.demand, "suspicion": row.suspicion, "device": "Chrome · Windows", "created_at": row.at,
        })
        for row in told.submissions
    ]  # fmt: skip
    made = run(submit, calls, by=seeder.by, on=FormSubmission).records
    accepted = [
        Call({"about": "lead", "about_id": leads[row.lead]}, record.pk)
        for row, record in zip(told.submissions, made, strict=True) if row.lead
    ]  # fmt: skip
    run(accept_submission, accepted, by=seeder.by, on=FormSubmission)


def _load_segment(seeder: Seeder, row: ToldSegment) -> None:
    params = (
        (name, ",".join(str(seeder.choice(choices, key)) if choices else key for key in keys))
        for name, choices, keys in row.rule
    )
    rule = "&".join(f"{name}={operand}" for name, operand in params)
    made = do(
        create, by=seeder.by, on=Segment, name=row.name, object=row.object, rule=rule, owner=seeder.users[row.owner]
    )
    days = enumerate(row.sizes, 1)
    calls = [
        Call({"segment": made.pk, "day": seeder.world.today - timedelta(days=ago), "size": size}) for ago, size in days
    ]
    run(note_size, calls, by=seeder.by, on=SegmentSize)
    do(measure_segment, made, by=seeder.by)
