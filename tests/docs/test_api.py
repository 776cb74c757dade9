"""The examples of docs/api.md, sent by curl to a product that runs, are answered as the page says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
from django.db import models

from bihuan.api.tests.conftest import token
from bihuan.core.access import Actor
from tests.house.source import ROOT

EXAMPLES = re.findall(r"```sh\n(curl .*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)

#: What each answer holds, in the order of the page.
TOLD = (
    r'"items":\[\{"id":\d+,"version":1,"archived":false,"name":"[^"]+","level":\{.*"next":null',
    r'"name":"空压站".*"amount":\{"amount":"1180000.00","currency":"CNY"\}',
    r'HTTP/1.1 201 .*\nLocation: /api/v1/account/\d+.*"annual_purchase":\{"amount":"1180000.00","currency":"CNY"\}',
    r'"city":"苏州"',
    r'"archived":true',
    r'"results":\[\{"status":403,.*"status":404,.*"done":0,"refused":2',
)


@pytest.fixture
def address(live_server: object) -> Iterator[str]:
    return live_server.url  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_the_examples_are_answered_as_the_page_says(
    lin: Actor, hengli: models.Model, lianhe: models.Model, address: str
) -> None:
    assert len(EXAMPLES) == len(TOLD)
    secret = token(lin).secret
    for example, told in zip(EXAMPLES, TOLD, strict=True):
        script = example.replace("/account/1", f"/account/{hengli.pk}").replace('"id": 2,', f'"id": {lianhe.pk},')
        environment = {"BIHUAN": address, "TOKEN": secret, "PATH": "/usr/bin:/bin", "no_proxy": "*"}
        answer = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=True, timeout=30)
        assert re.search(told, answer.stdout.decode(), re.DOTALL), f"{example}\n{answer.stdout.decode()}"
