"""Whatever is written is kept as it was written and shown as text, or refused with a sentence."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from markupsafe import escape

from bihuan.core import registry
from bihuan.core.access import Actor
from bihuan.web.tests.conftest import Browse
from tests.cast import record
from tests.contract.hostile import HOSTILE, LONG, naughty, shared_out, walked
from tests.contract.values import needed, sample
from tests.contract.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("whence", ["big list", "ours"])
def test_any_text_is_kept_and_shown_as_text(whence: str, lin: Actor, browse: Browse) -> None:
    """By the form, by the cell and as a note: stored as it was sent, but for blanks at its ends and NUL."""
    strings = shared_out(naughty() if whence == "big list" else HOSTILE)
    visitor = Visitor(browse(lin))
    account = registry.desk("account")
    made = sample(account, lin, 1)
    shown = reverse("record", args=["account", made.pk])
    for text in strings:
        visitor.post(reverse("cell", args=["account", made.pk, "address"]), {"address": text, "version": ""}, 200, 422)
        visitor.post(reverse("edit", args=["account", made.pk]), {"remark": text, "name": f"甲{text}"[:200]}, 303, 422)
        stored = record("account", pk=made.pk)
        if (
            stored.address != kept(text)[:300]
            or stored.remark != kept(text.replace("\r\n", "\n"))
            or stored.name != kept(f"甲{text}"[:200])
        ):
            visitor.faults.append(f"{text!r} became {stored.address!r}, {stored.remark!r}, {stored.name!r}")
        page = visitor.get(shown).content.decode()
        if "<" in text and kept(text) in page:
            visitor.faults.append(f"{text!r} is not escaped")
        if kept(text) and str(escape(kept(text)[:60])) not in page:
            visitor.faults.append(f"{text!r} is not shown")
    visitor.verdict(100 if LONG else 60)


def kept(text: str) -> str:
    return text.replace("\x00", "").strip().replace("\x00", "")


def test_any_text_fits_every_text_field(zhou: Actor, browse: Browse) -> None:
    """Every text field of every object, all hostile at once: each field keeps it or names what is wrong."""
    visitor = Visitor(browse(zhou))
    for desk in walked(registry.desks()):
        for text in shared_out(HOSTILE[::4]) if desk.made_by == "create" else ():
            n = 41 + HOSTILE.index(text)
            given = {name: raw for name, raw in needed(desk, zhou, n).items() if raw not in (None, "")}
            for name, field in desk.inputs(zhou, creating=True).items():
                if field.kind.name in ("text", "longtext", "mail", "url", "phone", "number") and not field.unique:
                    given[name] = text
            visitor.post(reverse("new", args=[desk.slug]), given, 303, 422)
        visitor.get(f"{reverse('list', args=[desk.slug])}?q=&columns={','.join(desk.own_fields)}")
        visitor.get(f"{reverse('options', args=[desk.slug])}?q=" + quote("<script>"))
    visitor.verdict(150)


def test_any_text_comes_through_a_file(zhou: Actor, browse: Browse) -> None:
    """From a CSV file through every step of the import: stored as it stands there, shown as text."""
    visitor = Visitor(browse(zhou))
    texts = [text for text in HOSTILE if kept(text) and "\x00" not in text and text.isprintable()]
    lines = "".join(f'"第{n}家","{text.replace(chr(34), chr(34) * 2)}"\r\n' for n, text in enumerate(texts))
    upload = SimpleUploadedFile("<b>客户.csv", ("客户名称,地址\r\n" + lines).encode("utf-8-sig"), "text/csv")
    answer = visitor.post(reverse("import", args=["account"]), {"file": upload}, 303)
    columns = answer["Location"]
    visitor.get(columns)
    checked = visitor.post(columns, {"c0": "name", "c1": "address", "mode": "create"}, 303)["Location"]
    visitor.get(checked)
    job = visitor.post(checked, {}, 303)["Location"]
    visitor.get(job)
    stored = dict(
        registry.desk("account").model._base_manager.filter(name__startswith="第").values_list("name", "address")
    )
    wrong = {text: stored.get(f"第{n}家") for n, text in enumerate(texts) if stored.get(f"第{n}家") != kept(text)}
    assert not wrong
    visitor.verdict(6)
