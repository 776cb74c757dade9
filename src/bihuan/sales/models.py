"""The tables of this room, for Django to find."""

from bihuan.sales.competitor import Competitor
from bihuan.sales.forecast_adjustment import ForecastAdjustment
from bihuan.sales.forecast_snapshot import ForecastSnapshot
from bihuan.sales.opportunity import Opportunity, OpportunityContact, OpportunityProduct
from bihuan.sales.opportunity_competitor import OpportunityCompetitor
from bihuan.sales.price_conflict import PriceConflict
from bihuan.sales.target import Target

__all__ = [
    "Competitor",
    "ForecastAdjustment",
    "ForecastSnapshot",
    "Opportunity",
    "OpportunityCompetitor",
    "OpportunityContact",
    "OpportunityProduct",
    "PriceConflict",
    "Target",
]
