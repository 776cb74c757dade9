"""What of an object's records is some person's own data, as its desk declares it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Personal:
    """These `columns` are emptied when a person is erased, with the firm's own fields; files that they name are deleted.

    `of` are the links by which a record belongs to a person, or to what belongs to one ("about" for any). Whatever else points
    to a person only names it: that stays. What no link ties to a person is `found_by` the words that tell the person from others.
    While a record is `under_way`, whom it names is not erased.
    """

    columns: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    found_by: Callable[[Iterable[str]], Q] | None = None
    is_person: bool = False
    under_way: Q | None = None
