"""Files that nothing needs are thrown away, and no others."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from tests.cast import new

from bihuan.core import job, works
from bihuan.core.access import Actor
from bihuan.core.attached import Attachment, attach
from bihuan.core.exchange.plan import Plan
from bihuan.core.run import do
from bihuan.core.sweep import sweep
from bihuan.core.verbs import update

DAY = 24 * 60 * 60


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def aged(path: Path, days: float) -> Path:
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def exchange(by: Actor, finished: float | None, begun: bool = True) -> Path:
    """The folder of an import that ended so many days ago."""
    name = works.keep([b"name\n"])
    if begun:
        queued = works.queue_import(Plan("account", ["name"]), name, "file.csv", by, 1)
        at = timezone.now() - timedelta(days=finished) if finished is not None else None
        job.Job.objects.filter(pk=queued.pk).update(finished_at=at)
    return aged(works.folder_of(name), finished if finished is not None else 40)


def test_exchanges_are_kept_for_a_month_and_for_as_long_as_they_go_on(zhou: Actor) -> None:
    kept = [exchange(zhou, None), exchange(zhou, 29), exchange(zhou, 0.5, begun=False)]
    gone = [exchange(zhou, 31), exchange(zhou, 2, begun=False)]
    assert sweep() == 2
    assert all(each.exists() for each in kept) and not any(each.exists() for each in gone)


def test_a_file_whose_upload_was_rolled_back_goes(zhou: Actor, hengli: Any, media: Path) -> None:
    about = {"about": "account", "about_id": hengli.pk}
    with transaction.atomic():
        do(attach, by=zhou, on=Attachment, file=ContentFile(b"lost", "lost.txt"), **about)
        transaction.set_rollback(True)
    do(attach, by=zhou, on=Attachment, file=ContentFile(b"kept", "kept.txt"), **about)
    files = list((media / "files").iterdir())
    assert len(files) == 2 and sweep() == 0, "as young as it is, its record may still come"
    for file in files:
        aged(file, 2)
    assert sweep() == 1
    assert [file.read_bytes() for file in (media / "files").iterdir()] == [b"kept"]


def test_a_file_of_a_field_stays_when_it_is_replaced_and_goes_when_it_was_rolled_back(
    zhou: Actor, hengli: Any, media: Path
) -> None:
    new("customfield", object="account", key="licence", name="营业执照", kind="file")
    for content in (b"first", b"second"):
        do(update, hengli, by=zhou, c_licence=ContentFile(content, "licence.pdf"))
    with transaction.atomic():
        do(update, hengli, by=zhou, c_licence=ContentFile(b"gone", "licence.pdf"))
        transaction.set_rollback(True)
    for file in (media / "files").iterdir():
        aged(file, 2)
    assert sweep() == 1
    assert {file.read_bytes() for file in (media / "files").iterdir()} == {b"first", b"second"}
