"""Rules that say which records are meant: the address of a list, what stands behind its "?", kept as text and told in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.core import registry
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.conditions import params_of
from bihuan.core.errors import Refused
from bihuan.core.query import Query
from bihuan.web import condition


def asked(rule: str) -> dict[str, str]:
    """The parameters of a rule that say which records it means; how a list shows them is nothing to it."""
    return narrowing(params_of(rule))


def narrowing(params: Mapping[str, str]) -> dict[str, str]:
    """Those parameters of a list that leave records out."""
    return {name: text for name, text in params.items() if "." in name or (name in ("q", "ids") and text)}


def query(slug: str, rule: str, by: Actor) -> Query | None:
    """What a rule asks for; None where it asks for nothing. Raises Refused for what there is not."""
    params = asked(rule)
    return Query.parse(registry.desk(slug), by, params) if params else None


def check(slug: str, rule: str) -> None:
    """Raise Refused for a rule that asks for what there is not, or that is a text which asks for nothing."""
    if query(slug, rule, SYSTEM) is None and rule.strip():
        raise Refused(_("This names no condition, as “city.is=Suzhou” does."))


def in_words(slug: str, rule: str) -> str:
    """A rule as the chips of its list tell it; one that asks for what there no longer is as it was written."""
    try:
        found = query(slug, rule, SYSTEM)
    except Refused:
        return rule
    if found is None:
        return ""
    told = [condition.words(found.conditions, None)] if found.conditions else []
    if found.text:
        told.append(_("found by “%(text)s”") % {"text": found.text})
    if ids := asked(rule).get("ids"):
        count = len(ids.split(","))
        told.append(ngettext("%(count)d chosen record", "%(count)d chosen records", count) % {"count": count})
    return _(" and ").join(told)
