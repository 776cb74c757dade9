"""What a visitor sees of a lead form, and what becomes of what they send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files import File
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from bihuan.core import kind, registry
from bihuan.core.access import ALL_ROWS, NO_ROWS, SYSTEM, Actor, Rows, visible
from bihuan.core.attached import attach
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.run import do
from bihuan.market.campaign import Campaign
from bihuan.market.commands import submit
from bihuan.market.form_submission import FormSubmission
from bihuan.market.lead_form import ASKED, FormQuestion, LeadForm, usual_questions
from bihuan.market.own_questions import own_questions
from bihuan.web.form import Input

#: Bytes of the file that may come with a form, and the endings of its name.
FILE_LIMIT = 10 * 2**20
FILE_TYPES = (
    ".pdf", ".png", ".jpg", ".jpeg", ".webp", ".heic", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".txt", ".csv", ".zip", ".dwg",
)  # fmt: skip


class Visitor(Actor):
    """Somebody of whom we know nothing: may send a form in, with a file, and do nothing else."""

    kind, name = "visitor", "visitor"
    _MAY = frozenset(
        {
            ("leadform", "view"),
            ("campaign", "view"),
            *((slug, act) for slug in ("formsubmission", "attachment") for act in ("view", "create")),
        }
    )

    def rows(self, object: str, action: str) -> Rows:
        return ALL_ROWS if (object, action) in self._MAY else NO_ROWS


VISITOR = Visitor()


@dataclass(slots=True)
class Answer:
    """A question with what was answered and what is wrong with that."""

    name: str
    label: str
    required: bool
    hint: str = ""
    own: Field | None = None  # the own field of leads that is asked for
    value: str = ""
    error: str = ""

    @property
    def input(self) -> Input | None:
        """The control of a question of the firm's own: that which the field has in every form."""
        return None if self.own is None else Input(self.own, text=self.value, error=self.error, prefix="q")

    @property
    def control(self) -> str:
        """How it is asked: "area", "file", or the type of an input."""
        return _CONTROLS.get(self.name, "text")

    @property
    def autocomplete(self) -> str:
        """What browsers fill in by themselves."""
        return _AUTOCOMPLETE.get(self.name, "off")


_CONTROLS = {"demand": "area", "file": "file", "mobile": "tel", "phone": "tel", "email": "email"}
_AUTOCOMPLETE = {
    "name": "name", "company": "organization", "title": "organization-title", "mobile": "tel", "phone": "tel-national",
    "email": "email", "province": "address-level1", "city": "address-level2",
}  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """A form as somebody fills it in. `error` is what is wrong with the whole of it."""

    form: LeadForm
    answers: list[Answer]
    values: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def is_wrong(self) -> bool:
        return bool(self.error) or any(each.error for each in self.answers)


def form_at(token: str) -> LeadForm | None:
    """The form of an address; also one that is not open. None where there is none, or it was given up."""
    return visible(VISITOR, LeadForm).filter(token=token).first()


def blank(form: LeadForm) -> Sheet:
    """The form as it is before anybody has written on it; it also asks for the own fields that no lead is made without."""
    rows = visible(SYSTEM, FormQuestion).filter(form=form).order_by("order", "pk")
    asked = list(rows) or usual_questions(form)
    own = own_questions()
    names = {each.field for each in asked}
    asked += [FormQuestion(form=form, field=name) for name, each in own.items() if each.required and name not in names]
    known = [each for each in asked if each.field in ASKED or each.field in own]
    return Sheet(form, [_answer(each, own.get(each.field)) for each in known])


def _answer(asked: FormQuestion, own: Field | None) -> Answer:
    """A question without an answer. What no lead is made without must be answered, whatever the form says."""
    required = asked.required or (own is not None and own.required)
    return Answer(asked.field, asked.text, required, asked.hint, own)


def filled(form: LeadForm, sent: QueryDict, files: Mapping[str, File]) -> Sheet:
    """The form with what was sent, every answer checked."""
    sheet, known = blank(form), registry.desk_of(FormSubmission).own_fields
    for each in sheet.answers:
        try:
            if each.name == "file":
                value = _checked_file(files.get("file"))
            elif each.own is not None:
                each.value = ",".join(sent.getlist(each.name)).strip()
                value = each.own.check(each.own.parse(each.value)) if each.value else None
            else:
                each.value = sent.get(each.name, "")
                asked = known[each.name]
                value = asked.check(asked.parse(each.value))
            if value in (None, "", ()) and each.required:
                raise Refused(_("This is needed."))
            sheet.values[each.name] = value
        except Refused as refusal:
            each.error = refusal.sentence
    return sheet


def _checked_file(file: File | None) -> File | None:
    """A file of a size and a kind that forms take. Raises Refused."""
    if file is None:
        return None
    if not (file.name or "").lower().endswith(FILE_TYPES):
        told = {"types": " ".join(each.lstrip(".") for each in FILE_TYPES)}
        raise Refused(_("Files of this kind are not taken; these are: %(types)s.") % told)
    if file.size > FILE_LIMIT:
        raise Refused(_("The file is larger than %(limit)d MB.") % {"limit": FILE_LIMIT // 2**20})
    return kind.Upload().parse(None, file)  # type: ignore[arg-type]  # (the kind asks nothing of its field)


@transaction.atomic
def keep(sheet: Sheet, mark: str, **way: Any) -> None:
    """Write a filled form down; `way` tells whence it came (see `submit`). What has this mark already is not kept twice.

    Raises Refused.
    """
    own = {each.name: each.value for each in sheet.answers if each.own is not None and each.value}
    answers = {name: value for name, value in sheet.values.items() if name != "file" and name not in own and value}
    try:
        made = do(submit, by=VISITOR, on=FormSubmission, form=sheet.form.pk, mark=mark, own=own, **way, **answers)
    except Refused:
        if visible(SYSTEM, FormSubmission, archived=None).filter(mark=mark).exists():
            return
        raise
    if file := sheet.values.get("file"):
        do(attach, by=VISITOR, about="formsubmission", about_id=made.pk, file=file)


def campaign_of(form: LeadForm, code: str) -> int | None:
    """For which campaign something counts: the one whose code stands in the address, else that of the form."""
    named = visible(VISITOR, Campaign).filter(code=code).values_list("pk", flat=True) if code else []
    return next(iter(named), form.campaign_id)
