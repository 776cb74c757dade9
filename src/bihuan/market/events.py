"""What happens on the market."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from bihuan.core.event import Event


@dataclass(frozen=True, slots=True)
class FormSubmitted(Event):
    """Somebody sent a form, and it is not spam."""

    label = _("Came in by a form")
