"""A form rule as the firm keeps it: a row of the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.core.choice import key_field, key_of
from bihuan.core.columns import ObjectField, StateField
from bihuan.core.errors import Refused
from bihuan.core.record import Record

if TYPE_CHECKING:
    from bihuan.core.access import Actor

#: What becomes of the field while the conditions hold; one that is "shown" is shown then alone.
EFFECTS = {
    "required": _("is required"),
    "shown": _("is shown only then"),
    "read_only": _("is read-only"),
    "limited": _("offers only"),
}


class FormRule(Record):
    """While the conditions hold, `effect` is true of `field`. Values stand in it by their keys, so that it can be carried along."""

    object = ObjectField(_("Object"), max_length=40)
    key = key_field()
    field = models.CharField(_("Field"), max_length=64)
    effect = StateField(EFFECTS, verbose_name=_("Effect"))
    when = models.CharField(
        _("Conditions"),
        max_length=1000,
        blank=True,
        help_text=_("As they stand in the address of a list; all of them must hold. Empty: always."),
    )
    offered = models.CharField(
        _("Choices left"), max_length=400, blank=True, help_text=_("Where the rule leaves fewer choices: which.")
    )
    roles = models.ManyToManyField(
        "people.Role",
        blank=True,
        verbose_name=_("Roles"),
        related_name="+",
        help_text=_("Whom the rule is for; empty: everybody."),
    )
    given_once = (*Record.given_once, "object", "key")

    class Meta:
        verbose_name = _("form rule")
        verbose_name_plural = _("form rules")
        constraints = [models.UniqueConstraint(fields=["object", "key"], name="one_form_rule_key")]

    def fill(self, by: Actor) -> None:
        taken = FormRule._base_manager.filter(object=self.object).values_list("key", flat=True)
        self.key = self.key or key_of(f"{self.field}_{self.effect}", set(taken))

    def problems(self) -> Iterable[tuple[str, str]]:
        from bihuan.core.form_rules import rule, sense  # which read the rows of this table

        try:
            made = rule.read(self)
        except Refused as refusal:
            yield refusal.field or "when", refusal.sentence
            return
        yield from sense.problems(made, rule.rules_of(self.object))
