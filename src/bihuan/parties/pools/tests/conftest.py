"""A pool over 一部, where 林 and 陈 sell; its rules have been in force for a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import rollup
from bihuan.core.configuration import forget
from bihuan.core.registry import desk_of
from bihuan.parties.models import Account, Pool, PoolRule
from bihuan.web.tests.conftest import browse

__all__ = ["browse"]

DAY = timedelta(1)


@pytest.fixture
def pool(firm: None) -> Pool:
    """公海: level A falls after 30 days without a touch, all others after 20, 60 without a deal or 90 without a won one."""
    made = new("pool", name="华东公海", name_en="East", units=[record("unit", name="一部").pk], warn_days=5)
    level = record("choice", set="account_level", name="A").pk
    new("poolrule", pool=made.pk, level=level, untouched_days=30)
    new("poolrule", pool=made.pk, untouched_days=20, no_deal_days=60, not_won_days=90)
    PoolRule._base_manager.update(changed_at=timezone.now() - 365 * DAY)
    forget()
    rollup.follow(desk_of(Account), Account._base_manager.values_list("pk", flat=True))
    return made  # type: ignore[return-value]


@pytest.fixture
def since() -> Callable[[Account, int], None]:
    """Let somebody have owned an account for so many days."""

    def own(account: Account, days: int) -> None:
        Account._base_manager.filter(pk=account.pk).update(owner_since=timezone.now() - days * DAY)
        rollup.follow(desk_of(Account), [account.pk])
        account.refresh_from_db()

    return own


def alter(pool: Any, **values: Any) -> None:
    """Give a pool other settings, as if it had always had them."""
    Pool._base_manager.filter(pk=pool.pk).update(**values)
    forget()
