"""What every object declares of a person's own data, so that whatever is added later is erased too."""

from __future__ import annotations

from django.db import models

from bihuan.core import registry
from bihuan.core.merge.links import pointers

#: Objects with texts that point to people and keep them when these are erased, with the reason.
KEPT = {
    "opportunity": "what the firm sells to an account: one that is open keeps its contact from being erased",
    "priceconflict": "a number and a state",
    "opportunitycontact": "a role in a deal, without words",
    "campaignmember": "how far somebody came, without words",
}


def test_every_object_that_points_to_a_person_says_what_of_it_is_theirs() -> None:
    silent = set()
    for desk in registry.desks():
        if not desk.personal.is_person:
            continue
        for pointer in pointers(desk):
            if not pointer.is_record:
                continue
            other = registry.desk_of(pointer.model)
            name = "about" if pointer.about else pointer.column.name
            if name not in other.personal.of and other.slug != "lead":  # of whom somebody recommended
                silent.add(other.slug)
    assert silent == KEPT.keys()


def test_every_text_of_what_is_a_persons_own_is_emptied() -> None:
    """But for what the firm itself gives: numbers, keys of its configuration, and the company's name and place on the net."""
    kept = {
        "contact": {"number", "language"}, "lead": {"number", "kind", "company", "website", "currency", "falls_for"},
        "mailmessage": {"number", "direction", "state", "about", "thread", "fingerprint", "folder", "failure"},
        "touchpoint": {"direction", "about"}, "task": {"priority", "repeat", "state", "about"}, "note": {"about"},
        "attachment": {"about", "media_type"}, "share": {"about"}, "waiting": {"state", "about"}, "accountcontact": set(),
        "formsubmission": {"state", "suspicion", "company", "mark", "about"}, "optout": {"digest", "source"},
        "mailingrecipient": {"language", "state", "reason", "failure", "message_id"},
    }  # fmt: skip
    found = {
        desk.slug: {
            each.name for each in desk.model._meta.concrete_fields
            if isinstance(each, (models.CharField, models.TextField, models.FileField)) and each.name not in desk.personal.columns
        }
        for desk in registry.desks() if desk.personal.columns
    }  # fmt: skip
    assert found == kept
