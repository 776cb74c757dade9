"""Records for the tests of pages: everything that 林 has, everything that 赵 has, and what lies between the two.

Each sees nothing of the other's. What lies between is 赵's own, or seen with something that is, but links to what only
林 sees. Every text is told by whose it is, of which object and which field, so that a page that shows one it should
not is found by the text alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from bihuan.core import kind, registry
from bihuan.core.access import Actor, visible
from bihuan.core.attached import attach
from bihuan.core.desk import Desk
from bihuan.core.field import Field
from bihuan.core.record import OwnedRecord
from bihuan.core.run import do
from bihuan.core.verbs import assign
from tests.cast import record
from tests.contract.values import BY_KIND, value

#: Kinds of value that hold words.
WORDS = ("text", "longtext", "number", "mail", "url", "phone")
#: Between the first two lies twice a prime: a value that is the n-th of a list is not the same for both, however long the list.
LIN, ZHAO, BETWEEN = 7100, 8214, 9300


class World:
    """`lin` and `zhao` hold a record of every object by its slug; `between` holds the others, by slug."""

    def __init__(self, lin: Actor, zhao: Actor, zhou: Actor) -> None:
        self.lin = self._belongings(lin, zhou, LIN)
        self.zhao = self._belongings(zhao, zhou, ZHAO)
        self.between: dict[str, list[models.Model]] = {}
        for place, desk in enumerate(business()):
            made = (make(desk, zhou, BETWEEN + 10 * place + n, links) for n, links in enumerate(self._across(desk)))
            self.between[desk.slug] = list(made)

    def _belongings(self, actor: Actor, zhou: Actor, n: int) -> dict[str, models.Model]:
        """A record of every object, linked among themselves. What sets the firm up is 周's and everybody sees it."""
        found: dict[str, models.Model] = {"user": record("user", pk=actor.user_id)}
        for place, desk in enumerate((*business(), *configuration())):
            links = {slug: each.pk for slug, each in found.items()}
            links |= self._spare(desk, actor, n + place + 50, links)
            found[desk.slug] = make(desk, zhou if desk.configuration else actor, n + place, links)
        return found

    def _spare(self, desk: Desk, actor: Actor, n: int, links: dict[str, Any]) -> dict[str, Any]:
        """A second record for every object that this one links to twice, by the name of the second link."""
        seen: set[str] = set()
        spare = {}
        for name, field in desk.inputs(actor, creating=True).items():
            target = registry.desk_of(field.target) if field.target is not None else None
            if target is not None and not target.configuration and target is not desk:
                if target.slug in seen and isinstance(field.kind, kind.Link):
                    spare[name] = make(target, actor, n, links).pk
                seen.add(target.slug)
        return spare

    def _across(self, desk: Desk) -> Iterable[dict[str, Any]]:
        """What a record of 赵's links to: 林's, but for what it is seen by."""
        hidden = {slug: each.pk for slug, each in self.lin.items()}
        if issubclass(desk.model, OwnedRecord):
            yield hidden | {"owner": self.zhao["user"].pk, "parent": hidden.get(desk.slug)}
            return
        for name in desk.through:
            target = "account" if name == "about" else desk.own_fields[name].target._meta.model_name  # type: ignore[union-attr]
            yield {**hidden, **self._others(desk), name: self.zhao[target].pk}

    def _others(self, desk: Desk) -> dict[str, Any]:
        """The links of 林's record of this object, by their names."""
        links = (each for each in desk.own_fields.values() if isinstance(each.kind, kind.Link) and each.editable)
        return {each.name: each.value_of(self.lin[desk.slug]) for each in links}

    def every(self) -> Iterable[tuple[Desk, models.Model]]:
        """Each record of this world with its desk."""
        for held in (self.lin, self.zhao):
            yield from ((registry.desk(slug), each) for slug, each in held.items())
        yield from ((registry.desk(slug), each) for slug, held in self.between.items() for each in held)


def business() -> list[Desk]:
    """The objects of daily life, each after those that it links to."""
    left, found = [desk for desk in registry.desks() if not desk.configuration], []
    while left:
        ready = next(desk for desk in left if not targets(desk) & {other.slug for other in left if other is not desk})
        found.append(ready)
        left.remove(ready)
    return found


def configuration() -> list[Desk]:
    return [desk for desk in registry.desks() if desk.configuration and desk.slug != "user"]


def targets(desk: Desk) -> set[str]:
    about = {"account"} if "about" in desk.through else set()
    return about | {each.target._meta.model_name for each in desk.own_fields.values() if each.target is not None}  # type: ignore[misc]


def make(desk: Desk, actor: Actor, n: int, links: dict[str, Any]) -> models.Model:
    """A record with a value for every field. `links` gives ids by the name of a field, else by the slug of its target."""
    given = words(desk, actor, n, links)
    if desk.made_by == "attach":
        upload = SimpleUploadedFile(given["name"], f"密{n}".encode())
        return do(attach, by=actor, file=upload, about="account", about_id=given["about_id"])
    maker = registry.maker(desk)
    taken = maker.inputs(desk, actor)
    made = do(maker, by=actor, on=desk.model, **{name: each for name, each in given.items() if name in taken})
    return do(assign, made, by=actor, owner=given["owner"]) if given.get("owner") and "owner" not in taken else made


def words(desk: Desk, actor: Actor, n: int, links: dict[str, Any], *, creating: bool = True) -> dict[str, Any]:
    """Inputs for every field that the actor may give."""
    given: dict[str, Any] = {}
    fields = dict(desk.inputs(actor, creating=creating))
    if creating:  # what makes it may ask for what nobody changes afterwards
        fields |= registry.maker(desk).inputs(desk, actor)
    for name, field in fields.items():
        if isinstance(field.kind, (kind.Link, kind.Links)):
            target = registry.desk_of(field.target).slug  # type: ignore[arg-type]
            key = links.get(name, links.get(target))
            given[name] = [key] if isinstance(field.kind, kind.Links) and key else key
        elif name == "about":
            given["about"], given["about_id"] = "account", links.get("about", links.get("account"))
        elif name != "about_id":
            given[name] = word(desk, field, actor, n)
    return given


def word(desk: Desk, field: Field, actor: Actor, n: int) -> Any:
    """A value; one that may be any text says where it belongs."""
    raw = value(desk, field, actor, n)
    if field.kind.name in ("text", "longtext", "number") and raw == BY_KIND[field.kind.name](field, n):
        return f"密{n}{desk.slug}.{field.name}"[: field.max_length]
    return f"mi{n}.{desk.slug}.{field.name}@example.com" if field.kind.name == "mail" else raw


def hidden_words(actor: Actor) -> set[str]:
    """Every text that stands in some record that the actor may not see, and in none that it may."""
    seen: set[str] = set()
    hidden: set[str] = set()
    for desk in business():
        fields = (each for each in desk.own_fields.values() if each.kind.name in WORDS and each.compute is None)
        names = [each.path for each in fields if each.name != "about"]
        mine = set(visible(actor, desk.model, archived=None).values_list("pk", flat=True))
        for key, *texts in desk.model._base_manager.values_list("pk", *names):
            (seen if key in mine else hidden).update(text for text in texts if text and len(text) > 3)
    return hidden - seen
