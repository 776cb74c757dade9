"""Templates of mails, in three languages; what stands in braces is filled in from the record that is written about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core import kind, link
from bihuan.core.access import Actor, as_seen, visible
from bihuan.core.desk import Desk, Section
from bihuan.core.errors import Refused
from bihuan.core.field import Field
from bihuan.core.record import Named, Record, label_of
from bihuan.core.registry import desk_of, register

PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class MailTemplate(Named, Record):
    """What is often written. `{{name}}` stands for a field of the record, `{{account.name}}` for one that it links to."""

    subject = models.CharField(_("Subject (简体)"), max_length=300)
    subject_hant = models.CharField(_("Subject (繁體)"), max_length=300, blank=True)
    subject_en = models.CharField(_("Subject (English)"), max_length=300, blank=True)
    text = models.TextField(_("Text (简体)"))
    text_hant = models.TextField(_("Text (繁體)"), blank=True)
    text_en = models.TextField(_("Text (English)"), blank=True)

    class Meta:
        verbose_name = _("mail template")
        verbose_name_plural = _("mail templates")


@register(MailTemplate)
class MailTemplateDesk(Desk):
    icon = "file-text"
    columns = ("name", "subject", "changed_by", "changed_at")
    form = (
        Section(_("Names"), ("name", "name_hant", "name_en")),
        Section(_("简体"), ("subject", "text")),
        Section(_("繁體"), ("subject_hant", "text_hant")),
        Section(_("In English"), ("subject_en", "text_en")),
    )
    quick = ("name", "subject", "text")
    sort = "name"
    search = {"name": 5, "subject": 3}
    key = ("name",)


class Letter(NamedTuple):
    """A subject and a text."""

    subject: str
    text: str


class Worded(Protocol):
    """Whatever has a subject and a text in the three languages."""

    subject: str
    subject_hant: str
    subject_en: str
    text: str
    text_hant: str
    text_en: str


def filled(template: Worded, record: models.Model, by: Actor) -> Letter:
    """The template in the language in force, about a record as the actor sees it.

    Raises Refused for a place that names no field which this actor sees.
    """
    subject = label_of(template.subject, template.subject_hant, template.subject_en)
    text = label_of(template.text, template.text_hant, template.text_en)
    names = dict.fromkeys(PLACE.findall(subject) + PLACE.findall(text))
    values = _values(record, by, names)
    return Letter(*(PLACE.sub(lambda place: values[place[1]], each) for each in (subject, text)))


def _values(record: models.Model, by: Actor, names: Iterable[str]) -> dict[str, str]:
    """What stands in the named fields, in words. One query."""
    desk, fields = desk_of(record), {}
    for name in names:
        found = desk.field(by, name) if desk.has(by, name) else None
        if found is None or found.compute is not None or isinstance(found.kind, kind.Links):
            raise Refused(
                _now("The template names “%(name)s”, which is no field here that you may see.") % {"name": name},
                "template",
            )
        fields[name] = found
    paths = [as_seen(by, desk.model, each.path) for each in fields.values()]
    row = visible(by, desk.model, archived=None).filter(pk=record.pk).values_list(*paths).first() if paths else ()
    return {name: _told(by, each, value) for (name, each), value in zip(fields.items(), row or (), strict=True)}


def _told(by: Actor, field: Field, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(field.kind, kind.Link) and field.target is not None:
        return link.titles(by, desk_of(field.target), [value]).get(value, "")
    return field.text(value)
