"""What the keys are called that records hold of things in code: objects by their slug, lists of values by their name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bihuan.core import kind, registry


class Names(Mapping[str, str]):
    """Key to name in the language in force, worked out when it is asked for: desks are declared after columns."""

    def __init__(self, load: Callable[[], dict[str, str]]) -> None:
        self._load = load

    def __getitem__(self, key: str) -> str:
        return self._load()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())


def objects() -> dict[str, str]:
    """Every object by its slug."""
    return {desk.slug: str(desk.label) for desk in registry.desks()}


def choice_lists() -> dict[str, str]:
    """Every list of values: what its field is called, and on which objects, by name in the order of that."""
    heads: dict[str, tuple[str, list[str]]] = {}
    for desk in registry.desks():
        for each in desk.own_fields.values():
            if each.set and isinstance(each.kind, kind.Pick) and not isinstance(each.kind, kind.StagePick):
                known = heads.setdefault(each.set, (str(each.label), []))[1]
                known += [str(desk.label)] if str(desk.label) not in known else []
    named = {name: f"{label} ({', '.join(known)})" for name, (label, known) in heads.items()}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


OBJECTS, CHOICE_LISTS = Names(objects), Names(choice_lists)
