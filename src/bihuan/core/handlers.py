"""What the kernel does after the fact: a custom field that is new or has changed gets its index, search entries and results."""

from __future__ import annotations

from bihuan.core import custom, custom_index, event, indexing, registry
from bihuan.core.access import SYSTEM
from bihuan.core.custom import CustomField
from bihuan.core.run import Call, run
from bihuan.core.verbs import update

BATCH = 1000


@event.on((event.Created, event.Changed, event.Restored), "customfield")
def prepare(happened: event.Event) -> None:
    """Bring indexes, search entries and formulas in line with a custom field that is new or has changed."""
    own = CustomField._base_manager.get(pk=happened.record_id)
    custom_index.index(own)
    changed = set(getattr(happened, "fields", ())) or {"searched", "formula"}
    if "searched" in changed and own.searched:
        indexing.rebuild(registry.desk(own.object))
    if "formula" in changed and own.kind.startswith("formula"):
        work_out_anew(own.object)


def work_out_anew(slug: str) -> None:
    """Work out the formulas of every record of an object; what does not differ is not written."""
    desk, last = registry.desk(slug), 0
    if not any(each.kind.startswith("formula") for each in custom.definitions(slug)):
        return
    while keys := list(
        desk.model._base_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        run(update, [Call(record=key) for key in keys], by=SYSTEM, on=desk.model)
        last = keys[-1]
