"""The Jinja environment of the product's pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

from bihuan.web import assets, show
from bihuan.web.once import once_field


def environment(**options: Any) -> Environment:
    """Jinja with translation in the language in force, and the few functions that pages share."""
    options |= {
        "undefined": StrictUndefined,
        "extensions": ["jinja2.ext.i18n", "jinja2.ext.do"],
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    made = Environment(**options)  # noqa: S701  (Django's backend switches autoescape on)
    made.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "ngettext": _counted(made.globals["ngettext"]),
        "number": show.plain_number,
        "asset": assets.asset,
        "icon": assets.icon,
        "once_field": once_field,
        "url": reverse,
        "show": show.value,
        "show_field": show.field_of,
        "stage_glyph": show.stage_glyph,
        "person": show.person,
        "avatar": show.avatar,
        "initial": show.initial,
        "moment": show.moment,
        "long_day": show.long_day,
        "span_days": show.span_days,
        "percent": show.percent,
        "money": show.money,
        "file_size": filesizeformat,
    }
    return made


class Figure(int):
    """A count that is written with its thousands parted, as every number is."""

    def __str__(self) -> str:
        return show.plain_number(int(self))


def _counted(translate: Callable[..., str]) -> Callable[..., str]:
    """The `ngettext` of templates, whose number is written as numbers are."""

    @pass_context
    def counted(context: Context, singular: str, plural: str, num: int, /, **told: Any) -> str:
        return translate(context, singular, plural, num, **{"num": Figure(num)} | told)

    return counted
