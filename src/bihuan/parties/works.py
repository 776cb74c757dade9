"""What this room does by itself: what is left alone falls into the pools."""

from bihuan.parties.pools import recycling

__all__ = ["recycling"]
