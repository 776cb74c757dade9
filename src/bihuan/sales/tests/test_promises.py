"""Two people who promise one customer different prices are found, told to both managers once, and forgotten when it is over."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import new, record

from bihuan.core.access import Actor
from bihuan.core.notify import Notification
from bihuan.core.run import do
from bihuan.core.verbs import archive, move, update
from bihuan.sales import promises
from bihuan.sales.models import PriceConflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def offers(lin: Actor, chen: Actor, zhou: Actor, wang: Actor, hengli: Any) -> Any:
    """林 and 陈 each offer 恒砺 the compressor; 王 manages 林, 周 manages 陈."""
    for login, manager in (("lin", wang), ("chen", zhou)):
        do(update, record("user", username=login), by=zhou, manager=manager.user_id)
    product = record("product", sku="GA-75")

    def offer(owner: Actor, price: str, **more: Any) -> Any:
        told = {"name": f"{owner.name}的单", "account": hengli.pk, "owner": owner.user_id, **more}
        deal = new("opportunity", **told)
        return deal, new("opportunityproduct", opportunity=deal.pk, product=product.pk, quantity="1", price=price)

    return offer(lin, "386000"), offer(chen, "352000"), offer


def states() -> list[tuple[str, int, int]]:
    rows = PriceConflict._base_manager.order_by("pk").values_list("state", "first_price", "second_price")
    return [(state, int(one), int(other)) for state, one, other in rows]


def test_both_managers_are_told_once(offers: Any, wang: Actor, zhou: Actor, hengli: Any) -> None:
    assert (promises.look(), promises.look()) == (1, 0)
    assert states() == [("open", 386_000, 352_000)]
    assert PriceConflict._base_manager.get().account_id == hengli.pk
    assert sorted(Notification.objects.values_list("user", flat=True)) == sorted([wang.user_id, zhou.user_id])


def test_it_is_over_when_the_prices_agree_and_opens_again_without_a_second_word(offers: Any, chen: Actor) -> None:
    _lins, (_deal, line), _offer = offers
    promises.look()
    do(update, line.pk, by=chen, on=type(line), price="386000")
    promises.look()
    assert states() == [("over", 386_000, 352_000)]
    do(update, line.pk, by=chen, on=type(line), price="340000")
    assert promises.look() == 0
    assert states() == [("open", 386_000, 340_000)]
    assert Notification.objects.count() == 2


def test_a_closed_or_archived_deal_promises_nothing(offers: Any, lin: Actor, chen: Actor) -> None:
    (first, _line), (second, _other), offer = offers
    do(move, first, by=lin, stage="输单", loss_reason="价格")
    assert promises.look() == 0
    offer(lin, "300000")
    assert promises.look() == 1
    do(archive, second, by=chen)
    promises.look()
    assert [state for state, _one, _other in states()] == ["over"]


def test_one_persons_two_prices_are_their_own_matter(offers: Any, chen: Actor) -> None:
    _lins, _chens, offer = offers
    offer(chen, "340000")
    pairs = {(each.first.owner_id, each.second.owner_id) for each in _after_looking()}
    assert all(one != other for one, other in pairs) and len(pairs) == 1


def _after_looking() -> list[PriceConflict]:
    promises.look()
    return list(PriceConflict._base_manager.select_related("first", "second"))


def test_the_same_contact_counts_too(offers: Any, lin: Actor, chen: Actor, lianhe: Any, zhangsan: Any) -> None:
    _one, _other, offer = offers
    offer(lin, "111000", account=None, contact=zhangsan.pk)
    offer(chen, "222000", account=lianhe.pk, contact=zhangsan.pk)
    found = [each for each in _after_looking() if each.contact_id]
    assert [(each.contact_id, each.account_id) for each in found] == [(zhangsan.pk, None)]


def test_it_stands_on_the_accounts_page_for_who_may_see_it(offers: Any, browse: Any, zhou: Actor, hengli: Any) -> None:
    promises.look()
    assert "承诺冲突" in browse(zhou).get(f"/account/{hengli.pk}").content.decode()
