"""The tables of this room, for Django to find."""

from bihuan.catalog.product import Product

__all__ = ["Product"]
