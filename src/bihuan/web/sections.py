"""The sections of the settings. Each room offers its own; a person sees those whose object they may edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from bihuan.core.access import Actor

#: Headings of the menu, in their order.
GROUPS = {
    "people": _("Organization"),
    "security": _("Security"),
    "objects": _("Objects and processes"),
    "programs": _("Other programs"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the settings: `url_name` is its address, `object` the slug of what is edited there."""

    key: str
    label: Any
    group: str
    url_name: str
    object: str


_sections: list[Section] = []
_in_profile: list[Section] = []


def offer(*sections: Section) -> None:
    """Add sections to the menu, in their order."""
    _sections.extend(sections)


def offer_in_profile(*sections: Section) -> None:
    """Add pages of one's own, which the profile leads to."""
    _in_profile.extend(sections)


def profile_sections(actor: Actor) -> list[Section]:
    """The further pages of one's own that the actor may use."""
    return [section for section in _in_profile if actor.may(section.object, "view")]


def sections_of(actor: Actor) -> list[Section]:
    """The sections that the actor may use, in the order of the menu."""
    mine = [section for section in _sections if actor.may(section.object, "edit")]
    return sorted(mine, key=lambda section: list(GROUPS).index(section.group))


offer(
    Section("stages", _("Stages"), "objects", "pipelines", "stage"),
    Section("fields", _("Fields"), "objects", "custom_fields", "customfield"),
    Section("form_rules", _("Form rules"), "objects", "form_rules", "formrule"),
    Section("choices", _("Lists of values"), "objects", "choice_sets", "choice"),
    Section("duplicates", _("Duplicates"), "objects", "duplicate_rules", "duplicaterule"),
    Section("numbers", _("Document numbers"), "objects", "numbers", "numberrule"),
    Section("blueprint", _("Blueprint"), "objects", "blueprint", "role"),
)
