"""The list of any object: what it shows to whom, and what its address may ask for."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.choice import options
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import archive, create
from bihuan.web.saved_view import SavedView
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

account = registry.desk("account").model
opportunity = registry.desk("opportunity").model


def names(page: Any) -> list[str]:
    """The titles of the rows of a list, in their order."""
    return re.findall(r'data-open>.*?<span class="clip name" title="[^"]*">(.*?)</span>', page.content.decode())


def link(page: Any, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page.content.decode())
    return found[1].replace("&amp;", "&") if found else ""


def level(name: str) -> int:
    return next(each.id for each in options("account_level") if each.names[0] == name)


def many(actor: Actor, count: int) -> None:
    run(create, [Call({"name": f"第{n:03}家", "annual_purchase": "1万"}) for n in range(count)], by=actor, on=account)


def test_a_list_shows_what_its_reader_may_see(browse: Browse, lin: Actor, zhao: Actor, qian: Actor) -> None:
    assert set(names(browse(lin).get("/account"))) == {"苏州恒砺精密机械有限公司", "联合化工有限公司"}
    assert names(browse(zhao).get("/account")) == ["广州兴华纺织有限公司"]
    assert browse(qian).get("/account").status_code == 404


def test_a_view_narrows_the_list_and_stays_open_when_its_condition_is_taken_away(browse: Browse, lin: Actor) -> None:
    client = browse(lin)
    assert names(client.get("/account?view=mine")) == ["苏州恒砺精密机械有限公司"]
    without = re.search(r'href="(/account\?view=mine[^"]*q=[^"]*)"', client.get("/account?view=mine").content.decode())
    assert without is not None
    assert len(names(client.get(without[1].replace("&amp;", "&")))) == 2


def test_with_nothing_named_the_first_view_is_open(browse: Browse, lin: Actor) -> None:
    assert names(browse(lin).get("/opportunity")) == ["空压站"]
    assert "owner.in" in browse(lin).get("/opportunity").content.decode()


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ({"f-field": "level", "f-operator": "in", "f-value": ["A", "B"]}, {"level.in": ["A,B"]}),
        ({"f-field": "level", "f-operator": "empty"}, {"level.empty": [""]}),
        ({"f-field": "employees", "f-low": "10", "f-high": "20"}, {"employees.between": ["10..20"]}),
        ({"f-field": "employees", "f-low": "10"}, {"employees.gte": ["10"]}),
        ({"f-field": "employees", "f-low": "7", "f-high": "7"}, {"employees.eq": ["7"]}),
        ({"f-field": "last_touch_at", "f-value": "this_month"}, {"last_touch_at.in": ["this_month"]}),
        (
            {"f-field": "last_touch_at", "f-low": "2026-01-01", "f-high": "2026-02-01"},
            {"last_touch_at.between": ["2026-01-01..2026-02-01"]},
        ),
        ({"f-field": "name", "f-operator": "starts", "f-value": "苏州"}, {"name.starts": ["苏州"]}),
        ({"f-field": "name", "f-operator": "has", "f-value": ""}, {}),
    ],
)  # fmt: skip
def test_a_filter_form_leads_to_the_plain_address(
    browse: Browse, lin: Actor, sent: dict[str, Any], meant: dict[str, Any]
) -> None:
    answer = browse(lin).get("/account", {"view": "all", "sort": "name", "level.out": "C", **sent})
    asked = parse_qs(urlsplit(answer["Location"]).query, keep_blank_values=True)
    kept = {"level.out": ["C"]} if sent["f-field"] != "level" else {}
    assert asked == {"view": ["all"], "sort": ["name"], **kept, **meant}
    assert browse(lin).get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("name", ["level", "owner", "parent", "last_touch_at", "annual_purchase", "name", "kind"])
def test_every_kind_of_field_has_a_filter_form(browse: Browse, lin: Actor, htmx: dict[str, str], name: str) -> None:
    assert f'name="f-field" value="{name}"' in browse(lin).get(f"/account?filter={name}").content.decode()
    part = browse(lin).get(f"/account?filter={name}", headers=htmx).content.decode()
    assert part.lstrip().startswith("<form")


def test_a_condition_stands_in_words(browse: Browse, lin: Actor) -> None:
    text = browse(lin).get(f"/account?level.in={level('A')},{level('B')}&owner.in=me").content.decode()
    assert "A、B" in text
    assert names(browse(lin).get(f"/account?level.in={level('B')}")) == ["联合化工有限公司"]


def test_a_condition_never_tells_the_name_of_a_hidden_record(browse: Browse, lin: Actor, xinghua: Any) -> None:
    page = browse(lin).get(f"/opportunity?account.in={xinghua.pk}")
    assert page.status_code == 200
    assert "兴华" not in page.content.decode()


def test_a_kept_view_opens_although_something_in_it_is_gone(browse: Browse, lin: Actor) -> None:
    params = {"level.in": "999", "kind.in": "company", "nothing.in": "1"}
    view = SavedView.objects.create(user_id=lin.user_id, object="account", name="旧", params=params)
    page = browse(lin).get(f"/account?view=s{view.pk}")
    assert page.status_code == 200
    assert len(names(page)) == 2
    assert "999" in page.content.decode()


def test_columns_are_chosen_and_ordered(browse: Browse, lin: Actor) -> None:
    client = browse(lin)
    answer = client.get("/account?view=all&column=city&column=level&column=")
    assert parse_qs(urlsplit(answer["Location"]).query)["columns"] == ["city,level"]
    page = client.get("/account?columns=city,level,nonsense").content.decode()
    heads = re.findall(r'<th[^>]*scope="col"[^>]*>(?:<a href="[^"]*sort=-?(\w+)")?', page)
    assert heads == ["name", "city", "level"]


def test_a_head_sorts_and_says_so(browse: Browse, lin: Actor) -> None:
    client = browse(lin)
    assert names(client.get("/account?sort=name")) == sorted(names(client.get("/account")))
    assert names(client.get("/account?sort=-name")) == sorted(names(client.get("/account")), reverse=True)
    assert 'aria-sort="ascending"' in client.get("/account?sort=name").content.decode()
    assert "sort=-name" in client.get("/account?sort=name").content.decode()


def test_the_order_that_nobody_chose_is_shown_too(browse: Browse, lin: Actor) -> None:
    """By a column its head says so; else the button does, and it is the first of the orders to choose from."""
    client = browse(lin)
    assert 'aria-sort="ascending"' in client.get("/product").content.decode()
    page = client.get("/account").content.decode()
    with translation.override("zh-hans"):
        label = str(registry.desk("account").field(lin, "changed_at").label)
    assert "aria-sort" not in page
    assert re.search(rf'popovertarget="sort">.*?#arrow-down-wide-narrow.*?{label}</button>', page)
    assert re.search(rf'<a class="item" [^>]*aria-current="true">{label}<span', page)
    chosen = client.get("/account?sort=name").content.decode()
    assert re.search(rf'<a class="item" href="[^"]*">{label}</a>', chosen)


def test_pages_lead_on_and_back_without_counting(browse: Browse, lin: Actor) -> None:
    many(lin, 60)
    client = browse(lin)
    first = client.get("/account?sort=name")
    second = client.get(link(first, "next"))
    assert (len(names(first)), len(names(second))) == (50, 12)
    assert not set(names(first)) & set(names(second))
    assert "51–62" in second.content.decode()
    assert names(client.get(link(second, "prev"))) == names(first)
    with CaptureQueriesContext(connection) as asked:
        client.get("/account")
    assert not [query for query in asked if "COUNT(" in query["sql"] and "parties_account" in query["sql"]]


def test_an_exact_count_is_asked_for(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    many(lin, 60)
    assert "62" in browse(lin).get("/account/count", headers=htmx).content.decode()
    plain = browse(lin).get("/account/count?view=mine", follow=True)
    assert "61" in plain.content.decode()


def test_a_list_is_searched(browse: Browse, lin: Actor) -> None:
    assert names(browse(lin).get("/account?q=hengli")) == ["苏州恒砺精密机械有限公司"]
    assert names(browse(lin).get("/account?q=没有这家")) == []


def test_a_list_may_name_its_records(browse: Browse, lin: Actor, hengli: Any, xinghua: Any) -> None:
    assert names(browse(lin).get(f"/account?ids={hengli.pk},{xinghua.pk}")) == ["苏州恒砺精密机械有限公司"]


def test_the_recycle_bin_holds_what_was_archived(browse: Browse, zhou: Actor, hengli: Any) -> None:
    do(archive, hengli, by=zhou)
    client = browse(zhou)
    assert "苏州恒砺精密机械有限公司" not in names(client.get("/account"))
    bin_page = client.get("/account?archived=1")
    assert names(bin_page) == ["苏州恒砺精密机械有限公司"]
    assert "/account/bulk/restore" in bin_page.content.decode()
    assert "/account/bulk/archive" not in bin_page.content.decode()


def test_sums_and_groups_add_up(browse: Browse, zhou: Actor) -> None:
    summed = browse(zhou).get("/opportunity?view=all&sum=1").content.decode()
    assert "138.0" in summed[summed.index("<tfoot>") :]
    grouped = browse(zhou).get("/opportunity?view=all&group=account").content.decode()
    assert re.findall(r'<td class="num">([\d.]+)</td>', grouped) in (["118.0", "20.0"], ["20.0", "118.0"])


@pytest.mark.parametrize("by", ["stage", "owner", "account", "expected_close.month", "source"])
def test_a_group_leads_to_its_records(browse: Browse, zhou: Actor, by: str) -> None:
    client = browse(zhou)
    page = client.get(f"/opportunity?view=all&group={by}").content.decode()
    urls = [url.replace("&amp;", "&") for url in re.findall(r'href="([^"]+)" data-open', page)]
    assert urls
    assert sorted(name for url in urls for name in names(client.get(url))) == sorted(["空压站", "风机"])


def test_the_rows_of_a_group_come_alone(browse: Browse, zhou: Actor, htmx: dict[str, str]) -> None:
    part = browse(zhou).get("/opportunity?stage.filled=&rows=1", headers=htmx).content.decode()
    assert part.count("<tr data-row") == 2
    assert "<html" not in part


def test_nothing_a_person_writes_becomes_markup(browse: Browse, lin: Actor) -> None:
    do(
        create,
        by=lin,
        on=account,
        name='<img src=x onerror="alert(1)">',
        short_name="<b>",
        city="<script>alert(1)</script>",
    )
    addresses = ('/account?columns=city&q=img"><script>', "/account?columns=city")
    text = "".join(browse(lin).get(address).content.decode() for address in addresses)
    assert "<img src=x" not in text
    assert "<script>alert" not in text
    assert "<b>" not in re.findall(r"<tbody>.*</tbody>", text, re.S)[0]


def test_queries_do_not_grow_with_the_rows(browse: Browse, lin: Actor) -> None:
    client = browse(lin)
    client.get("/account")
    with CaptureQueriesContext(connection) as few:
        client.get("/account")
    many(lin, 48)
    client.get("/account")
    with CaptureQueriesContext(connection) as full:
        client.get("/account")
    assert len(few) == len(full) <= 8


@pytest.mark.parametrize("slug", [desk.slug for desk in registry.desks()])
def test_every_object_has_a_list(browse: Browse, zhou: Actor, slug: str) -> None:
    assert browse(zhou).get(f"/{slug}").status_code == 200
    assert browse(zhou).get(f"/{slug}?view=none&q=x").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/account?sort=nothing",
        "/account?after=x",
        "/account?columns=nothing",
        "/account?from=-3",
        "/account?group=nothing",
        "/account?group=name",
        "/account?level.in=²",
        "/account?owner.in=²",
        "/account?owner.in=99999999999999999999",
        "/account?ids=²,x,1",
        "/account?q=%00",
        "/account?name.has=%00&from=²",
    ],
)
def test_a_wrong_address_is_answered_calmly(browse: Browse, lin: Actor, address: str) -> None:
    assert browse(lin).get(address).status_code in (200, 422)


# ---------------------------------------------------------------------- kept views


def keep(client: Client, **given: str) -> Any:
    return client.post("/account/views", {"action": "create", "params": "level.in=1&sort=name&after=xyz", **given})


def test_a_kept_view_is_a_tab_for_its_maker_alone(browse: Browse, lin: Actor, chen: Actor) -> None:
    answer = keep(browse(lin), name="重点客户")
    view = SavedView.objects.get()
    assert (view.params, answer.status_code) == ({"level.in": "1", "sort": "name"}, 303)
    assert "重点客户" in browse(lin).get("/account").content.decode()
    assert "重点客户" not in browse(chen).get("/account").content.decode()


def test_a_shared_view_is_everybodys_tab_but_only_its_maker_changes_it(browse: Browse, lin: Actor, chen: Actor) -> None:
    keep(browse(lin), name="重点客户", shared="1")
    view = SavedView.objects.get()
    assert "重点客户" in browse(chen).get("/account").content.decode()
    for action in ("update", "delete"):
        assert (
            browse(chen).post("/account/views", {"action": action, "id": view.pk, "params": "sort=name"}).status_code
            == 404
        )
    browse(lin).post("/account/views", {"action": "update", "id": view.pk, "params": "sort=name"})
    view.refresh_from_db()
    assert view.params == {"sort": "name"}
    browse(lin).post("/account/views", {"action": "delete", "id": view.pk})
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name(browse: Browse, lin: Actor) -> None:
    assert keep(browse(lin), name=" ").status_code == 422
    assert keep(browse(lin), name="名" * 61).status_code == 422
    assert not SavedView.objects.exists()


def test_a_changed_view_offers_to_be_kept(browse: Browse, lin: Actor) -> None:
    assert "save-view" not in browse(lin).get("/account?view=mine").content.decode()
    assert "save-view" in browse(lin).get("/account?view=mine&owner.in=me&sort=name").content.decode()
