"""Emptying the records that are a person's own, and letting go of the files that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

from django.conf import settings
from django.db.models import Field, FileField, JSONField
from django.utils.translation import gettext as _

from bihuan.core import audit, indexing, job, rows
from bihuan.core.access import Actor
from bihuan.core.audit import SECRET
from bihuan.core.custom import PREFIX, CustomField
from bihuan.core.desk import Desk
from bihuan.core.duplicates import index as match_keys


def empty(desk: Desk, keys: Iterable[int], command: str, by: Actor) -> None:
    """Empty some records: as if `command` had been carried out on each, whoever may see it."""
    chosen = desk.model._base_manager.filter(pk__in=list(keys)).order_by("pk").select_for_update(of=("self",))
    written: list[tuple[Any, dict[str, list[Any]]]] = [
        (record, changes) for record in chosen if (changes := take_out(desk, record))
    ]
    if not written:
        return
    for record, _changes in written:
        record.version += 1
    rows.update([record for record, _changes in written], [*desk.personal.columns, "custom", "version"])
    audit.keep(command, desk.slug, ((each.pk, each.version, changes, "") for each, changes in written), by)
    indexing.refresh(desk, written)
    match_keys.refresh(desk, written)


def take_out(desk: Desk, record: Any) -> dict[str, list[Any]]:
    """Blank what is personal on a record that is not saved yet; returns what changed, without what stood there."""
    changes: dict[str, list[Any]] = {}
    for name in desk.personal.columns:
        column: Any = desk.model._meta.get_field(name)
        old, new = getattr(record, name), _blank(desk, record, column)
        if old != new:
            setattr(record, name, new)
            changes[name] = [old and SECRET, new]
    if record.custom:
        names = {each.store: PREFIX + each.key for each in CustomField._base_manager.filter(object=desk.slug)}
        changes |= {names[key]: [SECRET, None] for key in record.custom if key in names}
        record.custom = {}
    return changes


def _blank(desk: Desk, record: Any, column: Field) -> Any:
    """What stands in an emptied column: a record keeps something that it is called."""
    if column.name == desk.title and desk.personal.is_person:
        return _("Erased %(object)s #%(key)d") % {"object": desk.label, "key": record.pk}
    if column.name == desk.title:
        return _("(erased)")
    if isinstance(column, JSONField):
        return column.get_default()
    return None if column.null else ""


# ---------------------------------------------------------------------- files


def files_of(desk: Desk, keys: Iterable[int]) -> Iterator[str]:
    """Where the files lie that some records name in columns of their own, below the folder of all files."""
    columns = [name for name in desk.personal.columns if isinstance(desk.model._meta.get_field(name), FileField)]
    for name in columns:
        yield from filter(None, desk.model._base_manager.filter(pk__in=list(keys)).values_list(name, flat=True))


def delete_later(paths: Iterable[str]) -> None:
    """Have files and folders deleted once the caller's transaction is over, even if this process dies before."""
    if found := sorted(set(paths)):
        job.enqueue("delete_files", user_id=None, paths=found)


@job.work("delete_files")
def delete_files(todo: job.Job) -> Iterator[None]:
    """Delete files and folders below the folder of all files."""
    for name in todo.inputs["paths"]:
        path = Path(settings.MEDIA_ROOT) / name
        if path.is_dir():
            rmtree(path)
        else:
            path.unlink(missing_ok=True)
    yield
