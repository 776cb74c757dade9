"""The kinds of value a field can hold: how each is read from text, checked, written as text and filtered.

Form, inline edit, import, filter, API and command inputs all go through `parse` and `check`; there is no second parser.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.validators import URLValidator, validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.core import choice, dates, money, numbers, stage
from bihuan.core.configuration import remembered
from bihuan.core.errors import Refused

if TYPE_CHECKING:
    from bihuan.core.field import Field


def fold(text: str) -> str:
    """Text as it is compared when people name things: width, case, spaces and punctuation do not count."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def read_key(raw: Any) -> int | None:
    """A record's key, or its version, as an address or a form gives it; None for what can be none."""
    digits = str(raw).strip()
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None


class Kind:
    """A kind of value. `operators` are the names filters may use; `groupable` kinds can head a group."""

    name = "text"
    operators: tuple[str, ...] = ("has", "is", "not", "starts", "empty", "filled")
    groupable = False
    summable = False
    numeric = False

    def parse(self, field: Field, raw: Any) -> Any:
        """A value from what a person or a file wrote; blank becomes None. Raises Refused with a sentence."""
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return self.read(field, raw)

    def read(self, field: Field, raw: Any) -> Any:
        """Like `parse`, for what is not blank."""
        return str(raw).strip()

    def check(self, field: Field, value: Any) -> Any:
        """The value as it is stored. Raises Refused when it breaks the field's limits."""
        return value

    def text(self, field: Field, value: Any) -> str:
        """Plain text that `parse` reads back to the same value."""
        return "" if value is None else str(value)


class Text(Kind):
    """One line of text."""

    def check(self, field: Field, value: Any) -> str:
        text = "" if value is None else str(value).replace("\x00", "")
        if field.max_length and len(text) > field.max_length:
            raise Refused(
                _("At most %(limit)d characters; this has %(length)d.")
                % {"limit": field.max_length, "length": len(text)}
            )
        return text


class LongText(Text):
    """Several lines of text."""

    name = "longtext"
    operators = ("has", "empty", "filled")

    def read(self, field: Field, raw: Any) -> str:
        return str(raw).replace("\r\n", "\n").strip()


class DocumentNumber(Text):
    """A number made by a rule; may be given by an import, else the rule gives it."""

    name = "number"


class Mail(Text):
    name = "mail"

    def check(self, field: Field, value: Any) -> str:
        text = super().check(field, value)
        try:
            if text:
                validate_email(text)
        except ValidationError:
            raise Refused(_("“%(text)s” is not an e-mail address.") % {"text": text}) from None
        return text


class Url(Text):
    name = "url"
    _validate = URLValidator(schemes=["http", "https"])

    def read(self, field: Field, raw: Any) -> str:
        text = str(raw).strip()
        return text if "://" in text or text.lower().startswith("javascript:") else f"https://{text}"

    def check(self, field: Field, value: Any) -> str:
        text = super().check(field, value)
        try:
            if text:
                self._validate(text)
        except ValidationError:
            raise Refused(_("“%(text)s” is not a web address.") % {"text": text}) from None
        return text


class Phone(Text):
    """A phone number, kept in international form where it can be understood (default region CN)."""

    name = "phone"

    def check(self, field: Field, value: Any) -> str:
        text = super().check(field, value)
        return international_phone(text) if text else ""


def international_phone(text: str) -> str:
    """Normalise a phone number to "+86 512 6628 1180"; raises Refused when it is none. Source: libphonenumber."""
    import phonenumbers  # heavy: loaded only where a phone number is written

    plain = unicodedata.normalize("NFKC", text)
    try:
        number = phonenumbers.parse(plain, "CN")
    except phonenumbers.NumberParseException:
        raise Refused(_("“%(text)s” is not a phone number.") % {"text": text}) from None
    if not phonenumbers.is_possible_number(number):
        raise Refused(_("“%(text)s” is not a phone number.") % {"text": text})
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class Integer(Kind):
    name = "integer"
    operators = ("eq", "gte", "lte", "between", "empty", "filled")
    groupable = True
    summable = True
    numeric = True

    def read(self, field: Field, raw: Any) -> int:
        value = read_decimal(raw)
        if value != value.to_integral_value():
            raise Refused(_("“%(text)s” is not a whole number.") % {"text": raw})
        return int(value)

    def check(self, field: Field, value: Any) -> int | None:
        if value is None:
            return None
        low, high = field.limits
        if not low <= value <= high:
            raise Refused(_("The number must lie between %(low)s and %(high)s.") % {"low": low, "high": high})
        return int(value)


