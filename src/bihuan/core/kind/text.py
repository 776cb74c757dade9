"""Kinds of text: one line, several, numbers of documents, addresses and phone numbers."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext as _

from bihuan.core.errors import Refused
from bihuan.core.kind.base import Kind

if TYPE_CHECKING:
    from bihuan.core.field import Field


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
        whole = text if "://" in text or text.lower().startswith("javascript:") else f"https://{text}"
        self._must_be_one(whole, text)
        return whole

    def check(self, field: Field, value: Any) -> str:
        text = super().check(field, value)
        self._must_be_one(text, text)
        return text

    def _must_be_one(self, text: str, typed: str) -> None:
        """Raises Refused, which quotes what somebody typed and not what was made of it."""
        try:
            if text:
                self._validate(text)
        except ValidationError:
            raise Refused(_("“%(text)s” is not a web address.") % {"text": typed}) from None


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
