"""The demo firm's whole world as plain values, the same for the same day and seed."""

from datetime import date, time

from bihuan.demo import customers, firm
from bihuan.demo.catalogue import PRODUCTS
from bihuan.demo.contacts import contacts
from bihuan.demo.deals import opportunities
from bihuan.demo.leads import leads
from bihuan.demo.market import market
from bihuan.demo.office_hours import OfficeHours
from bihuan.demo.pools import POOLS, RULES, Pools
from bihuan.demo.records import World
from bihuan.demo.rivalry import COMPETITORS, rivals
from bihuan.demo.targets import targets
from bihuan.demo.tasks_and_notes import Diary, notes, tasks
from bihuan.demo.touches import touchpoints


def world(today: date, seed: int = 1, until: time = time.min) -> World:
    """The world as it stands on a day at a time: the few touches of that very day are told only up to then."""
    hours = OfficeHours(today)
    accounts = customers.accounts(hours, seed)
    people, roles = contacts(hours, seed, accounts)
    deals = opportunities(hours, seed, accounts, roles)
    touches = touchpoints(hours, seed, accounts, people, roles, deals, until)
    pools = Pools(hours, accounts, deals, touches, firm.users())
    prospects = leads(hours, seed, accounts, people, deals)
    diary = Diary(hours, seed, accounts, people, roles, deals)
    return World(
        today=today,
        units=firm.UNITS,
        roles=firm.ROLES,
        users=firm.users(),
        accounts=accounts,
        relations=customers.relations(),
        contacts=people,
        account_roles=roles,
        products=PRODUCTS,
        opportunities=deals,
        competitors=COMPETITORS,
        rivals=rivals(seed, deals),
        targets=targets(today),
        leads=prospects,
        market=market(hours, seed, accounts, people, roles, prospects),
        touchpoints=touches,
        tasks=tasks(diary),
        notes=notes(diary),
        pools=POOLS,
        pool_rules=RULES,
        returned=tuple(pools.returned()),
        owned_since=pools.owned_since(),
    )
