"""Long work of the kernel: importing a file, taking an import back and exporting a list in the background.

Each has a folder of its own under MEDIA_ROOT/exchange with a name nobody can guess; `job.result` says what lies there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bihuan.core import job, registry
from bihuan.core.access import Actor, acting
from bihuan.core.desk import Desk
from bihuan.core.duplicates import scan  # noqa: F401  (declares its work)
from bihuan.core.errors import Refused
from bihuan.core.exchange import exporting, reading
from bihuan.core.exchange.importing import Import
from bihuan.core.exchange.plan import Plan
from bihuan.core.exchange.undo import Undo, entries_of

#: For so long an import can be taken back, and the files of imports and exports are kept.
KEPT = timedelta(days=30)


def folder_of(name: str) -> Path:
    """The folder that holds the files of an import or export."""
    return Path(settings.MEDIA_ROOT) / "exchange" / name


def keep(upload: Iterable[bytes]) -> str:
    """Keep an uploaded file (its chunks) for an import; returns the name of its folder."""
    name = uuid4().hex
    folder_of(name).mkdir(parents=True)
    with (folder_of(name) / "source").open("wb") as stream:
        for chunk in upload:
            stream.write(chunk)
    return name


def queue_import(
    plan: Plan, folder: str, file_name: str, by: Actor, rows: int, following: Sequence[Sequence[str]] = ()
) -> job.Job:
    """Queue an import of what `keep` has kept, in the caller's transaction; `following` is for the page that shows it."""
    return job.enqueue(
        "import", user_id=by.user_id, label=file_name, total=rows,
        plan=plan.as_json(), folder=folder, file_name=file_name, language=translation.get_language(), following=[*following],
    )  # fmt: skip


def queue_export(desk: Desk, params: Mapping[str, str], format: str, by: Actor, address: str = "") -> job.Job:
    """Queue an export of a list: `params` are the parameters of its address, `address` is where it was asked from."""
    total = exporting.ask(desk, by, params).count()
    return job.enqueue(
        "export", user_id=by.user_id, label=str(desk.label_plural), total=total,
        object=desk.slug, params=dict(params), format=format, folder=uuid4().hex, address=address, language=translation.get_language(),
    )  # fmt: skip


def queue_trial(plan: Plan, folder: str, file_name: str, by: Actor, rows: int) -> job.Job:
    """Queue trying an import out, in the caller's transaction."""
    return job.enqueue(
        "import_trial", user_id=by.user_id, label=file_name, total=rows,
        plan=plan.as_json(), folder=folder, file_name=file_name, language=translation.get_language(),
    )  # fmt: skip


@job.work("import_trial")
def try_import(todo: job.Job) -> Iterator[None]:
    """What would become of the rows of a kept file; `result` counts them, and nothing is written."""
    with _begun(todo) as running:
        going = True
        while going:
            with translation.override(todo.inputs["language"]):
                going = running.try_step()
            todo.done = running.cursor["row"]
            todo.result = _result(running.cursor, todo.inputs["folder"]) | {"file": "", "row": todo.done}
            yield


@job.work("import")
def import_file(todo: job.Job) -> Iterator[None]:
    """Rows of a kept file, a thousand a step; `result` counts them, and "refused.csv" holds the refused ones."""
    with _begun(todo) as running:
        going = True
        while going:
            with translation.override(todo.inputs["language"]):
                going = running.step()
            todo.done = running.cursor["row"]
            todo.result = _result(running.cursor, todo.inputs["folder"])
            yield
    transaction.on_commit((folder_of(todo.inputs["folder"]) / "source").unlink)


@contextmanager
def _begun(todo: job.Job) -> Iterator[Import]:
    """The import of a job, where its cursor has come to."""
    folder = folder_of(todo.inputs["folder"])
    with (folder / "source").open("rb") as source:
        table = reading.read(source, todo.inputs["file_name"])
        yield Import(Plan.from_json(todo.inputs["plan"]), table, acting(todo.user_id), folder, todo.cursor)


def _result(cursor: Mapping[str, Any], folder: str) -> dict[str, Any]:
    figures = {
        name: cursor[name]
        for name in ("created", "updated", "unchanged", "refused", "skipped", "made", "taken", "shown")
    }
    return {**figures, "folder": folder, "file": "refused.csv" if cursor["refused"] else ""}


def may_undo(done: job.Job) -> bool:
    """Whether an import can still be taken back."""
    if done.work != "import" or done.finished_at is None or done.finished_at < timezone.now() - KEPT:
        return False
    begun = job.Job.objects.filter(pk=done.result.get("undo")).exclude(state__in=("cancelled", "failed"))
    return done.cursor.get("last", 0) > done.cursor.get("first", 0) and not begun.exists()


def queue_undo(done: job.Job, by: Actor) -> job.Job:
    """Queue taking an import back, in the caller's transaction; once, unless that broke off. Raises Refused."""
    done = job.Job.objects.select_for_update(of=("self",)).get(pk=done.pk)
    if not may_undo(done):
        raise Refused(_("This import cannot be taken back any more."))
    queued = job.enqueue(
        "import_undo", user_id=by.user_id, label=_("Taking back: %(name)s") % {"name": done.label}, total=entries_of(done.cursor).count(),
        of=done.pk, folder=uuid4().hex, language=translation.get_language(),
    )  # fmt: skip
    done.result["undo"] = queued.pk
    done.save(update_fields=["result"])
    return queued


@job.work("import_undo")
def undo_import(todo: job.Job) -> Iterator[None]:
    """Take back what an import did; "stays.csv" tells what had to stay. If it breaks off, it can be begun again."""
    done, folder = job.Job.objects.get(pk=todo.inputs["of"]), folder_of(todo.inputs["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    running = Undo(done.cursor, acting(todo.user_id), folder, todo.cursor)
    going = True
    while going:
        with translation.override(todo.inputs["language"]):
            going = running.step()
        todo.done = running.cursor["entries"]
        figures = {name: running.cursor[name] for name in ("archived", "restored", "stayed", "shown")}
        todo.result = {**figures, "folder": todo.inputs["folder"], "file": "stays.csv" if figures["stayed"] else ""}
        yield


@job.work("export")
def export_list(todo: job.Job) -> Iterator[None]:
    """Rows of a list into "export.csv" or "export.xlsx". After a crash it begins anew: the list may have changed."""
    inputs = todo.inputs
    folder, file = folder_of(inputs["folder"]), f"export.{inputs['format']}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (folder / file).open("w+b") as stream:
        query = exporting.ask(registry.desk(inputs["object"]), acting(todo.user_id), inputs["params"])
        written = exporting.steps(query, stream, inputs["format"])
        going: int | None = 0
        while going is not None:
            with translation.override(inputs["language"]):
                going = next(written, None)
            todo.done = going if going is not None else todo.done
            yield
    columns = [column.name for column in query.columns]
    exporting.tell(
        inputs["object"],
        query.actor,
        inputs["params"],
        columns,
        format=inputs["format"],
        rows=todo.done,
        address=inputs["address"],
    )
    todo.result = {"folder": inputs["folder"], "file": file, "rows": todo.done}
