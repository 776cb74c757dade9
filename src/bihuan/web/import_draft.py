"""An import on its way through the wizard: what somebody chose, and what a look at the file has said.

It lies as JSON beside the uploaded file, in a folder whose name nobody can guess, so that every step is a plain page with an
address of its own, and going back finds what was chosen.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from bihuan.core import job, works
from bihuan.core.access import Actor
from bihuan.core.desk import Desk
from bihuan.core.errors import NotFound, Refused
from bihuan.core.exchange import importing, mapping, profile, reading
from bihuan.core.exchange.analysis import Analysis, analyse, remember
from bihuan.core.exchange.plan import Plan
from bihuan.core.exchange.reading import Table
from bihuan.core.once import once

#: Values shown of each column.
SHOWN = 3
#: So many rows are tried out, and so many imported, while one waits; more in the background.
CHECKED, AT_ONCE = 2000, 200


@dataclass
class Draft:
    """`fields` names for every column the field it fills, `guessed` what was proposed. `questions` are dictionaries (`kind`:
    "dates", "numbers", "link", "new" or "missing"; `field`; `text`; `options`; `proposal`), `answers` what was said to them.

    `creates` holds by field the texts that are made unless somebody says otherwise, `meant` the texts known by another name.
    `plan` is what they complete, `trial` what a dry run has found (`trial_job`: the work that does it); `job` what has become
    of it all.
    `following` are the files of an archive that come after this one: object, key and name of each.
    """

    key: str
    user: int
    object: str
    file_name: str
    head: list[str]
    samples: list[list[str]] = field(default_factory=list)
    rows: int = 0
    fields: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    mode: str = "create"
    keys: list[str] = field(default_factory=list)
    duplicates: str = "skip"
    questions: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    creates: dict[str, list[str]] = field(default_factory=dict)
    meant: dict[str, dict[str, str]] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    trial: dict[str, Any] = field(default_factory=dict)
    trial_job: int | None = None
    job: int | None = None
    following: list[list[str]] = field(default_factory=list)

    # ------------------------------------------------------------------ kept and found

    @classmethod
    def begin(cls, desk: Desk, actor: Actor, upload: UploadedFile) -> Draft:
        """Keep an uploaded file and look at it. Raises Refused for a file that is no table."""
        return cls.of(desk, actor, works.keep(upload.chunks()), upload.name or "")

    @classmethod
    def of(cls, desk: Desk, actor: Actor, folder: str, name: str) -> Draft:
        """Look at a file that is kept. Raises Refused for a file that is no table, which is then thrown away."""
        draft = cls(folder, actor.user_id or 0, desk.slug, name, [])
        try:
            draft._propose(desk, actor)
        except Refused:
            shutil.rmtree(works.folder_of(draft.key))
            raise
        draft.save()
        return draft

    @classmethod
    def find(cls, desk: Desk, actor: Actor, key: str) -> Draft:
        """One's own draft. Raises NotFound."""
        try:
            draft = cls(**json.loads((works.folder_of(UUID(key).hex) / "draft.json").read_text()))
        except (ValueError, TypeError, FileNotFoundError):  # TypeError: another release has written it
            raise NotFound() from None
        if (draft.user, draft.object) != (actor.user_id, desk.slug):
            raise NotFound()
        return draft

    def save(self) -> None:
        """Write it down; a reader never meets half of it."""
        new = self._folder / f"draft.{uuid4().hex}"
        new.write_text(json.dumps(asdict(self), ensure_ascii=False))
        new.replace(self._folder / "draft.json")

    @property
    def has_begun(self) -> bool:
        """Whether it has been handed on already."""
        return (self._folder / "begun").exists()

    @property
    def _folder(self) -> Path:
        return works.folder_of(self.key)

    @contextmanager
    def _table(self) -> Iterator[Table]:
        with (self._folder / "source").open("rb") as source:
            yield reading.read(source, self.file_name)

    # ------------------------------------------------------------------ what the columns mean

    def _propose(self, desk: Desk, actor: Actor) -> None:
        """What the file itself says, and what was answered about files like it."""
        with self._table() as table:
            self.head = table.head
            try:
                found = analyse(table, desk, actor, strict=True)
            except Refused as refusal:
                if refusal.field != "columns":
                    raise
                found = Analysis(Plan(desk.slug, [""] * len(table.head)), sum(1 for _row in table.rows()), [], [])
            self.samples = [list(row) for row in islice(table.rows(), SHOWN)]
        self.rows, self.fields, self.guessed = found.rows, found.plan.fields, found.plan.fields
        self.mode, self.keys = found.plan.mode, found.plan.keys

    def look(
        self, desk: Desk, actor: Actor, fields: Sequence[str], mode: str, keys: Sequence[str], duplicates: str
    ) -> None:
        """Look at the file with the columns that were chosen. Raises Refused; what was chosen is kept all the same."""
        self.duplicates = duplicates
        self.fields, self.mode, self.keys, self.plan, self.trial = list(fields), mode, list(keys), {}, {}
        self.save()
        with self._table() as table:
            found = analyse(table, desk, actor, columns=self.fields, strict=True)
        found.plan.mode, found.plan.keys = mode, self.keys if mode != "create" else []
        found.plan.duplicates = duplicates
        self.plan, self.creates, self.meant = found.plan.as_json(), found.creates, found.meant
        self.questions = [asdict(each) for each in found.questions]
        for name, texts in (found.creates | found.missing).items():
            if name in found.creates or name in found.makes:
                proposal = "create" if name in found.creates else "refuse"
                self.questions.append({"kind": "new", "field": name, "text": "", "options": [], "proposal": proposal})
            self.questions += [
                {"kind": "missing", "field": name, "text": text, "options": [], "proposal": None} for text in texts
            ]  # fmt: skip
        self.save()

    # ------------------------------------------------------------------ what only a person can say

    @property
    def must_ask(self) -> bool:
        """Whether there are questions that have no answer of their own; what would be made new can also be told afterwards."""
        return any(each["kind"] != "new" and each["field"] not in self.creates for each in self.questions)

    @property
    def makes(self) -> set[str]:
        """The fields whose unknown texts are made, or can be."""
        return {each["field"] for each in self.questions if each["kind"] == "new"}

    def is_open(self, question: dict[str, Any]) -> bool:
        """Whether nothing can be done before it is answered."""
        return question["kind"] in ("dates", "numbers", "link") and self.answer(question) is None

    def answer(self, question: dict[str, Any]) -> str | None:
        """What was said to a question: "" for “none of them”, None for nothing yet."""
        return self.answers.get(_name_of(question))

    def say(self, question: dict[str, Any], answer: str) -> None:
        """Note an answer; it counts again when the file is looked at anew."""
        self.answers[_name_of(question)] = answer
        self.trial = {}

    def settled(self) -> Plan:
        """The plan with every answer in it."""
        plan = Plan.from_json(deepcopy(self.plan))  # so that an answer that is taken back leaves nothing
        for question in self.questions:
            answer = self.answer(question)
            if question["kind"] == "dates":
                plan.dates[question["field"]] = answer or ""
            elif question["kind"] == "new":
                plan.refused += [question["field"]] if answer == "refuse" else []
                plan.created += [question["field"]] if answer == "create" else []
            elif question["kind"] == "numbers":
                plan.numbers[question["field"]] = answer or ""
            elif answer:
                plan.values.setdefault(question["field"], {})[question["text"]] = int(answer)
        return plan

    # ------------------------------------------------------------------ trying out, and doing it

    def try_out(self, actor: Actor) -> None:
        """See what would become of the rows, and write nothing; in the background where there are many."""
        self.trial, self.trial_job = {}, None
        if self.rows > CHECKED:
            with transaction.atomic():
                self.trial_job = works.queue_trial(self.settled(), self.key, self.file_name, actor, self.rows).pk
        else:
            with self._table() as table:
                self._take_trial(importing.dry_run(self.settled(), table, actor).cursor)
        self.save()

    def look_at_trial(self) -> job.Job | None:
        """The work that still tries the rows out; None when it is known what would become of them, or nobody tries."""
        trial = job.Job.objects.filter(pk=self.trial_job).first()
        if trial is None or self.trial:
            return None
        if trial.state == "done":
            self._take_trial(trial.result)
            self.save()
            return None
        return trial

    def _take_trial(self, found: Mapping[str, Any]) -> None:
        names = ("row", "created", "updated", "unchanged", "refused", "skipped", "made", "shown")
        self.trial = {name: found[name] for name in names}

    def start(self, actor: Actor) -> None:
        """Hand the import to the worker, or do it at once where it is small. Does nothing the second time."""
        plan = self.settled()
        queued = None
        with once(actor, f"import {self.key}", "") as call:
            if call.answer is None:
                with self._table() as table:
                    remember(table, plan)
                queued = works.queue_import(plan, self.key, self.file_name, actor, self.rows, self.following)
                call.answer = queued.pk
                if self.rows <= AT_ONCE:
                    job.claim(queued)
        self.job = call.answer
        self.save()
        (self._folder / "begun").touch()
        if queued is not None and self.rows <= AT_ONCE:
            job.perform(queued)


def offered_keys(desk: Desk, actor: Actor) -> list[str]:
    """By what rows may find the record they mean."""
    return list(mapping.keys_of(desk, mapping.fields_of(desk, actor)))


def is_reason(head: str) -> bool:
    """Whether a column is the one that an error file adds."""
    return head in profile.reason_heads()


def _name_of(question: dict[str, Any]) -> str:
    return "{kind}:{field}:{text}".format(**question)
