"""What is sent to a webhook: the message as JSON and the headers that prove where it comes from.

    {"type": "account.changed", "timestamp": "2026-03-17T06:30:00Z",
     "data": {"object": "account", "id": 12, "changed": ["level"], "record": {…}}}

The record is the one of this moment, with the fields that whoever saved the webhook may see at this moment: what is
sent a second time may be newer, and `version` tells which is. Source of the headers: the Standard Webhooks
specification (webhook-id, webhook-timestamp, webhook-signature: "v1," and base64 of HMAC-SHA256 over
"id.timestamp.body", one for each secret in force).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from bihuan.api.representation import one
from bihuan.automation.message import WebhookMessage
from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound
from bihuan.core.event import Happening


def body(message: WebhookMessage, actor: Actor) -> bytes | None:
    """The message as JSON; None when it would tell the actor of what it may not see."""
    happening = message.happening
    data = {} if happening is None else _data(happening, actor)
    if data is None:
        return None
    at = (message.created_at if happening is None else happening.at).astimezone(UTC)
    told = {"type": message.type, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": data}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _data(happening: Happening, actor: Actor) -> dict[str, Any] | None:
    desk = registry.desk(happening.object)
    try:
        record = one(desk, actor, happening.record_id)
    except NotFound:
        return None
    concerned = _concerned(desk, happening)
    changed = [name for name in concerned if name in record]
    if concerned and not changed:
        return None
    told = {"object": desk.slug, "id": happening.record_id, "record": record}
    return told | ({"changed": changed} if concerned else {})


def _concerned(desk: Desk, happening: Happening) -> list[str]:
    """The fields whose change the event is."""
    if happening.name == "Changed":
        return list(happening.payload["fields"])
    return {"Assigned": ["owner"], "Moved": [desk.stage_field]}.get(happening.name, [])


def headers(message: WebhookMessage, content: bytes, secrets: Iterable[bytes], now: datetime) -> dict[str, str]:
    """The headers of one attempt."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message.name}.{timestamp}.".encode() + content
    signatures = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in secrets)
    return {
        "content-type": "application/json",
        "user-agent": "Bihuan-Webhook/1",
        "webhook-id": message.name,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }
