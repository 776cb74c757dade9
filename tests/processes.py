"""Other processes of the product on the database of a test, for what only a process of its own can show."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import connection


def environment(data: Path, **more: str) -> dict[str, str]:
    """The variables with which `python -m bihuan` finds this test's database; `data` is an empty directory."""
    held = connection.settings_dict
    found = {**os.environ, "BIHUAN_DATA": str(data), "DJANGO_SETTINGS_MODULE": "bihuan.site.settings", **more}
    found.pop("DATABASE_URL", None)
    if connection.vendor == "sqlite":
        (data / "db.sqlite3").symlink_to(held["NAME"])
    else:
        found["DATABASE_URL"] = f"postgresql://{held['USER']}@/{held['NAME']}?host={held['HOST']}"
    return found
