"""Entries of a calendar (RFC 5545): what the product understands of one, and how it changes that and nothing else.

Reading never raises, whatever a server holds: an entry that is not understood says so in its `note`, and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from icalendar import Calendar, Component, Event, Todo

from bihuan.touch.feed import LENGTH
from bihuan.touch.recurrence import FREQUENCY

#: Why an entry is left as it is.
NOTES = {
    "unreadable": _("It cannot be read wholly."),
    "other": _("It is neither an appointment nor a task, or no longer what it was."),
    "repeats": _("It repeats in a way that tasks here cannot."),
    "over": _("It was over before it was seen here."),
    "elsewhere": _("It is a colleague's, whose calendar is kept in step too."),
    "refused": _("What was changed there is not allowed here."),
    "rejected": _("The server does not take what was changed here."),
    "fault": _("It brings about a fault of the program, which stands in its log."),
}
STATUS = {"open": "NEEDS-ACTION", "done": "COMPLETED", "dropped": "CANCELLED"}
PRIORITY = {"high": 1, "normal": 0, "low": 9}
REPEATS = {name: repeat for repeat, name in FREQUENCY.items()}
TITLE = re.compile(r"^SUMMARY[^:\r\n]*:(.*)$", re.MULTILINE)
TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, read. `values` has title, remark, at and state; of an appointment minutes, of a task priority, repeat and repeat_until."""

    kind: str = ""
    uid: str = ""
    title: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    changed_at: datetime | None = None
    note: str = ""


def read(text: str) -> Entry:
    """What the text of one entry says."""
    try:
        parts = _parts(Calendar.from_ical(text))
        if not parts:
            return Entry(title=_title_in(text), note="other")
        head = {"kind": parts[0].name, "uid": str(parts[0].get("UID", ""))[:250], "title": _text(parts[0], "SUMMARY")}
        if len(parts) > 1 or _repeats_strangely(parts[0]):
            return Entry(**head, note="repeats")
        if parts[0].errors:
            return Entry(**head, note="unreadable")
        return Entry(**head, values=_values(parts[0]), changed_at=_changed_at(parts[0]))
    except Exception:  # whatever the parser makes of what somebody else's program wrote
        return Entry(title=_title_in(text), note="unreadable")


def _title_in(text: str) -> str:
    found = TITLE.search(text)
    return found.group(1).strip()[:TITLE_LENGTH] if found else ""


def _parts(calendar: Component) -> list[Component]:
    if calendar.name != "VCALENDAR":
        raise ValueError(calendar.name)
    return [each for each in calendar.subcomponents if each.name in ("VEVENT", "VTODO")]


def _repeats_strangely(part: Component) -> bool:
    """A task may repeat at plain intervals; an appointment that repeats is not one thing that can be done."""
    if any(name in part for name in ("RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")):
        return True
    rule = part.get("RRULE")
    if rule is None:
        return False
    return not (
        part.name == "VTODO"
        and "DUE" in part
        and set(rule) <= {"FREQ", "UNTIL", "INTERVAL", "WKST"}
        and rule["FREQ"][0] in REPEATS
        and rule.get("INTERVAL", [1]) == [1]
    )


def _values(part: Component) -> dict[str, Any]:
    status = str(part.get("STATUS", "")).upper()
    found = {"title": _text(part, "SUMMARY"), "remark": _text(part, "DESCRIPTION"), "at": _at(part)}
    if part.name == "VEVENT":
        length = _end(part) - part["DTSTART"].dt if _end(part) is not None else None
        minutes = (
            int(length.total_seconds()) // 60 if length is not None and found["at"] and not _is_day(part) else None
        )
        return found | {"minutes": minutes, "state": "dropped" if status == "CANCELLED" else "open"}
    states = {name: state for state, name in STATUS.items()}
    rule, level = part.get("RRULE", {}), int(part.get("PRIORITY", 0))
    until = rule.get("UNTIL", [None])[0]
    return found | {
        "state": states.get(status, "done" if "COMPLETED" in part else "open"),
        "priority": "high" if 1 <= level <= 4 else "low" if level > 5 else "normal",
        "repeat": REPEATS[rule["FREQ"][0]] if rule else "never",
        "repeat_until": timezone.localtime(_moment(until)).date() if until is not None else None,
    }


def _text(part: Component, name: str) -> str:
    value = part.get(name, "")
    text = str(value[0] if isinstance(value, list) else value).replace("\x00", "").replace("\r\n", "\n").strip()
    return " ".join(text.split())[:TITLE_LENGTH].strip() if name == "SUMMARY" else text


def _at(part: Component) -> datetime | None:
    """When an appointment begins, and when a task is due; whole days begin at the firm's midnight."""
    if part.name == "VEVENT":
        return _moment(part["DTSTART"].dt)
    if "DUE" in part:
        return _moment(part["DUE"].dt)
    if "DTSTART" in part and "DURATION" in part:
        return _moment(part["DTSTART"].dt) + part["DURATION"].dt
    return None


def _end(part: Component) -> date | datetime | None:
    if "DTEND" in part:
        return part["DTEND"].dt
    return part["DTSTART"].dt + part["DURATION"].dt if "DURATION" in part else None


