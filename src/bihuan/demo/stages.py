"""The pipelines of the demo firm, from the configuration that it starts with."""

from functools import cache
from typing import NamedTuple

from bihuan.blueprint.load import industry


class Stage(NamedTuple):
    """A stage as the stories need it. `place` counts from the pipeline's beginning, the limit is in days."""

    key: str
    kind: str
    probability: int
    days_limit: int | None
    place: int


@cache
def pipelines() -> dict[str, tuple[Stage, ...]]:
    """The stages of each pipeline in their order, by the pipeline's key."""
    found: dict[str, tuple[Stage, ...]] = {}
    for address, row in industry("equipment").rows.items():
        match address:
            case ("pipelines", _object, pipeline, "stages", key):
                stage = Stage(key, row["kind"], row["probability"], row["days_limit"], row["order"])
                found[pipeline] = (*found.get(pipeline, ()), stage)
    return found


def stage(pipeline: str, key: str) -> Stage:
    """One stage by its keys."""
    return next(each for each in pipelines()[pipeline] if each.key == key)
