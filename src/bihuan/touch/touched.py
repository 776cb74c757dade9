"""What a touch, a task or a mail is written about, and whom it concerns."""

from __future__ import annotations

from typing import Any

from django.db import models

from bihuan.core.desk import Desk
from bihuan.core.record import OwnedRecord
from bihuan.core.registry import desk_of
from bihuan.parties.account import Account
from bihuan.parties.account_contact import present_accounts
from bihuan.parties.contact import Contact


def is_touched(desk: Desk) -> bool:
    """Accounts, contacts, and what somebody owns that belongs to an account."""
    names = {column.name for column in desk.model._meta.fields}
    return desk.model in (Account, Contact) or (desk.board is not None and "account" in names)


def is_spoken_of(desk: Desk) -> bool:
    """What touches are logged on: also what somebody works on that belongs to no account, such as a campaign."""
    is_worked_on = bool(desk.group) and issubclass(desk.model, OwnedRecord)
    return is_touched(desk) or (is_worked_on and "about" not in {column.name for column in desk.model._meta.fields})


def whom(record: models.Model, contact: int | None) -> dict[str, Any]:
    """The links of what is written about a record."""
    if isinstance(record, Account):
        return {"account": record.pk, "contact": contact}
    if isinstance(record, Contact):
        present = present_accounts([record.pk]).get(record.pk, [None])
        return {"account": present[0], "contact": record.pk}
    account = getattr(record, "account_id", None)
    return {"account": account, "contact": contact, "about": desk_of(record).slug, "about_id": record.pk}
