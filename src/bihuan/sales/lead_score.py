"""The score of a lead: points by rules that the firm sets, added up, from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import conditions
from bihuan.core.access import SYSTEM
from bihuan.core.blueprint.asked import Asking, Queried
from bihuan.core.blueprint.part import Part, belongs
from bihuan.core.blueprint.value import Names, Number
from bihuan.core.conditions import Conditions
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.registry import register
from bihuan.sales.lead_rule import LeadRule

if TYPE_CHECKING:
    from bihuan.sales.lead import Lead

LOWEST, HIGHEST = 0, 100


class ScoreRule(LeadRule):
    """While its conditions hold of a lead, the lead has its points; they may be negative."""

    points = models.SmallIntegerField(_("Points"), default=10)

    class Meta(LeadRule.Meta):
        verbose_name = _("score rule")
        verbose_name_plural = _("score rules")

    def asked(self) -> Conditions:
        """As of every rule about leads; Refused also where the score itself is asked for."""
        found = super().asked()
        if any(each.field.name == "score" for each in found):
            raise Refused(_("A score cannot hang on itself."))
        return found

    def problems(self) -> Iterable[tuple[str, str]]:
        if not -HIGHEST <= self.points <= HIGHEST:
            yield "points", _("Points lie between −100 and 100.")
        yield from super().problems()


@register(ScoreRule)
class ScoreRuleDesk(Desk):
    icon = "gauge"
    columns = ("name", "name_en", "when", "points", "order")
    quick = ("name", "name_hant", "name_en", "when", "points", "order")
    key = ("name", "name_en")
    sort = "order"
    configuration = True


belongs(
    Part(
        ScoreRule, ("score_rules", "{key}"),
        {"name": Names(), "when": Queried("lead"), "points": Number(10, signed=True)},
        source=Asking("lead"),
    )
)  # fmt: skip


@remembered
def _rules() -> tuple[tuple[ScoreRule, Conditions], ...]:
    """The rules in use in their order."""
    return tuple(ScoreRule.in_use())


def points(lead: Lead) -> Iterator[tuple[ScoreRule, int]]:
    """The rules that hold of a lead, each with its points: what its score is made of."""
    for rule, asked in _rules():
        if conditions.hold(asked, lead, SYSTEM):
            yield rule, rule.points


def of(lead: Lead) -> int:
    """The score of a lead as it stands in memory."""
    return max(LOWEST, min(HIGHEST, sum(each for _rule, each in points(lead))))
