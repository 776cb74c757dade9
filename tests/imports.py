"""Importing a whole table at once, as tests want it."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from bihuan.core.access import Actor
from bihuan.core.exchange.importing import Import
from bihuan.core.exchange.plan import Plan
from bihuan.core.exchange.reading import Table


def import_rows(plan: Plan, table: Table, by: Actor, *, folder: Path) -> Import:
    """Import every row in this process, step by step."""
    running, going = Import(plan, table, by, folder), True
    while going:
        with transaction.atomic():
            going = running.step()
    return running
