"""The tables of this room, for Django to find."""

from bihuan.market.campaign import Campaign
from bihuan.market.document import DocumentVersion, MarketingDocument
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import FormQuestion, LeadForm
from bihuan.market.opt_out import OptOut
from bihuan.market.segment import Segment, SegmentSize

__all__ = [
    "Campaign", "DocumentVersion", "FormQuestion", "FormSubmission", "LeadForm", "MarketingDocument", "OptOut", "Segment",
    "SegmentSize",
]  # fmt: skip
