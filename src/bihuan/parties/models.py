"""The tables of this room, for Django to find."""

from bihuan.parties.account import Account
from bihuan.parties.account_contact import AccountContact, AccountRelation
from bihuan.parties.contact import Contact
from bihuan.parties.pools.pool import Pool, PoolRule

__all__ = ["Account", "AccountContact", "AccountRelation", "Contact", "Pool", "PoolRule"]
