"""Tax numbers by their own check digits: 统一社会信用代码 (GB 32100) and 統一編號."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _


def tax_id_problem(text: str) -> str | None:
    """What is wrong with a tax number, as a sentence; None where nothing is, or where its country's form is unknown."""
    if not text:
        return None
    plain = re.sub(r"[\s-]", "", text).upper()
    if re.fullmatch(r"[0-9A-Z]{18}", plain):
        from stdnum.cn import uscc  # loaded only where a number is checked

        return None if uscc.is_valid(plain) else _("The check digit of this 统一社会信用代码 is wrong.")
    if re.fullmatch(r"9[0-9A-Z]{15,18}", plain):
        return _("A 统一社会信用代码 has 18 characters; this one has %(number)d.") % {"number": len(plain)}
    if re.fullmatch(r"\d{8}", plain):
        from stdnum.tw import ubn

        return None if ubn.is_valid(plain) else _("The check digit of this 統一編號 is wrong.")
    return None
