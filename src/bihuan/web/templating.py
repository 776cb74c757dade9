"""The Jinja environment of the product's pages."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined

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