def _is_day(part: Component) -> bool:
    return not isinstance(part["DTSTART"].dt, datetime)


def _moment(value: date | datetime) -> datetime:
    """A point in time. What names no zone is by the firm's clock. Raises ValueError for a year that nobody meant."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if value.tzinfo is None:
        value = timezone.make_aware(value)
    if not 1900 <= value.year < 9999:
        raise ValueError(value)
    return value.astimezone(UTC).replace(microsecond=0)


def _changed_at(part: Component) -> datetime | None:
    return next((_moment(part[name].dt) for name in ("LAST-MODIFIED", "DTSTAMP") if name in part), None)


# ---------------------------------------------------------------------- writing


def made(kind: str, uid: str, values: Mapping[str, Any]) -> str:
    """A new entry."""
    calendar = Calendar()
    calendar.add("prodid", "-//Bihuan//Calendar//EN")
    calendar.add("version", "2.0")
    part = Todo() if kind == "VTODO" else Event()
    part.add("uid", uid)
    calendar.add_component(part)
    _write(part, values)
    return _finished(calendar, part)


def patched(text: str, values: Mapping[str, Any]) -> str:
    """The entry with these values; whatever else it says stays, and the text itself where nothing differs."""
    present = read(text).values
    changes = {name: value for name, value in values.items() if present[name] != value}
    if not changes:
        return text
    calendar = Calendar.from_ical(text)
    (part,) = _parts(calendar)
    _write(part, changes)
    _set(part, "SEQUENCE", int(part.get("SEQUENCE", 0)) + 1)
    return _finished(calendar, part)


def _finished(calendar: Component, part: Component) -> str:
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        _set(part, name, datetime.now(UTC))
    calendar.add_missing_timezones()
    return calendar.to_ical().decode()


def _write(part: Component, values: Mapping[str, Any]) -> None:
    for name, write in WRITERS.items():
        if name in values:
            write(part, values[name])
    if "repeat" in values or "repeat_until" in values:
        _write_rule(part, values)


def _set(part: Component, name: str, value: Any) -> None:
    part.pop(name, None)
    if value not in (None, ""):
        part.add(name, value)


def _write_at(part: Component, at: datetime | None) -> None:
    """The new time, in the zone of the former one; beginning and end of the entry move together."""
    name = "DTSTART" if part.name == "VEVENT" else "DUE"
    former, now = part[name].dt if name in part else None, _clock(at, part.get(name))
    alike = isinstance(former, datetime) == isinstance(now, datetime) and None not in (former, now)
    for other in ("DTEND", "DTSTART", "DURATION"):
        if other == name or other not in part or (other == "DURATION" and part.name == "VEVENT" and alike):
            continue
        if alike and other != "DURATION":
            _set(part, other, part[other].dt + (_moment(now) - _moment(former)))
        else:
            part.pop(other)
    _set(part, name, now)
    if part.name == "VEVENT" and isinstance(now, datetime) and not ({"DTEND", "DURATION"} & set(part)):
        _set(part, "DTEND", now + LENGTH)


def _clock(at: datetime | None, former: Any) -> date | datetime | None:
    if at is None:
        return None
    local = timezone.localtime(at)
    if local.time() == time():
        return local.date()
    zone = getattr(former.dt, "tzinfo", None) if former is not None else None
    return at.astimezone(zone if hasattr(zone, "key") else UTC)


def _write_minutes(part: Component, minutes: int | None) -> None:
    start = part["DTSTART"].dt
    if isinstance(start, datetime) and minutes is not None:
        part.pop("DURATION", None)
        _set(part, "DTEND", start + timedelta(minutes=minutes))


def _write_state(part: Component, state: str) -> None:
    if part.name == "VEVENT":
        _set(part, "STATUS", "CANCELLED" if state == "dropped" else "CONFIRMED")
        return
    _set(part, "STATUS", STATUS[state])
    _set(part, "COMPLETED", datetime.now(UTC) if state == "done" else None)
    _set(part, "PERCENT-COMPLETE", 100 if state == "done" else None)


def _write_rule(part: Component, values: Mapping[str, Any]) -> None:
    present = _values(part)
    repeat = values.get("repeat", present["repeat"])
    until = values.get("repeat_until", present["repeat_until"])
    rule: dict[str, Any] = {"freq": FREQUENCY.get(repeat)}
    if until is not None:
        is_timed = isinstance(part["DUE"].dt, datetime)
        rule["until"] = timezone.make_aware(datetime.combine(until, time.max)).astimezone(UTC) if is_timed else until
    _set(part, "RRULE", rule if repeat in FREQUENCY else None)


WRITERS: Mapping[str, Callable[[Component, Any], None]] = {
    "title": lambda part, title: _set(part, "SUMMARY", title),
    "remark": lambda part, remark: _set(part, "DESCRIPTION", remark),
    "at": _write_at,
    "minutes": _write_minutes,
    "state": _write_state,
    "priority": lambda part, level: _set(part, "PRIORITY", PRIORITY[level] or None),
}
