"""Entries as the tests of the index write them."""

from typing import Any

from bihuan.core.search import Entry, Reading, Text


def entry(
    object: str,
    record_id: int,
    title: str,
    words: tuple[tuple[str, int], ...] = (),
    persons: tuple[str, ...] = (),
    phones: tuple[str, ...] = (),
    numbers: tuple[str, ...] = (),
    **more: Any,
) -> Entry:
    """An entry of texts that each stand in a field named after how they are read; a person's title is the person."""
    texts = (
        *(Text("number", text, 1, Reading.NUMBER) for text in numbers),
        *(Text("title" if text == title else "person", text, 1, Reading.PERSON) for text in persons),
        *(Text("words", text, weight) for text, weight in words),
        *(Text("phone", text, 1, Reading.PHONE) for text in phones),
    )
    return Entry(object, record_id, title, texts, title_field="title", **more)
