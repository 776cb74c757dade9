"""What every answer has, whichever page it is."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.core.access import Actor
from bihuan.core.attached import Attachment, attach
from bihuan.core.run import do
from bihuan.web.tests.conftest import Browse

pytestmark = pytest.mark.django_db
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_page_goes_out_compressed_to_whoever_can_read_it(browse: Browse, lin: Actor, hengli: Any) -> None:
    plain, packed = (browse(lin).get(f"/account/{hengli.pk}", headers=headers) for headers in ({}, GZIP))
    assert "Content-Encoding" not in plain.headers and "恒砺" in plain.content.decode()
    assert packed["Content-Encoding"] == "gzip" and packed["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(plain.content) / 3
    assert "恒砺" in gzip.decompress(packed.content).decode()
    assert all("Accept-Encoding" in answer["Vary"] for answer in (plain, packed))


def test_its_length_says_nothing_of_what_is_in_it(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    lengths = {len(client.get(f"/account/{hengli.pk}", headers=GZIP).content) for _ in range(8)}
    assert len(lengths) > 1


def test_files_and_short_answers_are_left_as_they_are(browse: Browse, lin: Actor, hengli: Any) -> None:
    file = SimpleUploadedFile("a.html", b"<p>" * 4000, "text/html")
    made = do(attach, by=lin, on=Attachment, about="account", about_id=hengli.pk, file=file)
    for address in (f"/files/{made.pk}", "/account/counts"):
        assert "Content-Encoding" not in browse(lin).get(address, headers=GZIP).headers


def test_pages_loaded_ahead_are_forgotten_after_a_change(browse: Browse, lin: Actor, hengli: Any) -> None:
    client = browse(lin)
    page = client.get(f"/account/{hengli.pk}")
    assert ".speculationrules" in page["Speculation-Rules"] and "Clear-Site-Data" not in page.headers
    assert client.post(f"/account/{hengli.pk}/field/city", {"city": "苏州"})["Clear-Site-Data"] == '"prefetchCache"'
