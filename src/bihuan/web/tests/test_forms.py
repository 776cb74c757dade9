"""Creating and editing any object: nothing typed is lost, and nobody's change is overwritten unseen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

account, opportunity = registry.desk("account").model, registry.desk("opportunity").model


def read(answer: Any) -> str:
    return answer.content.decode()


def field(page: str, name: str) -> str:
    """The value that stands in a text field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_the_dialog_asks_little_and_the_page_everything(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    client = browse(lin)
    dialog, page = read(client.get("/account/new", headers=htmx)), read(client.get("/account/new"))
    assert "<html" not in dialog
    assert 'name="tax_id"' not in dialog
    assert all(f'name="{name}"' in page for name in ("name", "tax_id", "remark", "level"))
    assert "林晓" in dialog  # the owner will be oneself


def test_a_parent_given_in_the_address_is_filled_in(
    browse: Browse, lin: Actor, hengli: Any, htmx: dict[str, str]
) -> None:
    dialog = read(browse(lin).get(f"/opportunity/new?account={hengli.pk}", headers=htmx))
    assert field(dialog, "account") == str(hengli.pk)
    assert "苏州恒砺精密机械有限公司" in dialog


def test_a_record_is_made_and_the_page_is_told(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    answer = browse(lin).post("/account/new", {"name": "新客户"}, headers=htmx)
    made = account._base_manager.get(name="新客户")
    assert (answer.status_code, read(answer)) == (200, "")  # an empty answer closes the dialog
    assert f"/account/{made.pk}" in answer["HX-Trigger"]
    assert '"changed"' in answer["HX-Trigger"]
    assert (made.owner_id, made.currency, made.kind) == (
        lin.user_id,
        "CNY",
        "company",
    )  # what was left out keeps its default


def test_without_scripts_one_comes_to_the_record(browse: Browse, lin: Actor) -> None:
    client = browse(lin)
    answer = client.post("/account/new", {"name": "新客户", "annual_purchase": "386万"})
    made = account._base_manager.get(name="新客户")
    assert (answer.status_code, answer["Location"]) == (303, f"/account/{made.pk}")
    assert "已新建" in read(client.get(answer["Location"]))
    assert made.annual_purchase == 3_860_000


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    browse: Browse, lin: Actor, hengli: Any, headers: dict[str, str]
) -> None:
    sent = {"name": "风冷项目", "amount": "很多", "account": hengli.pk, "expected_close": "2027-02-30"}
    answer = browse(lin).post("/opportunity/new", sent, headers=headers)
    page = read(answer)
    assert answer.status_code == 422
    assert (field(page, "name"), field(page, "amount"), field(page, "account")) == ("风冷项目", "很多", str(hengli.pk))
    assert "“很多”" in page
    assert page.count("field-error") == 2
    assert not opportunity._base_manager.filter(name="风冷项目").exists()


def test_what_is_needed_is_asked_for(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    answer = browse(lin).post("/account/new", {"name": "  ", "city": "苏州"}, headers=htmx)
    assert answer.status_code == 422
    assert read(answer).count("field-error") == 1
    assert field(read(answer), "city") == "苏州"


def test_all_fields_keep_what_was_typed_in_the_dialog(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    client = browse(lin)
    answer = client.post("/account/new", {"name": "写到一半 & 更多", "phone": "abc", "more": "1"}, headers=htmx)
    page = read(client.get(answer["HX-Redirect"]))
    assert (field(page, "name"), field(page, "phone")) == ("写到一半 &amp; 更多", "abc")
    assert "csrf" not in answer["HX-Redirect"]


def test_another_one_after_this(browse: Browse, lin: Actor, htmx: dict[str, str]) -> None:
    dialog = read(browse(lin).post("/account/new", {"name": "第一家", "again": "1"}, headers=htmx))
    assert account._base_manager.filter(name="第一家").exists()
    assert field(dialog, "name") == ""
    assert re.search(r'name="again" value="1" checked', dialog)


def test_who_may_not_create_is_told_so(browse: Browse, sun: Actor) -> None:
    client = browse(sun)
    assert client.get("/account/new").status_code == 403
    assert client.post("/account/new", {"name": "不行"}).status_code == 403
    assert not account._base_manager.filter(name="不行").exists()


def test_unknown_objects_and_foreign_records_look_alike(browse: Browse, lin: Actor, xinghua: Any) -> None:
    client = browse(lin)
    assert client.get("/nothing/new").status_code == 404
    assert client.get(f"/account/{xinghua.pk}/edit").status_code == 404
    assert client.post(f"/account/{xinghua.pk}/edit", {"name": "改", "version": "1"}).status_code == 404


# ---------------------------------------------------------------------- editing


def edit_form(page: str) -> dict[str, str]:
    """The text fields of the form as the browser would send them back."""
    return dict(re.findall(r'<input type="(?:text|tel|hidden|email)"[^>]*name="([a-z_]+)" value="([^"]*)"', page))


def test_editing_saves_and_leads_back(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    assert field(read(client.get(f"/account/{hengli.pk}/edit")), "version") == str(hengli.version)
    answer = client.post(f"/account/{hengli.pk}/edit", {"name": hengli.name, "city": "苏州", "version": hengli.version})
    assert answer["Location"] == f"/account/{hengli.pk}"
    hengli.refresh_from_db()
    assert (hengli.city, hengli.short_name) == ("苏州", "恒砺")


def test_a_form_saved_unchanged_changes_nothing(browse: Browse, lin: Actor, kongya: Any) -> None:
    client = browse(lin)
    sent = edit_form(read(client.get(f"/opportunity/{kongya.pk}/edit")))
    assert sent["amount"] == "1180000.00"
    client.post(f"/opportunity/{kongya.pk}/edit", sent)
    version = kongya.version
    kongya.refresh_from_db()
    assert kongya.version == version


def test_both_sides_stand_when_somebody_else_saved_the_same_field_first(
    browse: Browse, lin: Actor, zhou: Actor, hengli: Any
) -> None:
    client, address = browse(lin), f"/account/{hengli.pk}/edit"
    shown = {"name": hengli.name, "city": "", "province": "", "employees": "", "version": hengli.version}
    do(update, hengli, by=zhou, city="他的城市", employees="777")
    clash = client.post(address, shown | {"city": "我的城市", "province": "江苏"})
    page = read(clash)
    assert clash.status_code == 409
    assert "我的城市" in page
    assert "他的城市" in page and "周敏 · <" in page
    hengli.refresh_from_db()
    assert hengli.city == "他的城市"
    # the form now stands on their version, and shows their value where I had changed nothing
    again = {"name": hengli.name, "city": "我的城市", "province": "江苏"}
    again |= {name: field(page, name) for name in ("employees", "version")}
    assert again["employees"] == "777"
    client.post(address, again | {"keep-city": "theirs"})
    hengli.refresh_from_db()
    assert (hengli.city, hengli.province, hengli.employees) == ("他的城市", "江苏", 777)
    client.post(address, again | {"keep-city": "mine", "version": hengli.version})
    hengli.refresh_from_db()
    assert hengli.city == "我的城市"


def test_changes_of_different_fields_do_not_clash(browse: Browse, lin: Actor, zhou: Actor, hengli: Any) -> None:
    shown = {"name": hengli.name, "city": "", "province": "", "version": hengli.version}
    do(update, hengli, by=zhou, city="他的城市")
    assert browse(lin).post(f"/account/{hengli.pk}/edit", shown | {"province": "江苏"}).status_code == 303
    hengli.refresh_from_db()
    assert (hengli.city, hengli.province) == ("他的城市", "江苏")


def test_a_teammate_may_not_edit(browse: Browse, chen: Actor, hengli: Any) -> None:
    client = browse(chen)
    assert client.get(f"/account/{hengli.pk}/edit").status_code == 403
    assert client.post(f"/account/{hengli.pk}/edit", {"name": "改", "version": hengli.version}).status_code == 403


def test_markup_in_a_name_is_only_text(browse: Browse, lin: Actor) -> None:
    client = browse(lin)
    client.post("/account/new", {"name": "<script>alert(1)</script>", "remark": "</textarea><b>"})
    made = account._base_manager.get(name__startswith="<script>")
    for address in (f"/account/{made.pk}", f"/account/{made.pk}/edit"):
        page = read(client.get(address))
        assert "<script>alert" not in page
        assert "</textarea><b>" not in page


def test_a_currency_is_chosen_among_those_there_are(browse: Browse, zhou: Actor, hengli: Any) -> None:
    """The likely ones first, each with its name; one that is money nowhere any more stays where it stands."""
    registry.desk("account").model._base_manager.filter(pk=hengli.pk).update(currency="DEM")
    page = browse(zhou).get(f"/account/{hengli.pk}/edit").content.decode()
    control = re.search(r'<select id="f-currency".*?</select>', page, re.S)
    assert control
    codes = re.findall(r'<option value="([A-Z]{3})"', control[0])
    assert codes[:4] == ["DEM", "CNY", "USD", "EUR"] and "CHF" in codes and "FRF" not in codes
    assert "CNY 人民币" in control[0] and '"DEM" selected' in control[0]


def test_a_wrong_web_address_is_quoted_as_it_was_typed(browse: Browse, zhou: Actor) -> None:
    answer = browse(zhou).post("/account/new", {"name": "新客户", "website": "not an address"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“not an address”" in page and "https://not an" not in page
