"""Tax numbers and telephone numbers that pass the checks which real ones pass."""

from collections.abc import Callable
from random import Random

import phonenumbers
from stdnum.cn import uscc
from stdnum.tw import ubn

USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
CHINA_MOBILE_PREFIXES = ("138", "139", "135", "136", "137", "150", "151", "158", "159", "186", "188", "189", "177")
FIXED, MOBILE = phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE
SEVEN_DIGIT_AREAS = {"592"}  # elsewhere local numbers have eight


def digits(random: Random, count: int) -> str:
    return "".join(random.choices("0123456789", k=count))


def china_tax_id(random: Random, district: str) -> str:
    """A 统一社会信用代码 of a company registered in the district of this six-digit code."""
    number = f"91{district}MA" + "".join(random.choices(USCC_LETTERS, k=7))
    return number + uscc.calc_check_digit(number)


def taiwan_tax_id(random: Random) -> str:
    """A 統一編號; about one number in five passes, so some are tried."""
    while not ubn.is_valid(number := f"{random.randrange(12, 99)}{digits(random, 6)}"):
        pass
    return number


def valid_phone(candidate: Callable[[], str], kind: int) -> str:
    """The first candidate that is a valid number of its kind, as E.164."""
    kinds = (kind, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    while phonenumbers.number_type(phonenumbers.parse(number := candidate())) not in kinds:
        pass
    return number


def example_phone(random: Random, country: str, kind: int) -> str:
    """The number that the numbering plan gives as an example, with other last digits."""
    number = phonenumbers.example_number_for_type(country, kind)
    assert number is not None, country
    example = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return valid_phone(lambda: example[:-3] + digits(random, 3), kind)


def landline(random: Random, country: str, area_code: str = "") -> str:
    if country != "CN":
        return example_phone(random, country, FIXED)
    count = 6 if area_code in SEVEN_DIGIT_AREAS else 7
    return valid_phone(lambda: f"+86{area_code}{random.choice('5678')}{digits(random, count)}", FIXED)


def mobile(random: Random, country: str) -> str:
    if country == "CN":
        return valid_phone(lambda: f"+86{random.choice(CHINA_MOBILE_PREFIXES)}{digits(random, 8)}", MOBILE)
    if country == "TW":
        return valid_phone(lambda: f"+8869{digits(random, 8)}", MOBILE)
    if country == "HK":
        return valid_phone(lambda: f"+852{random.choice('569')}{digits(random, 7)}", MOBILE)
    return example_phone(random, country, MOBILE)
