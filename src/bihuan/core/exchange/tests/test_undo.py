"""A whole import is taken back: what it made and what it changed, except where somebody has gone on with it since."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import models, transaction
from django.utils import timezone
from tests.cast import new, record

from bihuan.core import audit, job, registry, works
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.errors import Refused
from bihuan.core.exchange import undo as undoing
from bihuan.core.exchange.analysis import analyse
from bihuan.core.exchange.reading import read
from bihuan.core.exchange.undo import Undo
from bihuan.core.run import do
from bihuan.core.verbs import archive, update

Load = Callable[..., job.Job]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def load(zhou: Actor) -> Load:
    """Import a CSV text as a job that is done."""

    def load(slug: str, text: str, by: Actor = zhou, **given: Any) -> job.Job:
        table = read(io.BytesIO(text.encode()), "file.csv")
        plan = analyse(table, registry.desk(slug), by, **given).plan
        works.queue_import(plan, works.keep([text.encode()]), "file.csv", by, 1)
        return finished("import")

    return load


def finished(work: str) -> job.Job:
    assert job.run_next()
    done = job.Job.objects.filter(work=work).latest("pk")
    assert done.state == "done", done.error
    return done


def take_back(done: job.Job, by: Actor) -> dict[str, Any]:
    works.queue_undo(done, by)
    return finished("import_undo").result


def figures(result: dict[str, Any]) -> tuple[int, int, int]:
    return result["archived"], result["restored"], result["stayed"]


def everything(slug: str) -> dict[int, dict[str, Any]]:
    """All that people see of the records in use, but for since when somebody owns them: whoever gets one back begins anew."""
    desk = registry.desk(slug)
    rows: models.QuerySet[Any] = desk.model._base_manager.filter(archived_at=None)
    fields = {name: each for name, each in desk.inputs(SYSTEM, creating=True).items() if name != "owner_since"}
    return {each.pk: {name: field.value_of(each) for name, field in fields.items()} for each in rows}


ACCOUNTS = "number,name,parent,level,industry,owner\n"


def test_what_was_made_and_what_was_changed_is_as_it_was(load: Load, zhou: Actor, hengli: Any) -> None:
    before = {slug: everything(slug) for slug in ("account", "choice", "user")}
    text = ACCOUNTS + f"Z-1,甲厂,乙厂,C,钟表,陈默\nZ-2,乙厂,,C,,\n{hengli.number},恒砺集团,甲厂,B,钟表,陈默\n"
    done = load("account", text)
    assert everything("account") != before["account"] and everything("choice") != before["choice"]
    assert figures(take_back(done, zhou)) == (3, 1, 0)
    assert {slug: everything(slug) for slug in before} == before
    entry = audit.history("account", hengli.pk)[0]
    assert (entry.actor_id, entry.command) == (zhou.user_id, "assign")


def test_the_same_file_can_be_imported_again(load: Load, zhou: Actor) -> None:
    text = ACCOUNTS + "Z-1,甲厂,乙厂,C,,陈默\nZ-2,乙厂,,C,,\n"
    done = load("account", text)
    made = everything("account")
    take_back(done, zhou)
    again = load("account", text)
    assert (again.result["refused"], everything("account").keys()) == (0, made.keys()), again.result["shown"]
    assert figures(take_back(again, zhou)) == (2, 0, 0)


def test_what_somebody_has_gone_on_with_stays(load: Load, zhou: Actor, hengli: Any, lianhe: Any) -> None:
    text = ACCOUNTS + f"Z-1,甲厂,乙厂,,,\nZ-2,乙厂,,,,\nZ-3,丙厂,,,,\nZ-4,丁厂,,,,\n{hengli.number},恒砺集团,,B,,\n"
    done = load("account", text)
    do(update, record("account", name="甲厂"), by=zhou, city="苏州")  # and so 乙厂 stays, on which it hangs
    new("note", about="account", about_id=record("account", name="丙厂").pk, text="紧急")
    do(update, record("account", pk=hengli.pk), by=zhou, level="C")
    result = take_back(done, zhou)
    assert figures(result) == (1, 1, 4)
    assert {name for name, _reason in result["shown"]} == {"甲厂", "乙厂", "丙厂", "恒砺集团"}
    stored = record("account", pk=hengli.pk)
    assert (stored.name, stored.level.name) == (hengli.name, "C")
    assert record("account", name="甲厂").parent.name == "乙厂"
    told = (works.folder_of(result["folder"]) / result["file"]).read_text("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(told)))) == 5


def test_what_is_archived_already_is_no_matter(load: Load, zhou: Actor) -> None:
    done = load("account", ACCOUNTS + "Z-1,甲厂,,,,\n")
    do(archive, record("account", name="甲厂"), by=zhou)
    assert figures(take_back(done, zhou)) == (0, 0, 0)


def test_an_import_is_taken_back_once_and_within_a_month(load: Load, zhou: Actor) -> None:
    done = load("account", ACCOUNTS + "Z-1,甲厂,,,,\n")
    assert works.may_undo(done)
    job.Job.objects.filter(pk=done.pk).update(finished_at=timezone.now() - timedelta(days=31))
    with pytest.raises(Refused):
        works.queue_undo(done, zhou)
    job.Job.objects.filter(pk=done.pk).update(finished_at=timezone.now() - timedelta(days=29))
    first = works.queue_undo(done, zhou)
    with pytest.raises(Refused):
        works.queue_undo(done, zhou)
    job.cancel(first)
    assert figures(take_back(done, zhou)) == (1, 0, 0)


def test_it_has_the_rights_of_whoever_asks(load: Load, zhou: Actor, lin: Actor, hengli: Any) -> None:
    """林 may archive nothing that is not hers: the account that the administrator imported stays, with a reason."""
    done = load("account", ACCOUNTS + "Z-1,甲厂,,,,陈默\nZ-2,乙厂,,,,林晓\n")
    assert figures(take_back(done, lin)) == (1, 0, 1)


def test_a_killed_one_goes_on(load: Load, zhou: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill it after each step in turn, before and after the step's transaction ended."""
    before = everything("account")
    done = load("account", ACCOUNTS + "".join(f"Z-{n},厂{n},厂{(n + 1) % 9},,,\n" for n in range(9)))
    new("note", about="account", about_id=record("account", name="厂4").pk, text="紧急")
    monkeypatch.setattr(undoing, "CHUNK", 2)
    cursor: dict[str, Any] = {}
    going = True
    while going:
        with transaction.atomic():
            Undo(done.cursor, zhou, tmp_path, json.loads(json.dumps(cursor))).step()
            transaction.set_rollback(True)
        cursor = json.loads(json.dumps(cursor))
        going = Undo(done.cursor, zhou, tmp_path, cursor).step()
    assert figures(cursor) == (8, 0, 1)
    kept = record("account", name="厂4")
    assert everything("account").keys() == before.keys() | {kept.pk}
    assert len((tmp_path / "stays.csv").read_text("utf-8").splitlines()) == 2
