"""The tables of this room, for Django to find."""

from bihuan.market.campaign import Campaign

__all__ = ["Campaign"]
