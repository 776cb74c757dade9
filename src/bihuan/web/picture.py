"""Which files may be shown on a page: pictures whose content is what they claim to be."""

from __future__ import annotations

#: Media types that are shown, by how their files begin.
SIGNATURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n", b""),
    "image/jpeg": (b"\xff\xd8\xff", b""),
    "image/webp": (b"RIFF", b"WEBP"),
}


def is_picture(media_type: str) -> bool:
    """Whether a file of this claimed type may be a picture we show."""
    return media_type in SIGNATURES


def media_type_of(beginning: bytes) -> str:
    """The media type that a file's first twelve bytes prove; "" for anything but a picture."""
    for media_type, (start, form) in SIGNATURES.items():
        if beginning.startswith(start) and beginning[8:].startswith(form):
            return media_type
    return ""
