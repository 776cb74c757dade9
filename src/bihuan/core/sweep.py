"""Throwing away files that nothing needs any more: exchanges long over or never gone on with, uploads that were rolled back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import FileField, Model, Q
from django.utils import timezone

from bihuan.core.held_file import STORED, stored_under
from bihuan.core.job import Job
from bihuan.core.works import KEPT, folder_of

#: For so long a file may lie before the record or the work that it belongs to is there.
GRACE = timedelta(days=1)
#: Uploads are looked at for so long: what had a record then keeps it.
LOOKED_AT = timedelta(days=8)
BATCH = 500


def sweep() -> int:
    """Remove what is not needed any more; returns the number of files and folders."""
    gone = 0
    for folder in _exchanges_over():
        shutil.rmtree(folder, ignore_errors=True)
        gone += 1
    for file in _uploads_of_nobody():
        file.unlink(missing_ok=True)
        gone += 1
    return gone


def _exchanges_over() -> Iterator[Path]:
    """Folders of imports and exports that no work needs, be it that it never began."""
    needed = Job.objects.filter(
        Q(finished_at=None) | Q(finished_at__gt=timezone.now() - KEPT), inputs__has_key="folder"
    )
    names = set(needed.values_list("inputs__folder", flat=True))
    for folder in folder_of("").glob("*"):
        if folder.name not in names and _age(folder) > GRACE:
            yield folder


def _uploads_of_nobody() -> Iterator[Path]:
    """Files whose row was never stored, because what wrote it was refused or broke off."""
    files = (Path(settings.MEDIA_ROOT) / STORED).glob("*")
    fresh = (file for file in files if GRACE < _age(file) < LOOKED_AT)
    while batch := {f"{STORED}/{file.name}": file for file in islice(fresh, BATCH)}:
        for model, column in _holders():
            for name in model._base_manager.filter(**{f"{column}__in": batch}).values_list(column, flat=True):
                batch.pop(name, None)
        yield from batch.values()


def _holders() -> Iterator[tuple[type[Model], str]]:
    """Every column that holds such files."""
    for model in apps.get_models():
        yield from (
            (model, each.name)
            for each in model._meta.local_fields
            if isinstance(each, FileField) and each.upload_to is stored_under
        )


def _age(path: Path) -> timedelta:
    try:
        changed = path.stat().st_mtime
    except FileNotFoundError:  # gone since it was listed: somebody else sweeps too
        return timedelta(0)
    return timezone.now() - datetime.fromtimestamp(changed, UTC)
