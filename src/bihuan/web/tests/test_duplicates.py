"""Likely duplicates on pages: the warning while typing, the list of pairs, merging side by side and taking it back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from bihuan.core import job, registry
from bihuan.core.access import Actor
from bihuan.core.duplicates import scan
from bihuan.core.merge.models import Merge
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
account = registry.desk("account").model


def read(answer: Any) -> str:
    return answer.content.decode()


@pytest.fixture
def pair(lin: Actor) -> list[Any]:
    given = (
        {"name": "远景机械有限公司", "city": "苏州"},
        {"name": "远景机械", "city": "昆山", "phone": "0512 66281180"},
    )
    return [do(create, by=lin, on=account, anyway=True, **each) for each in given]


class TestWhileTyping:
    def test_what_is_there_is_told_with_a_link(self, browse: Browse, lin: Actor, hengli: Any) -> None:
        client = browse(lin)
        told = read(client.post("/account/likely", {"name": "恒砺精密机械", "phone": "half"}))
        assert f'href="/account/{hengli.pk}"' in told and 'name="anyway"' in told
        assert read(client.post("/account/likely", {"name": "全新一户"})).strip() == ""

    def test_its_own_record_is_none(self, browse: Browse, lin: Actor, hengli: Any, pair: list[Any]) -> None:
        client = browse(lin)
        assert read(client.post("/account/likely", {"name": hengli.name, "of": hengli.pk})).strip() == ""
        told = read(client.post("/account/likely", {"name": pair[0].name, "of": hengli.pk}))
        assert pair[0].name in told and 'name="anyway"' not in told

    def test_what_one_may_not_see_has_neither_name_nor_link(self, browse: Browse, zhao: Actor, hengli: Any) -> None:
        told = read(browse(zhao).post("/account/likely", {"name": hengli.name}))
        assert "一部" in told and "恒砺" not in told and f"/account/{hengli.pk}" not in told

    @pytest.mark.parametrize("fragment", [True, False])
    def test_nothing_typed_is_lost(
        self, browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str], fragment: bool
    ) -> None:
        client, sent = browse(lin), {"name": hengli.name, "phone": "0512 6628 7777"}
        answer = client.post("/account/new", sent, headers=htmx if fragment else {})
        page = read(answer)
        assert answer.status_code == 422
        assert hengli.name in page and "0512 6628 7777" in page and f'href="/account/{hengli.pk}"' in page
        answer = client.post("/account/new", {**sent, "anyway": "1"}, headers=htmx if fragment else {})
        assert answer.status_code in (200, 303) and account.objects.filter(name=hengli.name).count() == 2

    def test_the_rule_of_the_firm(self, browse: Browse, zhou: Actor, lin: Actor, hengli: Any) -> None:
        client = browse(zhou)
        assert client.post("/settings/duplicates", {"account": "block"}).status_code == 303
        assert 'value="block" selected' in read(client.get("/settings/duplicates"))
        answer = browse(lin).post("/account/new", {"name": hengli.name, "anyway": "1"})
        assert (
            answer.status_code == 422
            and "按公司规则不能再建一条" in read(answer)
            and 'name="anyway"' not in read(answer)
        )
        client.post("/settings/duplicates", {"account": "off"})
        assert "likely-slot" not in read(browse(lin).get("/account/new"))
        assert browse(lin).get("/settings/duplicates").status_code == 403


class TestPairs:
    def test_found_told_apart_and_merged(self, browse: Browse, lin: Actor, pair: list[Any]) -> None:
        client, (first, second) = browse(lin), pair
        assert client.post("/account/duplicates").status_code == 303
        job.run_next()
        page = read(client.get("/account/duplicates"))
        assert f"/account/merge?id={first.pk}&amp;id={second.pk}" in page
        client.post(f"/account/{first.pk}/do/tell_apart", {"other": second.pk, "next": "/account/duplicates"})
        assert "/account/merge?" not in read(client.get("/account/duplicates"))

    def test_only_pairs_that_one_sees_both(self, browse: Browse, lin: Actor, zhao: Actor, hengli: Any) -> None:
        mine = do(create, by=zhao, on=account, name=hengli.name, anyway=True)
        with transaction.atomic():
            job.perform(scan.queue(registry.desk("account"), lin))
        assert "恒砺" not in read(browse(zhao).get("/account/duplicates"))
        page = read(browse(zhao).get(f"/account/duplicates?of={mine.pk}"))
        assert "一部" in page and f"/account/{hengli.pk}" not in page
        assert browse(zhao).get(f"/account/duplicates?of={hengli.pk}").status_code == 404


class TestMerging:
    def test_side_by_side_then_one_then_two(self, browse: Browse, lin: Actor, pair: list[Any]) -> None:
        client, (first, second) = browse(lin), pair
        page = read(client.get(f"/account/merge?id={first.pk}&id={second.pk}"))
        assert f'name="into" value="{second.pk}" checked' in page  # it holds more
        assert page.count('name="f-city"') == 2 and 'name="f-currency"' not in page  # the same in both
        sent = {"id": [first.pk, second.pk], "into": first.pk, "f-city": second.pk}
        assert client.post("/account/merge", sent)["Location"] == f"/account/{first.pk}"
        first.refresh_from_db()
        assert (first.city, first.phone) == ("昆山", "+86 512 6628 1180")
        assert f'data-undo="/account/{first.pk}/do/unmerge"' in read(client.get(f"/account/{first.pk}"))
        assert client.get(f"/account/{second.pk}")["Location"] == f"/account/{first.pk}"
        assert second.name in read(client.get("/account/duplicates?tab=merged"))
        do(update, first, by=lin, phone="0512 6628 9999")
        assert client.post(f"/account/{first.pk}/do/unmerge").status_code == 303
        assert client.get(f"/account/{second.pk}").status_code == 200
        assert "之后改过而保留：电话" in read(client.get("/account/duplicates?tab=merged"))

    def test_what_changed_meanwhile_is_shown_first(self, browse: Browse, lin: Actor, pair: list[Any]) -> None:
        first, second = pair
        do(update, second, by=lin, city="太仓")
        sent = {"id": [first.pk, second.pk], f"version-{second.pk}": "1", "into": first.pk, "f-city": second.pk}
        answer = browse(lin).post("/account/merge", sent)
        assert answer.status_code == 409 and "太仓" in read(answer)
        assert not Merge.objects.exists()

    def test_rights(self, browse: Browse, lin: Actor, chen: Actor, zhao: Actor, pair: list[Any], lianhe: Any) -> None:
        both = f"id={pair[0].pk}&id={pair[1].pk}"
        for actor, query, status in (
            (chen, both, 403),
            (zhao, both, 404),
            (lin, f"id={pair[0].pk}&id={lianhe.pk}", 403),
            (lin, f"id={pair[0].pk}", 422),
            (lin, "id=x", 422),
        ):
            assert browse(actor).get(f"/account/merge?{query}").status_code == status
        assert browse(lin).get("/product/merge?id=1&id=2").status_code == 404

    def test_from_the_list(self, browse: Browse, lin: Actor, pair: list[Any]) -> None:
        answer = browse(lin).post("/account/bulk/merge", {"id": [each.pk for each in pair]})
        assert answer["Location"] == f"/account/merge?id={pair[0].pk}&id={pair[1].pk}"
