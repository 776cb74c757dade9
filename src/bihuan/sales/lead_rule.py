"""What the rules about leads have in common: the conditions that must hold of a lead, and an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core import conditions, registry
from bihuan.core.access import SYSTEM, visible
from bihuan.core.conditions import Conditions
from bihuan.core.errors import Refused
from bihuan.core.record import Named, Record


class LeadRule(Named, Record):
    """Something that the firm decides about the leads of which the conditions hold."""

    when = models.CharField(
        _("Conditions"),
        max_length=400,
        blank=True,
        help_text=_("Filter the list of leads and copy what stands in its address behind the question mark."),
    )
    order = models.PositiveIntegerField(_("Order"), default=0)

    class Meta:
        abstract = True

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
