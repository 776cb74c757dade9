"""What can be done with accounts and contacts, beside what every object knows."""

from bihuan.parties.pools import commands

__all__ = ["commands"]
