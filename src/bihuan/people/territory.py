"""Territories: a part of the market, across the tree of units, and the people who work it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import reduce
from operator import and_
from urllib.parse import parse_qsl

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Approach, belonging
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


def parted(desk: Desk, territories: Collection[int], approach: Approach) -> Iterator[Q]:
    """The conditions of the records that belong to accounts of some territories."""
    if not territories:
        return
    for key, rule in _rules().items():
        if key in territories:
            accounts = reduce(and_, (each.where(SYSTEM) for each in rule.conditions), Q())
            if accounts:  # a territory without a rule has no accounts
                yield from _belonging(desk, accounts, approach)


def _belonging(desk: Desk, accounts: Q, approach: Approach) -> Iterator[Q]:
    """What belongs to the accounts that meet a condition: they themselves, what names one, whoever has a role in one."""
    model = registry.desk(PARTED).model
    if desk.model is model:
        yield accounts
        return
    links = _links_to(desk.model, model)
    for column in links:
        yield belonging(model, accounts, column, approach)
    for between in () if links else registry.desks():  # an account's people: what stands between them and the account
        ends = [*_links_to(between.model, desk.model)[:1], *_links_to(between.model, model)[:1]]
        if len(ends) == 2 and set(between.through) == {each.removesuffix("_id") for each in ends}:
            roles = between.model._base_manager.filter(belonging(model, accounts, ends[1], approach), archived_at=None)
            yield Q(pk__in=roles.values(ends[0]))


@remembered
def _rules() -> dict[int, Query]:
    """The rule of every territory in use."""
    rows = Territory._base_manager.filter(archived_at=None).values_list("pk", "rule")
    return {key: rule_of(rule) for key, rule in rows}


def _links_to(model: type[models.Model], target: type[models.Model]) -> list[str]:
    """The columns of a model that hold the key of another's record."""
    return [each.attname for each in model._meta.fields if each.related_model is target]


@remembered
def territories_of(user_id: int) -> tuple[Territory, ...]:
    """The territories in use that a person is a member of."""
    return tuple(Territory._base_manager.filter(members=user_id, archived_at=None).order_by("order", "pk"))
