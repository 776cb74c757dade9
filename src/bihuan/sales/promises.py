"""Looking for conflicting promises among all open deals: new ones are noted and both managers told once, old ones ended."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Min, QuerySet

from bihuan.core import notify
from bihuan.core.access import SYSTEM, visible
from bihuan.core.run import Call, run
from bihuan.core.verbs import update
from bihuan.people.user import User
from bihuan.sales.commands import note_conflict
from bihuan.sales.opportunity import Opportunity, OpportunityProduct
from bihuan.sales.price_conflict import PriceConflict

#: What two deals may share.
SHARED = ("account", "contact")


class Pair(NamedTuple):
    """Two deals, the older one first, and the product that they price differently."""

    first: int
    second: int
    product: int


def look() -> int:
    """Bring the conflicting promises up to date; returns how many are new. Six queries where nothing has changed."""
    found = dict(_conflicts())
    known = {Pair(each.first_id, each.second_id, each.product_id): each for each in visible(SYSTEM, PriceConflict)}
    changes = [
        Call({"state": "over"}, each) for pair, each in known.items() if pair not in found and each.state == "open"
    ]
    for pair, told in found.items():
        if pair in known and any(getattr(known[pair], name) != value for name, value in _columns(told).items()):
            changes.append(Call(told, known[pair]))
    run(update, changes, by=SYSTEM, on=PriceConflict)
    new = [Call({**pair._asdict(), **told}) for pair, told in found.items() if pair not in known]
    made = run(note_conflict, new, by=SYSTEM, on=PriceConflict).records
    for each in made:
        _tell_managers(each)
    return len(made)


def _columns(told: dict[str, Any]) -> dict[str, Any]:
    """What is told of a conflict, by attribute of the record."""
    return {f"{name}_id" if name in SHARED else name: value for name, value in told.items()}


def _conflicts() -> Iterator[tuple[Pair, dict[str, Any]]]:
    """Every pair with what is to be told of it; of one that shares both, account and contact."""
    told: dict[Pair, dict[str, Any]] = {}
    for shared in SHARED:
        for (key, product, currency), offers in _offers(shared).items():
            for (first, (one, price)), (second, (other, second_price)) in combinations(sorted(offers.items()), 2):
                if one != other and price != second_price:
                    facts = {
                        "first_price": price, "second_price": second_price, "currency": currency, "state": "open", shared: key,
                    }  # fmt: skip
                    pair = Pair(first, second, product)
                    told[pair] = {"account": None, "contact": None, **told.get(pair, {}), **facts}
    yield from told.items()


def _offers(shared: str) -> dict[tuple[int, int, str], dict[int, tuple[int, Decimal]]]:
    """By what is shared, product and currency: the owner and the lowest price of each deal, where these differ."""
    path = f"opportunity__{shared}"
    lines = _priced().filter(**{f"{path}__isnull": False})
    groups = lines.values(path, "product", "currency").order_by()
    groups = groups.annotate(owners=Count("opportunity__owner", distinct=True), low=Min("price"), high=Max("price"))
    groups = groups.filter(owners__gt=1, low__lt=F("high"))
    offers: dict[tuple[int, int, str], dict[int, tuple[int, Decimal]]] = {
        (row[path], row["product"], row["currency"]): {} for row in groups
    }
    keys, products = {key for key, *_rest in offers}, {product for _key, product, _currency in offers}
    columns = (path, "product", "currency", "opportunity", "opportunity__owner", "price")
    concerned = lines.filter(**{f"{path}__in": keys}, product__in=products).order_by("-price")
    for key, product, currency, deal, owner, price in concerned.values_list(*columns):
        if (key, product, currency) in offers:
            offers[key, product, currency][deal] = (owner, price)
    return offers


def _priced() -> QuerySet[OpportunityProduct]:
    """The priced lines of deals that are open and somebody's."""
    return visible(SYSTEM, OpportunityProduct).filter(
        price__isnull=False, opportunity__archived_at=None, opportunity__owner__isnull=False, opportunity__stage__kind="open"
    )  # fmt: skip


def _tell_managers(conflict: PriceConflict) -> None:
    deals = visible(SYSTEM, Opportunity).filter(pk__in=(conflict.first_id, conflict.second_id)).order_by("pk")
    owners = [each.owner_id for each in deals]
    managers = visible(SYSTEM, User).filter(pk__in=owners, manager__isnull=False).values_list("manager", flat=True)
    for manager in set(managers):
        notify.tell(
            manager,
            "“%(one)s” and “%(other)s” promise %(product)s to the same customer at different prices.",
            key=f"conflict:{conflict.pk}",
            about="priceconflict",
            about_id=conflict.pk,
            one=deals[0].name or deals[0].number,
            other=deals[1].name or deals[1].number,
            product=conflict.product.name,
        )
