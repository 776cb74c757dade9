"""The chain over the audit: whatever is done to it past the product is found, and named."""

from __future__ import annotations

import json
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, transaction

from bihuan.core import seal
from bihuan.core.access import SYSTEM, Actor
from bihuan.core.attached import Attachment, attach
from bihuan.core.audit import AuditEntry
from bihuan.core.run import Call, do, run
from bihuan.core.seal import AuditSeal
from bihuan.core.verbs import create, update
from bihuan.parties.account import Account
from bihuan.site.cli import audit as command
from bihuan.touch.task import Task


@pytest.fixture
def chain(lin: Actor, hengli: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """An audit under many small seals; gives the keys of the entries."""
    monkeypatch.setattr(seal, "SIZE", 7)
    monkeypatch.setattr(seal, "PAGE", 3)
    for n in range(20):
        do(update, hengli, by=lin, city=f"城{n}")
    seal.seal()
    yield list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db
def test_what_was_written_is_sealed_once_and_verified(chain: list[int], lin: Actor, hengli: Any) -> None:
    report = seal.verify()
    assert (report.entries, report.unsealed, report.fault) == (len(chain), 0, None)
    assert report.seals == AuditSeal.objects.count() == -(-len(chain) // 7)
    assert seal.seal() == 0
    do(update, hengli, by=lin, city="苏州")
    assert seal.verify().unsealed == 1
    assert seal.seal() == 1
    assert seal.verify(report.head).fault is None


def entry(key: int, **values: Any) -> Callable[[], Any]:
    return lambda: AuditEntry.objects.filter(pk=key).update(**values)


def swap(one: int, other: int) -> None:
    first, second = AuditEntry.objects.filter(pk__in=(one, other)).order_by("pk")
    first.pk, second.pk = second.pk, first.pk
    first.save(force_update=True)
    second.save(force_update=True)


def copied(key: int, to: int) -> None:
    made = AuditEntry.objects.get(pk=key)
    made.pk = to
    made.save(force_insert=True)


#: What somebody does to the entry in the middle of the chain, and what is said of it.
DEEDS: dict[str, tuple[Callable[[int], Any], str]] = {
    "another value": (lambda key: entry(key, changes={"city": ["苏州", "昆山"]})(), "Entry {key} was changed."),
    "another person": (lambda key: entry(key, actor_id=1)(), "Entry {key} was changed."),
    "another name": (lambda key: entry(key, actor_name="别人")(), "Entry {key} was changed."),
    "another record": (lambda key: entry(key, record_id=999)(), "Entry {key} was changed."),
    "another command": (lambda key: entry(key, command="look")(), "Entry {key} was changed."),
    "another reason": (lambda key: entry(key, reason="无")(), "Entry {key} was changed."),
    "gone": (lambda key: AuditEntry.objects.filter(pk=key).delete(), "Entry {key} is missing."),
    "two in the other order": (lambda key: swap(key, key + 1), "Entry {key} was changed."),
    "one before all": (lambda key: copied(key, -5), "Entry -5 was put in later."),
}


@pytest.mark.django_db
@pytest.mark.parametrize("deed", DEEDS)
def test_an_entry_that_no_longer_fits_is_named(chain: list[int], deed: str) -> None:
    act, sentence = DEEDS[deed]
    key = chain[len(chain) // 2]
    act(key)
    fault = seal.verify().fault
    assert fault is not None and fault.sentence == sentence.format(key=key)


@pytest.mark.django_db
def test_every_byte_counts(chain: list[int]) -> None:
    """One character anywhere in any entry, one after another."""
    for key in chain[::9]:
        for column in ("command", "object", "actor_kind", "actor_name"):
            held = AuditEntry.objects.filter(pk=key).values_list(column, flat=True).get()
            entry(key, **{column: held + "x"})()
            fault = seal.verify().fault
            assert fault is not None and fault.entry == key, column
            entry(key, **{column: held})()
    assert seal.verify().fault is None


@pytest.mark.django_db
def test_an_entry_put_into_a_gap_is_named(chain: list[int], lin: Actor, hengli: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        run(create, [Call({"name": f"第{n}"}) for n in range(3)], by=lin, on=Account)
        raise ZeroDivisionError
    newest = AuditEntry.objects.latest("pk")
    copied(newest.pk, newest.pk + 5)  # where keys were skipped
    assert seal.seal() == 1
    copied(newest.pk, newest.pk + 2)
    fault = seal.verify().fault
    assert fault is not None and fault.sentence == f"Entry {newest.pk + 2} was put in later."


@pytest.mark.django_db
@pytest.mark.parametrize(
    "column, value", [("digest", "f" * 64), ("count", 3), ("at", "2020-01-01T00:00:00Z"), ("marks", b"")]
)
def test_a_seal_that_was_changed_is_named(chain: list[int], column: str, value: Any) -> None:
    middle = AuditSeal.objects.order_by("last")[2]
    AuditSeal.objects.filter(pk=middle.pk).update(**{column: value})
    fault = seal.verify().fault
    assert fault is not None and fault.seal == middle.pk


@pytest.mark.django_db
def test_a_seal_that_is_missing_is_named(chain: list[int]) -> None:
    third, fourth = AuditSeal.objects.order_by("last")[2:4]
    third.delete()
    fault = seal.verify().fault
    assert fault is not None and f"Seal {fourth.pk} begins at entry" in fault.sentence


@pytest.mark.django_db
def test_a_seal_made_anew_does_not_fit_into_the_chain(chain: list[int]) -> None:
    """Whoever changes an entry and seals it again has the next seal against them."""
    middle, following = AuditSeal.objects.order_by("last")[2:4]
    entry(middle.last, actor_name="别人")()
    leaves = list(seal._leaves(middle.first - 1, middle.last))
    marks = b"".join(each.mark for each in leaves)
    AuditSeal.objects.filter(pk=middle.pk).update(marks=marks, digest=seal._digest(middle, leaves))
    fault = seal.verify().fault
    assert fault is not None and fault.seal == following.pk and "does not follow" in fault.sentence
    AuditSeal.objects.filter(pk=following.pk).update(previous=seal._digest(middle, leaves))
    fault = seal.verify().fault
    assert fault is not None and fault.seal == following.pk and "was changed" in fault.sentence


@pytest.mark.django_db
def test_a_tail_that_was_cut_off_is_found_by_a_digest_kept_elsewhere(chain: list[int]) -> None:
    known = seal.verify().head
    newest = seal.head()
    assert newest is not None
    AuditEntry.objects.filter(pk__gte=newest.first).delete()
    newest.delete()
    assert seal.verify().fault is None  # what is left is a chain of its own
    fault = seal.verify(known).fault
    assert fault is not None and "its end was cut off" in fault.sentence


@pytest.mark.django_db
def test_the_whole_chain_made_anew_is_found_by_a_digest_kept_elsewhere(chain: list[int]) -> None:
    known = seal.verify().head
    AuditSeal.objects.all().delete()
    entry(chain[3], actor_name="别人")()
    seal.seal()
    assert seal.verify().fault is None
    assert seal.verify(known).fault is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [1, 300])
def test_nobody_slips_an_entry_under_a_seal(firm: None, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody has drawn keys and is not done; somebody else writes after them and is. One by one, and by COPY."""
    if connection.vendor == "sqlite":  # where only one writes at a time
        return
    monkeypatch.setattr(seal, "PATIENCE", 0.2)
    seal.seal()
    drawn, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                run(create, [Call({"title": f"慢{n}"}) for n in range(rows)], by=SYSTEM, on=Task)
                drawn.set()
                assert go_on.wait(10)
        finally:
            connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert drawn.wait(10)
    do(create, by=SYSTEM, on=Task, title="快")
    assert seal.seal() == 0
    go_on.set()
    writer.join()
    assert seal.seal() == rows + 1
    report = seal.verify()
    assert (report.fault, report.unsealed) == (None, 0)


class TestCommand:
    """bihuan audit."""

    def ask(self, action: str, capsys: Any, **given: Any) -> tuple[str, Any]:
        """What is printed, and the exit code or the sentence at the end."""
        code: Any = 0
        try:
            getattr(command, action)(Namespace(**{"head": "", "object": None, "json": False} | given))
        except SystemExit as ended:
            code = ended.code
        return capsys.readouterr().out, code

    @pytest.mark.django_db
    def test_head_and_verify(self, chain: list[int], lin: Actor, hengli: Any, capsys: Any) -> None:
        do(update, hengli, by=lin, city="苏州")
        digest, code = self.ask("head", capsys)
        assert (len(digest.strip()), code) == (64, 0)
        told, code = self.ask("verify", capsys, head=digest.strip())
        assert f"{len(chain) + 1:,} entries" in told and "0 entries not sealed" in told and code == 0
        entry(chain[4], actor_name="别人")()
        _told, sentence = self.ask("verify", capsys)
        assert sentence == f"Entry {chain[4]} was changed."
        told, code = self.ask("verify", capsys, json=True)
        assert json.loads(told)["fault"]["entry"] == chain[4] and code == 1
        _told, sentence = self.ask("verify", capsys, head="0" * 63 + "1")
        assert sentence

    @pytest.mark.django_db
    def test_replay(self, lin: Actor, hengli: Any, capsys: Any) -> None:
        told, code = self.ask("replay", capsys, object="account")
        assert "0 differences" in told and code == 0
        Account._base_manager.filter(pk=hengli.pk).update(city="昆山")
        told, code = self.ask("replay", capsys, object="account")
        assert f"account {hengli.pk} city: told None, stored 昆山" in told and code == 1
        told, code = self.ask("replay", capsys, object="account", json=True)
        assert json.loads(told)["differences"][0]["field"] == "city" and code == 1


@pytest.mark.django_db
def test_secrets_and_file_names_that_older_versions_told_are_mended_before_the_first_seal(
    zhou: Actor, hengli: Any, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    upload = ContentFile(b"x", name="合同.pdf")
    kept = do(attach, by=zhou, on=Attachment, file=upload, about="account", about_id=hengli.pk)
    told = AuditEntry.objects.get(object="attachment", record_id=kept.pk)
    told.changes["file"] = [None, "合同.pdf"]
    told.save()
    person = AuditEntry.objects.filter(object="user", changes__has_key="password").earliest("pk")
    person.changes["password"] = ["pbkdf2$old", "•••"]
    person.save()
    import_module("bihuan.core.migrations.0010_audit_seals").mend(apps, None)
    told.refresh_from_db()
    person.refresh_from_db()
    assert told.changes["file"] == [None, kept.file.name] and kept.file.name.startswith("files/")
    assert person.changes["password"] == ["•••", "•••"]
