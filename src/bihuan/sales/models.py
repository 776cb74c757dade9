"""The tables of this room, for Django to find."""

from bihuan.sales.assignment import AssignmentRule, AssignmentTurn
from bihuan.sales.campaign_member import CampaignMember
from bihuan.sales.competitor import Competitor
from bihuan.sales.forecast_adjustment import ForecastAdjustment
from bihuan.sales.forecast_snapshot import ForecastSnapshot
from bihuan.sales.lead import Lead
from bihuan.sales.lead_score import ScoreRule
from bihuan.sales.mailing.mailing import Mailing
from bihuan.sales.mailing.recipient import MailingRecipient
from bihuan.sales.opportunity import Opportunity, OpportunityContact, OpportunityProduct
from bihuan.sales.opportunity_competitor import OpportunityCompetitor
from bihuan.sales.price_conflict import PriceConflict
from bihuan.sales.target import Target

__all__ = [
    "AssignmentRule",
    "AssignmentTurn",
    "CampaignMember",
    "Competitor",
    "ForecastAdjustment",
    "ForecastSnapshot",
    "Lead",
    "Mailing",
    "MailingRecipient",
    "Opportunity",
    "OpportunityCompetitor",
    "OpportunityContact",
    "OpportunityProduct",
    "PriceConflict",
    "ScoreRule",
    "Target",
]
