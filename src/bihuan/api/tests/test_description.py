"""The description against the product: requests made from it, fitting and unfitting, are answered as it says, whoever asks.

The short form asks each operation once or twice for one or another of the cast, on one database or the other.
BIHUAN_TEST_LONG=1 asks each of them for everybody, many times, on both.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from tests.cast import STAFF

from bihuan.api import openapi
from bihuan.api.tests.conftest import token
from bihuan.api.token import actor_of
from bihuan.core import registry
from bihuan.core.access import Actor, visible

pytestmark = pytest.mark.django_db

LONG = os.environ.get("BIHUAN_TEST_LONG") == "1"
#: Requests of each operation that fit the description, and as many that do not.
EXAMPLES = 8 if LONG else 1
#: In the short form everybody asks every so-manyth operation, each beginning with another, on each database another.
STEP = 1 if LONG else 20
#: In the short form so many conditions of each list are known: schemathesis takes a second to contradict all 150.
CONDITIONS = 10**9 if LONG else 8
#: What fits the description may still be refused: by rights, by what is stored, by a rule of the firm.
ACCEPTED = ["2xx", "403", "404", "412", "422"]


@pytest.fixture(autouse=True)
def unlimited(settings: Any) -> Iterator[None]:
    """As many requests as one likes, all of them in the test's own transaction."""
    settings.API_RATE = 10**9
    ends = (signals.request_started, signals.request_finished)
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


def described(secret: str) -> Any:
    """The description as a program gets it, with the product behind it."""
    document = orjson.loads(orjson.dumps(openapi.document(actor_of(secret), "http://localhost")))
    for path in document["paths"].values():
        for parameter in path.get("get", {}).get("parameters", ()):
            if parameter.get("name") == "filter":
                known = parameter["schema"]["properties"]
                parameter["schema"]["properties"] = dict(list(known.items())[:CONDITIONS])
    checks = ChecksConfig(positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=ACCEPTED))
    generation = GenerationConfig(with_security_parameters=False)  # else wrong tokens would count as contradicted
    project = ProjectConfig(checks=checks, generation=generation)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = get_wsgi_application()
    return schema


@pytest.mark.parametrize("login", STAFF)
def test_requests_are_answered_as_described(login: str, firm: None, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(login)
    secret = token(actor).secret
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
    operations = [found.ok() for found in described(secret).get_all_operations()]
    answered: Counter[int] = Counter()
    first = list(STAFF).index(login) + (STEP // 2 if connection.vendor == "postgresql" else 0)
    step = min(STEP, max(1, len(operations) // 8))  # whoever has few operations asks eight of them at least
    for operation in operations[first % step :: step]:
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            ask(operation, mode, key_for(operation, actor), headers, answered)
    print(f"{login}: {len(operations)} operations, answers by status: {dict(answered)}")
    assert answered.total() >= len(operations[::step]) * EXAMPLES
    assert ({403} if login == "qian" else {200, 400}) <= answered.keys()


def key_for(operation: Any, actor: Actor) -> int:
    """A record that the actor sees, so that a request finds something; not themselves, for whom is archived is answered no more."""
    slug = operation.path.split("/")[3]
    rows = visible(actor, registry.desk(slug).model).exclude(pk=actor.user_id if slug == "user" else None)
    return rows.order_by("pk").values_list("pk", flat=True).first() or 1


def ask(operation: Any, mode: GenerationMode, key: int, headers: dict[str, str], answered: Counter[int]) -> None:
    """Requests that fit the description (on a record there is), or do not; each is held against all checks."""
    place = {"path_parameters": {"id": key}} if mode is GenerationMode.POSITIVE and "{id}" in operation.path else {}

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode, **place))
    def is_answered_as_described(case: Any) -> None:
        response = case.call(headers=headers)
        answered[response.status_code] += 1
        case.validate_response(response, headers=headers)

    is_answered_as_described()