class Quantity(Kind):
    """An exact number with up to four decimals."""

    name = "quantity"
    operators = ("eq", "gte", "lte", "between", "empty", "filled")
    summable = True
    numeric = True

    def read(self, field: Field, raw: Any) -> Decimal:
        return read_decimal(raw)

    def check(self, field: Field, value: Any) -> Decimal | None:
        if value is None:
            return None
        try:
            money.to_units(value)
        except ValueError:
            raise Refused(_("A number has at most four decimals and fifteen digits before them.")) from None
        return money.from_units(money.to_units(value))

    def text(self, field: Field, value: Any) -> str:
        return "" if value is None else f"{value:f}"


class Percent(Quantity):
    """A share in hundredths: 12.5 is 12.5 %."""

    name = "percent"

    def read(self, field: Field, raw: Any) -> Decimal:
        return read_decimal(raw.strip().removesuffix("%").removesuffix("％") if isinstance(raw, str) else raw)


class Amount(Quantity):
    """An exact amount in the currency of the record."""

    name = "amount"

    def read(self, field: Field, raw: Any) -> Decimal:
        if isinstance(raw, str) and numbers.is_percent(raw):
            raise Refused(_("“%(text)s” is not a number.") % {"text": raw})
        return super().read(field, raw)


def read_decimal(raw: Any) -> Decimal:
    """A number as people write it. Raises Refused."""
    if isinstance(raw, (int, Decimal)) and not isinstance(raw, bool):
        return Decimal(raw)
    found = None if isinstance(raw, bool) or raw is None else numbers.read_number(str(raw))
    if found is None:
        raise Refused(_("“%(text)s” is not a number.") % {"text": raw})
    return found


class Date(Kind):
    name = "date"
    operators = ("in", "on", "before", "after", "between", "empty", "filled")
    groupable = True

    def read(self, field: Field, raw: Any) -> date:
        if isinstance(raw, datetime):
            return raw.date()
        if isinstance(raw, date):
            return raw
        found = dates.read_date(str(raw))
        if found is None:
            raise Refused(_("“%(text)s” is not a date; write 2026-03-17.") % {"text": raw})
        return found

    def text(self, field: Field, value: Any) -> str:
        return "" if value is None else value.isoformat()


class Moment(Date):
    """A point in time; written and read in the user's time zone, stored in UTC."""

    name = "moment"

    def read(self, field: Field, raw: Any) -> datetime:
        if isinstance(raw, datetime):
            found: datetime | None = raw
        elif isinstance(raw, date):
            found = datetime.combine(raw, time())
        else:
            found = dates.read_moment(str(raw))
        try:
            if found is not None:
                return (found if timezone.is_aware(found) else timezone.make_aware(found)).astimezone(UTC)
        except OverflowError:  # the first or the last day that there is, which is another one in UTC
            pass
        raise Refused(_("“%(text)s” is not a date and time; write 2026-03-17 14:30.") % {"text": raw})

    def text(self, field: Field, value: Any) -> str:
        return "" if value is None else timezone.localtime(value).isoformat(sep=" ", timespec="seconds")[:19]


class YesNo(Kind):
    name = "yesno"
    operators = ("is",)
    groupable = True
    _yes = frozenset({"1", "true", "yes", "y", "on", "是", "对", "對", "√", "✓"})
    _no = frozenset({"0", "false", "no", "n", "off", "否", "×"})

    def parse(self, field: Field, raw: Any) -> bool:
        return bool(super().parse(field, raw))

    def read(self, field: Field, raw: Any) -> bool:
        word = str(raw).strip().casefold()
        if word in self._yes or word in self._no:
            return word in self._yes
        raise Refused(_("“%(text)s” is neither yes nor no.") % {"text": raw})

    def text(self, field: Field, value: Any) -> str:
        return "1" if value else "0"


class State(Kind):
    """One of a closed set that belongs to code."""

    name = "state"
    operators = ("in", "out")
    groupable = True

    def read(self, field: Field, raw: Any) -> str:
        wanted = fold(str(raw))
        for value, label in field.states.items():
            if wanted in (fold(value), fold(str(label))):
                return value
        raise Refused(
            _("“%(text)s” is not one of: %(options)s.")
            % {"text": raw, "options": _(", ").join(map(str, field.states.values()))}
        )


class Key(State):
    """The key of a thing in code, such as an object; shown by what it is called."""

    operators = ("in", "out", "empty", "filled")

    def read(self, field: Field, raw: Any) -> str:
        return str(raw) if str(raw) in field.states else super().read(field, raw)

    def check(self, field: Field, value: Any) -> str:
        return value or ""


