"""The tables of this room, for Django to find."""

from bihuan.sales.assignment import AssignmentRule, AssignmentTurn
from bihuan.sales.campaign_member import CampaignMember
from bihuan.sales.lead import Lead
from bihuan.sales.lead_score import ScoreRule
from bihuan.sales.opportunity import Opportunity, OpportunityContact, OpportunityProduct

__all__ = [
    "AssignmentRule",
    "AssignmentTurn",
    "CampaignMember",
    "Lead",
    "Opportunity",
    "OpportunityContact",
    "OpportunityProduct",
    "ScoreRule",
]
