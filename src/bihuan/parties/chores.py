"""What this room does every so often: what is left alone falls into the pools."""

from bihuan.core import chore
from bihuan.parties.pools import recycling

chore.every(600, recycling.look)