@remembered
def _known(offered: Callable[[str], tuple[choice.Option, ...]], set: str) -> tuple[dict[int, int], dict[str, int]]:
    """The ids of a list's options by themselves and by every folded spelling; of two that are spelt alike the first counts."""
    options = offered(set)
    return {each.id: each.id for each in options}, {
        fold(text): each.id for each in reversed(options) for text in each.spellings()
    }


class Pick(Kind):
    """One of the firm's own values, held by its id; read from the id or any spelling."""

    name = "choice"
    operators = ("in", "out", "empty", "filled")
    groupable = True

    _offered = staticmethod(choice.options)

    def options(self, field: Field) -> tuple[choice.Option, ...]:
        return self._offered(field.set)

    def option(self, value: int) -> choice.Option | None:
        return choice.option(value)

    def read(self, field: Field, raw: Any) -> int:
        ids, spelt = _known(self._offered, field.set)
        text = str(raw)
        found = ids.get(int(text)) if text.isdecimal() and len(text) < 19 else None
        found = spelt.get(fold(text)) if found is None else found
        if found is None:
            offered = _(", ").join(item.label for item in self.options(field)[:12])
            raise Refused(_("“%(text)s” is not one of: %(options)s.") % {"text": raw, "options": offered})
        return found

    def check(self, field: Field, value: Any) -> Any:
        return self.read(field, value) if value is not None else None

    def text(self, field: Field, value: Any) -> str:
        found = None if value is None else self.option(value)
        return found.label if found else ""


class StagePick(Pick):
    name = "stage"
    _offered = staticmethod(stage.steps)

    def option(self, value: int) -> choice.Option | None:
        return stage.step(value)


class Picks(Pick):
    """Several of the firm's own values, held as a tuple of their ids."""

    name = "choices"
    operators = ("in", "empty", "filled")
    groupable = False

    def parse(self, field: Field, raw: Any) -> tuple[int, ...]:
        return super().parse(field, raw) or ()

    def read(self, field: Field, raw: Any) -> Any:
        parts = raw if isinstance(raw, (list, tuple, set)) else re.split(r"[,，、;；]", str(raw))
        return tuple(dict.fromkeys(super(Picks, self).read(field, part) for part in parts if str(part).strip()))

    def check(self, field: Field, value: Any) -> tuple[int, ...]:
        return self.parse(field, value)

    def text(self, field: Field, value: Any) -> str:
        return ",".join(super(Picks, self).text(field, key) for key in value or ())


class Link(Kind):
    """Another record, held by its id. Texts are resolved set-wise by `core.link`."""

    name = "link"
    operators = ("in", "out", "empty", "filled")
    groupable = True

    def read(self, field: Field, raw: Any) -> int:
        if hasattr(raw, "pk"):
            return raw.pk
        key = read_key(raw)
        if key is not None:
            return key
        raise Refused(_("“%(text)s” was not found.") % {"text": raw})

    def check(self, field: Field, value: Any) -> Any:
        return getattr(value, "pk", value)


class Links(Kind):
    """Several other records, held as a tuple of ids."""

    name = "links"
    operators = ("in", "empty", "filled")

    def read(self, field: Field, raw: Any) -> tuple[int, ...]:
        parts = raw if isinstance(raw, (list, tuple, set)) else str(raw).split(",")
        one = Link()
        return tuple(dict.fromkeys(one.read(field, part) for part in parts if str(part).strip()))

    def parse(self, field: Field, raw: Any) -> tuple[int, ...]:
        return super().parse(field, raw) or ()

    def check(self, field: Field, value: Any) -> tuple[int, ...]:
        return self.parse(field, value)

    def text(self, field: Field, value: Any) -> str:
        return ",".join(map(str, value or ()))


class Structure(Kind):
    """A mapping given by a program; no form asks for one."""

    name = "structure"
    operators = ()

    def read(self, field: Field, raw: Any) -> Any:
        if not isinstance(raw, dict):
            raise Refused(_("A mapping is needed here."))
        return raw


class Upload(Kind):
    """A file that somebody sends; never a text, which could name a file that is not theirs."""

    name = "file"
    operators = ()

    def read(self, field: Field, raw: Any) -> File:
        if not isinstance(raw, File):
            raise Refused(_("Choose a file."))
        if raw.size > settings.UPLOAD_LIMIT:
            limit = settings.UPLOAD_LIMIT // 2**20
            raise Refused(
                _("“%(name)s” is too large: a file may have up to %(limit)d MB.") % {"name": raw.name, "limit": limit}
            )
        return raw
