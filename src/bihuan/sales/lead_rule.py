"""What the rules about leads have in common: the conditions that must hold of a lead, an order, and a key for blueprints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import conditions, registry
from bihuan.core.access import SYSTEM, Actor, visible
from bihuan.core.choice import key_field, key_of
from bihuan.core.conditions import Conditions
from bihuan.core.configuration import remembered
from bihuan.core.errors import Refused
from bihuan.core.record import Named, Record


@remembered
def _keys(model: type[models.Model]) -> frozenset[str]:
    return frozenset(visible(SYSTEM, model, archived=None).values_list("key", flat=True))


class LeadRule(Named, Record):
    """Something that the firm decides about the leads of which the conditions hold."""

    when = models.CharField(
        _("Conditions"),
        max_length=400,
        blank=True,
        help_text=_("Filter the list of leads and copy what stands in its address behind the question mark."),
    )
    order = models.PositiveIntegerField(_("Order"), default=0)
    key = key_field()

    given_once = (*Record.given_once, "key")

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["key"], name="one_%(class)s_key")]

    def fill(self, by: Actor) -> None:
        self.key = self.key or key_of(self.name_en or self.name, _keys(type(self)))

    def asked(self) -> Conditions:
        """The conditions on a lead that the text means. Raises Refused where it names what there is not."""
        return conditions.read(registry.desk("lead"), self.when)

    def problems(self) -> Iterable[tuple[str, str]]:
        try:
            self.asked()
        except Refused as refusal:
            yield "when", refusal.sentence

    @classmethod
    def in_use(cls) -> Iterator[tuple[Self, Conditions]]:
        """The rules in their order with what they ask, without those that name what there no longer is: their page tells those."""
        for row in visible(SYSTEM, cls).order_by("order", "pk"):
            try:
                yield row, row.asked()
            except Refused:
                continue
