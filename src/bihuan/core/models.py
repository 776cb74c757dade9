"""The kernel's tables, for Django to find."""

from bihuan.core.attached import Attachment, Note
from bihuan.core.audit import AuditEntry, Redaction
from bihuan.core.blueprint.draft import Draft
from bihuan.core.choice import Choice
from bihuan.core.configuration import Epoch
from bihuan.core.custom import CustomField
from bihuan.core.duplicates.models import DuplicateRule, LikelyPair, MatchKey, Scan
from bihuan.core.event import Delivery, Happening
from bihuan.core.exchange.profile import ImportProfile
from bihuan.core.form_rules.models import FormRule
from bihuan.core.held_file import StoredFile
from bihuan.core.job import Job
from bihuan.core.merge.models import Merge, MergedRecord, MovedLink
from bihuan.core.notify import Notification
from bihuan.core.numbering import Counter, NumberRule
from bihuan.core.once import Once
from bihuan.core.seal import AuditSeal
from bihuan.core.search.models import SearchEntry
from bihuan.core.settings_desks import ChoiceDesk, PipelineDesk, StageDesk  # noqa: F401  (declares them)
from bihuan.core.stage import Pipeline, Stage
from bihuan.core.stay import Stay
from bihuan.core.tally import Tally

__all__ = [
    "Attachment", "AuditEntry", "AuditSeal", "Choice", "Counter", "CustomField", "Delivery", "Draft", "DuplicateRule", "Epoch",
    "FormRule", "Happening", "ImportProfile", "Job", "LikelyPair", "MatchKey", "Merge", "MergedRecord", "MovedLink", "Note",
    "Notification", "NumberRule", "Once", "Pipeline", "Redaction", "Scan", "SearchEntry", "Stage", "Stay", "StoredFile",
    "Tally",
]  # fmt: skip
