"""The logs of sign-ins and exports as lists: filtered, a page at a time, each row as plain texts. Nothing here changes a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.core import registry
from bihuan.core.errors import Refused
from bihuan.core.kind import read_key
from bihuan.people import staff
from bihuan.people.export_log import ExportEntry
from bihuan.people.sign_in import WAYS, SignInAttempt
from bihuan.people.user import User

SIZE = 100
RESULTS = {"yes": gettext_lazy("let in"), "no": gettext_lazy("refused")}


@dataclass(frozen=True)
class Log:
    """A log: its heads, the texts of a row, the condition that parameters make, and the choices of its second filter."""

    key: str
    label: Any
    model: type[Model]
    heads: tuple[Any, ...]
    row: Callable[[Any], list[str]]
    where: Callable[[Mapping[str, str]], Q]
    kinds: Callable[[], Mapping[str, Any]]

    def page(self, params: Mapping[str, str]) -> tuple[list[list[str]], int | None]:
        """The newest rows that the parameters ask for, and where the next page begins."""
        before = read_key(params.get("before", ""))
        rows = self.model._base_manager.filter(self.asked(params), **({"pk__lt": before} if before else {}))
        found = list(rows.order_by("-pk")[: SIZE + 1])
        return [self.row(each) for each in found[:SIZE]], found[SIZE - 1].pk if len(found) > SIZE else None

    def each(self, params: Mapping[str, str]) -> Iterator[list[str]]:
        """Every row asked for, for a file."""
        return map(self.row, self.model._base_manager.filter(self.asked(params)).order_by("-pk").iterator(1000))

    def asked(self, params: Mapping[str, str]) -> Q:
        """The condition on rows. Raises Refused for a day that is none."""
        condition = self.where(params)
        for name, operator in (("from", "gte"), ("to", "lte")):
            if params.get(name):
                condition &= Q(**{f"at__{operator}": _moment(params[name], time.min if name == "from" else time.max)})
        return condition


def _moment(text: str, at: time) -> datetime:
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text), at)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(_("“%(text)s” is not a day.") % {"text": text[:40]}) from None


def _when(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")


def _whom(text: str) -> Q:
    """Whoever has this in their name or login."""
    return Q(user__in=User._base_manager.filter(Q(name__icontains=text) | Q(username__icontains=text)).values("pk"))


def _name(user_id: int | None) -> str:
    known = staff.staff().get(user_id) if user_id is not None else None
    return known.name if known is not None else ""


# ---------------------------------------------------------------------- sign-ins


def _attempts(params: Mapping[str, str]) -> Q:
    text = params.get("q", "").strip().replace("\x00", "")
    condition = (_whom(text) | Q(username__icontains=text) | Q(address__startswith=text)) if text else Q()
    return condition & Q(succeeded=params["kind"] == "yes") if params.get("kind") in RESULTS else condition


def _attempt(row: SignInAttempt) -> list[str]:
    result = RESULTS["yes" if row.succeeded else "no"]
    return [
        _when(row.at),
        row.username,
        _name(row.user_id),
        str(WAYS.get(row.way, row.way)),
        str(result),
        row.address,
        row.device,
    ]


SIGN_INS = Log(
    "sign-ins", gettext_lazy("Sign-in log"), SignInAttempt,
    (
        gettext_lazy("When"), gettext_lazy("Login"), gettext_lazy("User"), gettext_lazy("By"), gettext_lazy("Result"),
        gettext_lazy("From where"), gettext_lazy("Device"),
    ),
    _attempt, _attempts, lambda: RESULTS,
)  # fmt: skip

# ---------------------------------------------------------------------- exports


def _exports(params: Mapping[str, str]) -> Q:
    text = params.get("q", "").strip().replace("\x00", "")
    condition = (_whom(text) | Q(address__startswith=text) | Q(asked__icontains=text)) if text else Q()
    return condition & Q(object=params["kind"]) if params.get("kind") else condition


def _export(row: ExportEntry) -> list[str]:
    label = _objects().get(row.object, row.object)
    return [
        _when(row.at),
        _name(row.user_id) or _("the product"),
        row.address,
        str(label),
        row.asked,
        row.columns,
        row.format,
        str(row.rows),
    ]


def _objects() -> dict[str, Any]:
    """Whatever can be exported: objects, and the logs themselves."""
    return {desk.slug: desk.label_plural for desk in registry.desks()} | {key: log.label for key, log in LOGS.items()}


EXPORTS = Log(
    "exports", gettext_lazy("Export log"), ExportEntry,
    (
        gettext_lazy("When"), gettext_lazy("User"), gettext_lazy("From where"), gettext_lazy("Object"), gettext_lazy("Filter"),
        gettext_lazy("Columns"), gettext_lazy("Format"), gettext_lazy("Rows"),
    ),
    _export, _exports, _objects,
)  # fmt: skip

LOGS = {log.key: log for log in (SIGN_INS, EXPORTS)}
