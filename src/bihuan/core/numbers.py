"""Numbers as people write them: separators, signs, currencies, 万 and 亿, percent, and the brackets of accountants."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache

from bihuan.core import money

#: What separates the decimals, and with it what may part the thousands; decided per column by an import.
FORMS = ("point", "comma")

#: Names of currencies that are no ISO code and mean one currency alone.
NAMES = {
    "US$": "USD", "NT$": "TWD", "HK$": "HKD", "A$": "AUD", "C$": "CAD", "S$": "SGD", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR",
    "₽": "RUB", "฿": "THB", "₫": "VND", "RMB": "CNY", "CN¥": "CNY", "JP¥": "JPY", "人民币": "CNY", "人民幣": "CNY",
    "美元": "USD", "美金": "USD", "欧元": "EUR", "歐元": "EUR", "港币": "HKD", "港幣": "HKD", "港元": "HKD",
    "新台币": "TWD", "新臺幣": "TWD", "新台幣": "TWD", "日元": "JPY", "日圓": "JPY", "英镑": "GBP", "英鎊": "GBP",
}  # fmt: skip
#: Signs that several currencies share.
SIGNS = ("¥", "$", "元整", "元", "圆", "圓")
UNITS = {
    "千": 10**3, "万": 10**4, "萬": 10**4, "百万": 10**6, "百萬": 10**6, "千万": 10**7, "千萬": 10**7, "亿": 10**8, "億": 10**8,
}  # fmt: skip
#: No number that fits anywhere is longer, with all that may stand beside it.
LONGEST = 60
#: What programs and most people write: read at once.
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,15}(?:\.\d+)?", re.ASCII)
_DIGITS = re.compile(r"(?:[1-9]\d{0,2}(?:[, ']\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
_COMMA_DIGITS = re.compile(r"(?:[1-9]\d{0,2}(?:[. ']\d{3})+|\d+)?(?:,\d+)?")


@cache
def _pattern() -> re.Pattern[str]:
    """Sign, currency, figures, unit, currency; or the same in brackets."""
    codes = "|".join(sorted(map(re.escape, (*money.currencies(), *NAMES, *SIGNS)), key=len, reverse=True))
    units = "|".join(sorted(UNITS, key=len, reverse=True))
    currency = rf"(?:{codes})"
    return re.compile(
        rf"(?P<open>\(?)\s*(?P<sign>[+-]?)\s*(?P<before>{currency}?)\s*(?P<inner>[+-]?)\s*(?P<figures>[\d., 'eE+-]*?[\d.,])"
        rf"\s*(?P<unit>(?:{units})?)\s*(?P<after>{currency}?)\s*(?P<percent>%?)\s*(?P<trailing>-?)\s*(?P<close>\)?)",
        re.IGNORECASE,
    )


def plain(text: str) -> str:
    """The text in half width, its minus as programs know it."""
    return unicodedata.normalize("NFKC", text).strip().replace("−", "-")


def read_number(text: str, form: str = "point") -> Decimal | None:
    """1,234.5 · -¥12.30 · (1,200) · 386万 · 12 % (as 12) · with `form` "comma" also 1.234,5. None when it is no number."""
    if (_DECIMAL if form == "point" else _WHOLE).fullmatch(text):
        return Decimal(text)
    if len(text) > LONGEST:
        return None
    match = _pattern().fullmatch(plain(text))
    if (
        match is None
        or bool(match["open"]) != bool(match["close"])
        or (match["before"] and match["after"] not in ("", "元"))
    ):
        return None
    signs = [match["sign"], match["inner"], match["trailing"], "-" if match["open"] else ""]
    figures, unit = match["figures"], UNITS.get(match["unit"], 1)
    if sum(map(bool, signs)) > 1 or not (_DIGITS if form == "point" else _COMMA_DIGITS).fullmatch(figures):
        return None
    parted = figures if form == "point" else figures.translate(str.maketrans(",.", ".,"))
    value = Decimal(re.sub(r"[, ']", "", parted)) * unit
    return -value if "-" in signs else value


def is_percent(text: str) -> bool:
    """Whether it is told in hundredths."""
    return plain(text).rstrip("- )").endswith("%")


def currency_in(text: str) -> str:
    """The currency that a number names; "" where it names none, or only a sign that several share."""
    if _DECIMAL.fullmatch(text) or len(text) > LONGEST:
        return ""
    match = _pattern().fullmatch(plain(text))
    name = (match["before"] or match["after"]).upper() if match else ""
    return NAMES.get(name, name if name in money.currencies() else "")
