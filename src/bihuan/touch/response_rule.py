"""How soon who is to be answered: by channel, level of the account and outcome of the touch."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.blueprint.part import Part, belongs
from bihuan.core.blueprint.value import Chosen, Names, Number
from bihuan.core.choice import key_field, key_of
from bihuan.core.columns import ChoiceField
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk, Section
from bihuan.core.record import Named, Record
from bihuan.core.registry import register

#: Working minutes; some forty working days.
LONGEST = 20_000


def _minutes(label: object, help: object) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(label, null=True, blank=True, help_text=help)


class ResponseRule(Named, Record):
    """Within how many working minutes an inbound touch is answered. Of the rules that fit, the most special one counts:
    one for a level before one for a channel, that before one for an outcome; of two alike the older one.
    """

    key = key_field()
    channel = ChoiceField(set="channel", verbose_name=_("Channel"), help_text=_("Empty: every channel."))
    level = ChoiceField(set="account_level", verbose_name=_("Level"), help_text=_("Empty: every account, or none."))
    outcome = ChoiceField(set="outcome", verbose_name=_("Outcome"), help_text=_("Empty: whatever came of it."))
    first_minutes = _minutes(_("First answer"), _("Working minutes. Empty: nobody waits for an answer."))
    further_minutes = _minutes(_("Further answers"), _("Working minutes. Empty: as the first."))
    escalate_minutes = _minutes(
        _("Tell the manager"), _("So many working minutes after the answer was due. Empty: never.")
    )

    given_once = (*Record.given_once, "key")

    class Meta:
        verbose_name = _("response time")
        verbose_name_plural = _("response times")
        constraints = [models.UniqueConstraint(fields=["key"], name="one_response_key")]

    def fill(self, by: Actor) -> None:
        self.key = self.key or key_of(self.name_en or self.name, _keys())

    def problems(self) -> Iterable[tuple[str, str]]:
        for name in ("first_minutes", "further_minutes", "escalate_minutes"):
            if (getattr(self, name) or 0) > LONGEST:
                yield name, _now("This is longer than %(most)s working minutes.") % {"most": LONGEST}

    @property
    def asked(self) -> tuple[int | None, int | None, int | None]:
        """The level, channel and outcome that it is for."""
        return self.level_id, self.channel_id, self.outcome_id

    def minutes(self, *, further: bool) -> int | None:
        """How soon a first or a further answer is due; None where none is."""
        return self.first_minutes if self.further_minutes is None or not further else self.further_minutes


@register(ResponseRule)
class ResponseRuleDesk(Desk):
    icon = "timer"
    columns = ("name", "level", "channel", "outcome", "first_minutes", "further_minutes", "escalate_minutes")
    form = (
        Section(_("For"), ("name", "name_hant", "name_en", "channel", "level", "outcome")),
        Section(_("Times"), ("first_minutes", "further_minutes", "escalate_minutes")),
    )
    quick = ("name", "channel", "level", "outcome", "first_minutes", "further_minutes", "escalate_minutes")
    key = ("key", "name", "name_en")
    sort = "id"
    configuration = True


@remembered
def _keys() -> frozenset[str]:
    return frozenset(visible(SYSTEM, ResponseRule, archived=None).values_list("key", flat=True))


@remembered
def rules() -> tuple[ResponseRule, ...]:
    """The rules in use, the most special first."""
    rows = visible(SYSTEM, ResponseRule).order_by("pk")
    return tuple(sorted(rows, key=lambda each: [asked is None for asked in each.asked]))


@remembered
def rule_for(level: int | None, channel: int | None, outcome: int | None) -> ResponseRule | None:
    """The rule that counts for a touch, by the ids of its choices, from memory."""
    touch = (level, channel, outcome)
    fitting = (
        each for each in rules() if all(asked in (None, given) for asked, given in zip(each.asked, touch, strict=True))
    )
    return next(fitting, None)


belongs(
    Part(
        ResponseRule, ("response_times", "{key}"),
        {
            "name": Names(), "channel": Chosen("channel"), "level": Chosen("account_level"), "outcome": Chosen("outcome"),
            "first_minutes": Number(None), "further_minutes": Number(None), "escalate_minutes": Number(None),
        },
        ordered=False,
    )
)  # fmt: skip
