"""The tables of this room, for Django to find."""

from bihuan.sales.opportunity import Opportunity, OpportunityContact, OpportunityProduct

__all__ = ["Opportunity", "OpportunityContact", "OpportunityProduct"]
