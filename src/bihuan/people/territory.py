"""Territories: a part of the market, across the tree of units, and the people who work it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import SYSTEM
from bihuan.core.configuration import remembered
from bihuan.core.desk import Desk
from bihuan.core.errors import Refused
from bihuan.core.query import Query
from bihuan.core.record import Named, Record
from bihuan.core.registry import register
from bihuan.people.user import User

#: The object that territories part among people.
PARTED = "account"


class Territory(Named, Record):
    """Some people and the accounts that are theirs to work: those that the rule finds.

    The rule is the address of a list of accounts, what stands behind its "?": "region.in=4,7&industry.in=2".
    """

    members = models.ManyToManyField(User, verbose_name=_("Members"), blank=True, related_name="territories")
    rule = models.CharField(
        _("Rule"), max_length=400, blank=True,
        help_text=_("Filter the list of accounts and copy what stands in its address behind the question mark."),
    )  # fmt: skip
    order = models.PositiveIntegerField(_("Order"), default=0)

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")

    def problems(self):  # type: ignore[no-untyped-def]
        try:
            rule_of(self.rule)
        except Refused as refusal:
            yield "rule", refusal.sentence


@register(Territory)
class TerritoryDesk(Desk):
    icon = "map"
    columns = ("name", "name_en", "members", "rule")
    quick = ("name", "name_hant", "name_en", "members", "rule")
    key = ("name", "name_en")
    sort = "order"
    configuration = True


def rule_of(text: str) -> Query:
    """The list that a rule stands for, of all accounts. Raises Refused for a field or condition that there is not."""
    params = dict(parse_qsl(text.strip().lstrip("?"), keep_blank_values=True))
    return Query.parse(registry.desk(PARTED), SYSTEM, {name: value for name, value in params.items() if "." in name})


@remembered
def territories_of(user_id: int) -> tuple[Territory, ...]:
    """The territories in use that a person is a member of."""
    return tuple(Territory._base_manager.filter(members=user_id, archived_at=None).order_by("order", "pk"))
