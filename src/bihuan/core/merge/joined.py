"""Several links stand in tables of their own: what a merge does to their rows is told of the records that hold them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F

from bihuan.core import audit, registry
from bihuan.core.access import Actor

#: How many records are told of in one statement.
PAGE = 2000


class Joined:
    """The records that a table joins with some others (`group`, which `column` of it holds), and what each of them holds."""

    def __init__(self, table: type[models.Model], column: str, group: set[int]) -> None:
        self.table, self.column, self.group = table, column, group
        owner: Any = table._meta.auto_created
        self.field = next(each for each in owner._meta.many_to_many if each.remote_field.through is table)
        self.near, self.far = f"{self.field.m2m_field_name()}_id", f"{self.field.m2m_reverse_field_name()}_id"
        self.before = self._held()

    def tell(self, command: str, by: Actor) -> None:
        """An entry of the audit, and a version, for every record that holds others than when this was made."""
        after = self._held()
        pairs = {
            key: [self.before.get(key, self._others(after, key)), after.get(key, self._others(self.before, key))]
            for key in sorted(self.before.keys() | after.keys())
        }
        changed = [key for key, (old, new) in pairs.items() if set(old) != set(new)]
        for start in range(0, len(changed), PAGE):
            chosen = self.field.model._base_manager.filter(pk__in=changed[start : start + PAGE])
            chosen.update(version=F("version") + 1)
            versions = chosen.values_list("pk", "version")
            lines = ((key, version, {self.field.name: pairs[key]}, "") for key, version in versions)
            audit.keep(command, registry.desk_of(self.field.model).slug, lines, by)

    def _held(self) -> dict[int, list[int]]:
        owners = self.table._base_manager.filter(**{f"{self.column}__in": self.group}).values(self.near)
        rows = self.table._base_manager.filter(**{f"{self.near}__in": owners}).order_by("pk")
        found: dict[int, list[int]] = {}
        for owner, other in rows.values_list(self.near, self.far):
            found.setdefault(owner, []).append(other)
        return found

    def _others(self, held: dict[int, list[int]], key: int) -> list[int]:
        """What a record holds at the time when it held none of the group, by what it holds at the other."""
        return [each for each in held[key] if each not in self.group] if self.column == self.far else []
