"""Marketing documents: the last version counts, the earlier ones stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import new, record

from bihuan.core.access import Actor
from bihuan.core.run import do
from bihuan.core.verbs import create
from bihuan.market.document import DocumentVersion, MarketingDocument

pytestmark = pytest.mark.django_db


@pytest.fixture
def price_list(lin: Actor, tmp_path: Any, settings: Any) -> MarketingDocument:
    settings.MEDIA_ROOT = tmp_path
    product = record("product", sku="GA-75")
    return do(create, by=lin, on=MarketingDocument, name="价目表", product=product.pk, valid_until="2020-12-31")


def sent(n: int) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(f"价目表{n}.csv", f"第{n}版".encode()), "note": f"改了{n}"}


def test_every_file_is_a_version_and_each_can_be_fetched(
    price_list: MarketingDocument, lin: Actor, zhao: Actor, browse: Callable[[Actor], Client]
) -> None:
    page, client = f"/marketingdocument/{price_list.pk}", browse(lin)
    assert "/download" not in client.get(page).content.decode()
    for n in (1, 2):
        assert client.post(f"{page}/do/add_version", sent(n)).status_code == 303
    versions = DocumentVersion._base_manager.order_by("edition")
    told = [(each.edition, each.name, each.note, each.state, each.created_by_id) for each in versions]
    assert told == [
        (1, "价目表1.csv", "改了1", "superseded", lin.user_id),
        (2, "价目表2.csv", "改了2", "current", lin.user_id),
    ]
    shown = client.get(page).content.decode()
    assert f"/documentversion/{versions[1].pk}/download" in shown
    assert "价目表1.csv" in shown
    for n, each in enumerate(versions, 1):
        answer = client.get(f"/documentversion/{each.pk}/download")
        assert b"".join(answer.streaming_content).decode() == f"第{n}版"
        assert "attachment" in answer["Content-Disposition"]
        assert browse(zhao).get(f"/documentversion/{each.pk}/download").status_code == 404


def test_it_stands_on_the_pages_of_its_product_and_campaign(
    price_list: MarketingDocument, lin: Actor, browse: Callable[[Actor], Client]
) -> None:
    campaign = new("campaign", name="展会", owner=lin.user_id)
    do(create, by=lin, on=MarketingDocument, name="展会样本", campaign=campaign.pk)
    client = browse(lin)
    assert "价目表" in client.get(f"/product/{price_list.product_id}").content.decode()
    assert "展会样本" in client.get(f"/campaign/{campaign.pk}").content.decode()


def test_what_is_no_longer_valid_says_so(
    price_list: MarketingDocument, lin: Actor, browse: Callable[[Actor], Client]
) -> None:
    assert "已过有效期" in browse(lin).get(f"/marketingdocument/{price_list.pk}").content.decode()
