"""A file in a field of a record: chosen in forms and cells, seen on pages, handed out to whoever sees record and field."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.form_rules.models import FormRule
from bihuan.core.held_file import HeldFile
from bihuan.core.run import do
from bihuan.core.verbs import create, update
from bihuan.people.commands import set_limits
from bihuan.web.past_page import past_url
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db

desk = registry.desk("account")
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@pytest.fixture(autouse=True)
def own() -> Any:
    return new("customfield", object="account", key="licence", name="营业执照", kind="file")


def sent(name: str = "执照.pdf", content: bytes = b"%PDF", media_type: str = "application/pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, media_type)


def held(one: Any) -> HeldFile:
    return desk.own_fields["c_licence"].value_of(record("account", pk=one.pk))


def filled(by: Actor, one: Any, **given: Any) -> str:
    """Give the record a file; the address at which it is handed out."""
    do(update, one, by=by, c_licence=sent(**given))
    return f"/account/{one.pk}/file/c_licence/{held(one).id}"


def limited(limit: Limit) -> None:
    do(set_limits, record("role", key="seller"), by=SYSTEM, limits={"account": {"c_licence": int(limit)}})


# ---------------------------------------------------------------------- forms


def test_a_new_record_takes_it_from_the_dialog_and_from_the_page(
    browse: Browse, lin: Actor, own: Any, htmx: dict[str, str]
) -> None:
    do(update, own, by=SYSTEM, required=True)
    client = browse(lin)
    for headers in (htmx, {}):
        text = client.get("/account/new", headers=headers).content.decode()
        assert 'enctype="multipart/form-data"' in text and 'type="file" id="f-c_licence"' in text
        refused = client.post("/account/new", {"name": "甲户"}, headers=headers)
        assert refused.status_code == 422 and 'id="f-c_licence-note"' in refused.content.decode()
        given = {"name": f"甲户{len(headers)}", "anyway": "1", "c_licence": sent()}
        assert client.post("/account/new", given, headers=headers).status_code in (200, 204, 302, 303)
        assert held(record("account", name=f"甲户{len(headers)}")).name == "执照.pdf"


def test_a_refused_form_asks_for_the_file_again(browse: Browse, lin: Actor) -> None:
    refused = browse(lin).post("/account/new", {"name": "", "c_licence": sent("<b>执照.pdf")})
    text = refused.content.decode()
    assert refused.status_code == 422 and "&lt;b&gt;执照.pdf" in text and "<b>执照" not in text


def test_the_form_keeps_replaces_and_removes_it(browse: Browse, lin: Actor, hengli: Any) -> None:
    filled(lin, hengli)
    client, address = browse(lin), f"/account/{hengli.pk}/edit"
    text = client.get(address).content.decode()
    assert "执照.pdf" in text and 'type="checkbox" name="c_licence" value=""' in text

    def save(**given: Any) -> Any:
        version = record("account", pk=hengli.pk).version
        return client.post(address, {"version": version, "city": "苏州", **given})

    save()
    assert held(hengli).name == "执照.pdf"
    save(c_licence=sent("新.pdf"))
    assert held(hengli).name == "新.pdf"
    refused = save(c_licence=sent("更新.pdf"), name="")
    assert (
        refused.status_code == 422 and "新.pdf" in refused.content.decode() and "更新.pdf" in refused.content.decode()
    )
    save(c_licence="")
    assert held(hengli) is None


def test_no_text_names_a_file(browse: Browse, lin: Actor, hengli: Any, lianhe: Any) -> None:
    filled(SYSTEM, lianhe)
    there = held(lianhe)
    answer = browse(lin).post(f"/account/{hengli.pk}/edit", {"version": hengli.version, "c_licence": str(there.id)})
    assert answer.status_code == 422 and held(hengli) is None


def test_two_who_give_another_file_at_once_are_told(browse: Browse, lin: Actor, zhou: Actor, hengli: Any) -> None:
    version = hengli.version
    do(update, hengli, by=zhou, c_licence=sent("别人的.pdf"))
    given = {"version": version, "c_licence": sent("我的.pdf")}
    for address in (f"/account/{hengli.pk}/edit", f"/account/{hengli.pk}/field/c_licence"):
        answer = browse(lin).post(address, given | {"c_licence": sent("我的.pdf")})
        assert answer.status_code in (409, 422) and "别人的.pdf" in answer.content.decode(), address
        assert held(hengli).name == "别人的.pdf"


def test_it_is_edited_where_it_stands(browse: Browse, lin: Actor, hengli: Any) -> None:
    filled(lin, hengli)
    client, cell = browse(lin), f"/account/{hengli.pk}/field/c_licence"
    editor = client.get(cell).content.decode()
    assert 'enctype="multipart/form-data"' in editor and 'hx-trigger="submit, change"' in editor

    def save(**given: Any) -> str:
        return client.post(cell, {"version": record("account", pk=hengli.pk).version, **given}).content.decode()

    assert "执照.pdf" in save() and held(hengli).name == "执照.pdf"
    assert "新.pdf" in save(c_licence=sent("新.pdf")) and held(hengli).name == "新.pdf"
    save(c_licence="")
    assert held(hengli) is None


def test_a_form_rule_asks_for_it_and_goes_by_it(browse: Browse, lin: Actor, hengli: Any) -> None:
    rule = {"object": "account", "effect": "required"}
    do(create, by=SYSTEM, on=FormRule, field="c_licence", when="city.is=苏州", **rule)
    do(create, by=SYSTEM, on=FormRule, field="phone", when="c_licence.filled=", **rule)
    client = browse(lin)
    given = {"version": hengli.version, "city": "苏州"}
    assert client.post(f"/account/{hengli.pk}/edit", given).status_code == 422
    assert client.post("/account/rules", {"city": "无锡", "phone": ""}).json()["phone"]["required"] is False
    said = client.post("/account/rules", {"city": "苏州", "phone": "", "c_licence": sent(content=b"")}).json()
    assert said["phone"]["required"] and said["c_licence"]["required"]
    do(update, hengli, by=lin, c_licence=sent(), phone="+86 512 6628 1180", city="苏州")
    text = client.get(f"/account/{hengli.pk}/edit").content.decode()
    assert re.search(r'data-ruled="phone"[^>]*>\s*<label[^>]*>[^<]*<b class="req" aria-hidden="true">', text)


# ---------------------------------------------------------------------- pages


def test_pages_name_it_and_lead_to_it(browse: Browse, lin: Actor, hengli: Any) -> None:
    address = filled(lin, hengli, name="<i>执照.png", content=PNG, media_type="image/png")
    client = browse(lin)
    page = client.get(f"/account/{hengli.pk}").content.decode()
    assert f'href="{address}" download' in page and f'src="{address}?inline"' in page
    assert "&lt;i&gt;执照.png" in page and "<i>执照" not in page
    listed = client.get("/account?columns=name,c_licence&q=").content.decode()
    assert "&lt;i&gt;执照.png" in listed and "sort=c_licence" not in listed and "sort=-c_licence" not in listed
    assert "group=c_licence" not in listed
    form = client.get("/account?filter=c_licence").content.decode()
    assert 'value="has"' in form and 'value="filled"' in form


def test_the_past_leads_to_the_file_of_then(browse: Browse, lin: Actor, hengli: Any) -> None:
    address, moment = filled(lin, hengli), timezone.now()
    later = filled(lin, hengli, name="新.pdf", content=b"new")
    page = browse(lin).get(past_url("account", hengli.pk, moment)).content.decode()
    assert address in page and later in page
    assert b"".join(browse(lin).get(address).streaming_content) == b"%PDF"
    assert "执照.pdf" in browse(lin).get(f"/account/{hengli.pk}?tab=changes").content.decode()


def test_bulk_edits_and_imports_do_not_offer_it(browse: Browse, zhou: Actor, hengli: Any) -> None:
    client = browse(zhou)
    assert "c_licence" not in client.post("/account/bulk/update", {"id": hengli.pk}).content.decode()
    assert "营业执照" not in client.get("/account/import").content.decode()


# ---------------------------------------------------------------------- the door


def test_who_sees_record_and_field_gets_it_and_nobody_else(
    browse: Browse, lin: Actor, chen: Actor, zhao: Actor, hengli: Any, lianhe: Any
) -> None:
    address = filled(lin, hengli, name="页.html", content=b"<script>1</script>", media_type="text/html")
    answer = browse(chen).get(address)
    assert b"".join(answer.streaming_content) == b"<script>1</script>"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    key = held(hengli).id
    others = [f"/account/{lianhe.pk}/file/c_licence/{key}", f"/account/{hengli.pk}/file/name/{key}",
              f"/account/{hengli.pk}/file/c_licence/{key + 1}", f"/account/{hengli.pk}/file/nothing/{key}", f"/files/{key}"]  # fmt: skip
    assert {browse(lin).get(each).status_code for each in others} == {404}
    assert browse(zhao).get(address).status_code == 404
    for limit, status in ((Limit.READ, 200), (Limit.MASKED, 404), (Limit.HIDDEN, 404)):
        limited(limit)
        assert browse(lin).get(address).status_code == status, limit
        page = browse(lin).get(f"/account/{hengli.pk}").content.decode()
        assert ("页.html" in page) == (status == 200)


def test_only_what_really_is_a_picture_is_shown(browse: Browse, lin: Actor, hengli: Any) -> None:
    address = filled(lin, hengli, name="铭牌.png", content=b"<svg onload=alert(1)>", media_type="image/png")
    answer = browse(lin).get(f"{address}?inline")
    assert answer["Content-Type"] == "application/octet-stream" and answer["Content-Disposition"].startswith(
        "attachment"
    )
    answer = browse(lin).get(filled(lin, hengli, name="铭牌.png", content=PNG, media_type="image/png") + "?inline")
    assert answer["Content-Type"] == "image/png" and answer["Content-Disposition"].startswith("inline")


def test_one_whose_content_is_gone_is_not_found(browse: Browse, lin: Actor, hengli: Any) -> None:
    from bihuan.core.held_file import StoredFile

    address = filled(lin, hengli)
    StoredFile.objects.get().file.delete(save=False)
    assert browse(lin).get(address).status_code == 404
