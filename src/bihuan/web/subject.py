"""The record that a page is about, as one actor meets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.urls import reverse
from markupsafe import Markup

from bihuan.core import kind, link, registry
from bihuan.core.access import Actor, as_seen, permits, visible
from bihuan.core.columns import AboutField
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.listed import Linked, Money
from bihuan.web import show


class Subject:
    """A found record with its desk and the actor who found it; what is asked of the database is asked once."""

    def __init__(self, actor: Actor, desk: Desk, record: Any) -> None:
        self.actor = actor
        self.desk = desk
        self.record = record
        self._titles: dict[type, dict[int, str]] = {}

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The fields the actor may see."""
        return self.desk.fields(self.actor)

    @cached_property
    def title(self) -> str:
        return link.name_of(self.actor, self.record)

    @property
    def is_archived(self) -> bool:
        return self.record.archived_at is not None

    def may(self, action: str) -> bool:
        """Whether the actor may do this to this very record."""
        return permits(self.actor, self.record, action)

    @cached_property
    def page(self) -> str:
        """The address of the record's page."""
        return reverse("record", args=[self.desk.slug, self.record.pk])

    def url(self, name: str, *args: Any) -> str:
        """An address below the record's own: `url("command", "archive")`."""
        return reverse(name, args=[self.desk.slug, self.record.pk, *args])

    def present(self, names: Iterable[str]) -> list[Field]:
        """Those of the named fields that the actor sees and that hold something."""
        fields = (self.fields[name] for name in names if name in self.fields)
        return [each for each in fields if each.value_of(self.record) not in (None, "", ())]

    def value(self, field: Field, *, brief: bool = False) -> Markup:
        """One field drawn."""
        return show.value(field, self.raw(field), brief=brief)

    def raw(self, field: Field) -> Any:
        """The value of a field as `show` takes it: amounts with their currency, links with their title, files with their address."""
        raw = field.value_of(self.record)
        if raw is None:
            return None
        if isinstance(field.kind, kind.Amount):
            return Money(raw, getattr(self.record, field.currency, "CNY"))
        if isinstance(field.kind, kind.File):
            return show.download(self.record, field, raw)
        if isinstance(field.column, AboutField):
            return self.about(raw)
        if isinstance(field.kind, kind.Links):
            return show.several(field, raw, self.actor)
        return self.linked(field, raw) if isinstance(field.kind, kind.Link) else raw

    def about(self, object: str) -> Linked | None:
        """The record of an object that this one is about, if the actor may see it. One query."""
        if not object or not self.actor.may(object, "view"):
            return None
        desk, key = registry.desk(object), self.record.about_id
        title = link.titles(self.actor, desk, [key]).get(key)
        return None if title is None else Linked(object, key, title or f"#{key}")

    def linked(self, field: Field, key: int) -> Linked | None:
        """What a link points to; a record that the actor may not see has no name. One query per linked object."""
        target = field.target
        desk = registry.desk_of(target)
        if desk.configuration:
            return Linked(desk.slug, key, link.title(desk, key))
        if target not in self._titles:
            same = (each for each in self.fields.values() if each.target is target and isinstance(each.kind, kind.Link))
            self._titles[target] = titles_of(self.actor, target, {each.value_of(self.record) for each in same} - {None})
        title = self._titles[target].get(key)
        return Linked(desk.slug, key, title) if title is not None else None


def titles_of(actor: Actor, model: type, keys: Iterable[int]) -> dict[int, str]:
    """What the linked records that the actor may see are called. One query."""
    desk = registry.desk_of(model)
    number = desk.number_field or "pk"
    rows = (
        visible(actor, model, archived=None)
        .filter(pk__in=set(keys))
        .values_list("pk", as_seen(actor, model, desk.title), number)
    )
    return {key: title or (f"#{key}" if number == "pk" else other) for key, title, other in rows}
