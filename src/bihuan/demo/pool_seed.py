"""Loading the demo firm's public pools: they are there before the accounts, and what lies in them was given back by its owners."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bihuan.core.access import visible
from bihuan.core.run import Call, do, run
from bihuan.core.verbs import update
from bihuan.demo.pools import ADMINISTRATORS
from bihuan.parties.account import Account
from bihuan.parties.pools.commands import return_to_pool
from bihuan.parties.pools.pool import Pool, PoolRule

if TYPE_CHECKING:
    from bihuan.demo.seed import Keys, Seeder


def load_pools(seeder: Seeder) -> Keys:
    """The firm's own pools and their rules, which have been in force for a year; returns the ids of all by their keys."""
    world = seeder.world
    begun = {pool.key: pool.pk for pool in visible(seeder.by, Pool).filter(object="account")}
    for place, (key, logins) in enumerate(ADMINISTRATORS.items(), start=len(world.pools)):
        do(
            update,
            begun[key],
            by=seeder.by,
            on=Pool,
            administrators=[seeder.users[login] for login in logins],
            order=place,
        )

    def pool(row: Any) -> dict[str, Any]:
        return {
            "name": row.names.zh_hans,
            "name_hant": row.names.zh_hant,
            "name_en": row.names.en,
            "units": [seeder.units[key] for key in row.units],
            "administrators": [seeder.users[login] for login in row.administrators],
            "claims_per_day": row.claims_per_day,
            "capacity": row.capacity,
            "cool_down_days": row.cool_down_days,
            "protected_days": 7,
            "won_uncounted": True,
            "order": world.pools.index(row),
        }

    made = seeder.make(Pool, "key", world.pools, pool)

    def rule(row: Any) -> dict[str, Any]:
        return {
            "pool": made[row.pool],
            "level": seeder.choice("account_level", row.level),
            "untouched_days": row.untouched,
            "no_deal_days": row.no_deal,
            "not_won_days": row.not_won,
            "created_at": world.today - timedelta(365),
        }

    seeder.make(PoolRule, "", world.pool_rules, rule)
    return begun | made


def give_back(seeder: Seeder, pools: Keys) -> None:
    """Put into the pools what lies there."""

    def call(row: Any) -> Call:
        reason = seeder.choice("pool_reason", row.reason)
        return Call(
            {"pool": pools[row.pool], "pool_reason": reason, "reason": row.remark}, seeder.accounts[row.account]
        )

    run(return_to_pool, [call(row) for row in seeder.world.returned], by=seeder.by, on=Account)
