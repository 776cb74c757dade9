"""A file in a field of a record: sent in base64 with the record, told by its name, handed out with the same rights."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from tests.cast import new, record

from bihuan.api import mcp, schema
from bihuan.api.openapi import document
from bihuan.api.tests.conftest import Programs
from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor, Limit
from bihuan.core.errors import Refused
from bihuan.core.run import do
from bihuan.core.verbs import update
from bihuan.people.commands import set_limits

pytestmark = pytest.mark.django_db

desk = registry.desk("account")


@pytest.fixture(autouse=True)
def own() -> Any:
    return new("customfield", object="account", key="licence", name="营业执照", kind="file")


def sent(name: str = "执照.pdf", content: str = "内容") -> dict[str, str]:
    return {"name": name, "media_type": "application/pdf", "content": base64.b64encode(content.encode()).decode()}


def test_it_comes_with_the_record_and_is_handed_out(lin: Actor, chen: Actor, zhao: Actor, program: Programs) -> None:
    caller = program(lin)
    made = caller.post("account", {"name": "甲户", "c_licence": sent()})
    told = made.json()["c_licence"]
    address = f"/api/v1/account/{made.json()['id']}/files/c_licence/{told['id']}"
    assert told == {
        "id": told["id"], "name": "执照.pdf", "size": 6, "content_type": "application/pdf", "url": address,
    }  # fmt: skip
    assert not list(schema._misfits(schema.of_record(desk, lin), made.json(), ""))
    answer = caller.get(address)
    assert b"".join(answer.streaming_content).decode() == "内容"
    assert answer["Content-Disposition"].startswith("attachment")
    assert caller.get("account?c_licence.has=执照").json()["items"][0]["c_licence"] == told

    here = f"account/{made.json()['id']}"
    later = caller.patch(here, {"c_licence": sent("新.pdf", "新的")}).json()["c_licence"]
    assert b"".join(caller.get(later["url"]).streaming_content).decode() == "新的"
    assert b"".join(caller.get(address).streaming_content).decode() == "内容"  # as the past tells
    assert caller.patch(here, {"city": "苏州"}).json()["c_licence"] == later
    assert caller.patch(here, {"c_licence": None}).json()["c_licence"] is None
    assert program(chen).get(address).status_code == 200
    assert program(zhao).get(address).status_code == 404
    for odd in ("c_licence/x", "c_licence/999999999999999999999", "name/1", "nothing/1"):
        assert caller.get(f"{here}/files/{odd}").status_code == 404
    assert caller.post(f"{here}/files/c_licence/1", {}).status_code == 405


@pytest.mark.parametrize("limit", [Limit.HIDDEN, Limit.MASKED])
def test_of_what_is_kept_back_nothing_is_handed_out(limit: Limit, lin: Actor, program: Programs) -> None:
    made = program(lin).post("account", {"name": "甲户", "c_licence": sent()}).json()
    do(set_limits, record("role", key="seller"), by=SYSTEM, limits={"account": {"c_licence": int(limit)}})
    caller = program(lin)
    assert caller.get(made["c_licence"]["url"]).status_code == 404
    assert "执照" not in caller.get(f"account/{made['id']}").content.decode()


def test_what_is_no_file_is_refused(lin: Actor, program: Programs) -> None:
    caller = program(lin)
    for wrong, status in (("files/1", 400), (1, 400), ({"id": 1}, 400), (sent() | {"content": "?"}, 422)):
        assert caller.post("account", {"name": "甲户", "c_licence": wrong}).status_code == status


def test_the_description_tells_it(lin: Actor) -> None:
    told = document(lin, "")  # type: ignore[arg-type]
    schemas = told["components"]["schemas"]
    assert schemas["account"]["properties"]["c_licence"]["properties"].keys() == {
        "id", "name", "size", "content_type", "url",
    }  # fmt: skip
    assert schemas["account.create"]["properties"]["c_licence"]["required"] == ["name", "content"]
    field, _id = told["paths"]["/api/v1/account/{id}/files/{field}/{file}"]["get"]["parameters"]
    assert field["schema"]["enum"] == ["c_licence"]
    assert "/api/v1/contact/{id}/files/{field}/{file}" not in told["paths"]


def test_an_agent_may_send_one(lin: Actor, hengli: Any, program: Programs) -> None:
    with pytest.raises(Refused):
        do(update, hengli, by=lin, c_licence={"name": "x"})
    mcp.call(lin, "account_update", {"id": hengli.pk, "c_licence": sent()})  # type: ignore[arg-type]
    assert program(lin).get(f"account/{hengli.pk}").json()["c_licence"]["name"] == "执照.pdf"
