"""The address of a list: the parameters that say what it shows, and links to the same list changed a little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

#: Parameters that say where somebody stands in a list, or what is open on it, but not what it shows.
PASSING = frozenset({"view", "after", "before", "from", "filter", "count", "rows"})


@dataclass(frozen=True, slots=True)
class Address:
    """A list as its address tells it. `view` is the key of the tab it began from."""

    path: str
    view: str
    params: Mapping[str, str]

    @classmethod
    def read(cls, path: str, given: QueryDict, views: Mapping[str, Mapping[str, str]]) -> Address:
        """From a request. With nothing but a view named, the view's own parameters count; with nothing at all, the first view's."""
        shown = meaning(given)
        view = given.get("view", "") or ("" if given else next(iter(views), ""))
        view = view if view in views else ""
        return cls(path, view, shown if shown or "q" in given else dict(views.get(view, {})))

    @property
    def own(self) -> dict[str, str]:
        """The parameters that make this list, its view included. An empty search keeps a view's parameters from coming back."""
        return ({"view": self.view} if self.view else {}) | (dict(self.params) or {"q": ""})

    @property
    def query(self) -> str:
        """What the list shows, as the query of an address, without the view it began from."""
        return urlencode(dict(self.params))

    def changed(self, **changes: str | None) -> str:
        """The list with other parameters, from its first page; None takes one away. Names with a dot come as `**{…}`."""
        params = {name: value for name, value in (dict(self.params) | changes).items() if value is not None}
        return Address(self.path, self.view, params).at()

    def at(self, **passing: str) -> str:
        """This list at another place, or with something open on it."""
        return f"{self.path}?{urlencode(self.own | passing)}"


def meaning(given: Mapping[str, str]) -> dict[str, str]:
    """The parameters that say what a list shows; blank ones mean nothing, but for conditions such as `level.empty`."""
    return {name: value for name, value in given.items() if name not in PASSING and (value or "." in name)}
