"""QR codes, drawn here: what stands in them leaves the house with nobody."""

from __future__ import annotations

import io
from typing import Any

from markupsafe import Markup

#: As which files a code is handed out: what they are, and the pixels of a module; prints want lines or many pixels.
FILES: dict[str, tuple[str, int]] = {"svg": ("image/svg+xml", 4), "png": ("image/png", 16)}


def qr_code(text: str) -> Markup:
    """A text as a QR code, black on white in either theme."""
    drawn = _drawn(text, kind="svg", xmldecl=False, svgns=True, scale=4, omitsize=True)
    return Markup(drawn.decode())  # noqa: S704  (drawn by us: paths alone)


def qr_file(text: str, ending: str) -> bytes:
    """The same as a file of one of FILES, to be printed."""
    return _drawn(text, kind=ending, scale=FILES[ending][1])


def _drawn(text: str, **how: Any) -> bytes:
    import segno

    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, border=4, dark="#000", light="#fff", **how)
    return drawn.getvalue()
