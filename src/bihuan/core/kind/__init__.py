"""The kinds of value a field can hold: how each is read from text, checked, written as text and filtered.

Form, inline edit, import, filter, API and command inputs all go through `parse` and `check`; there is no second parser.
"""

from bihuan.core.kind.base import Kind, fold, read_key
from bihuan.core.kind.file import File, Upload
from bihuan.core.kind.link import Link, Links, Structure
from bihuan.core.kind.moment import Date, Moment
from bihuan.core.kind.number import Amount, Integer, Ordinal, Percent, Quantity, read_decimal
from bihuan.core.kind.pick import Key, Pick, Picks, StagePick, State, YesNo
from bihuan.core.kind.text import DocumentNumber, LongText, Mail, Phone, Text, Url, international_phone

__all__ = [
    "Amount",
    "Date",
    "DocumentNumber",
    "File",
    "Integer",
    "Key",
    "Kind",
    "Link",
    "Links",
    "LongText",
    "Mail",
    "Moment",
    "Ordinal",
    "Percent",
    "Phone",
    "Pick",
    "Picks",
    "Quantity",
    "StagePick",
    "State",
    "Structure",
    "Text",
    "Upload",
    "Url",
    "YesNo",
    "fold",
    "international_phone",
    "read_decimal",
    "read_key",
]
