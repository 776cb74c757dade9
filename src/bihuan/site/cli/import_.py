"""Import a CSV, TSV or Excel file: each row creates a record or updates the one it names.

Columns are matched with fields by their names. What only you can answer is asked at a terminal, or has to be said with
--map, --value, --make-new or --dates; the answers are remembered for the next file with the same columns. Refused rows are
written to a file with the reason, to be corrected and imported again. Within 30 days --undo takes a whole import back. Ends
with 1 when rows were refused, with 2 when a question is open.
"""

import argparse
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.site.cli import _import_answers, _operator

#: What a value that stands for something is said like.
EXAMPLE = "product:GTXPro=GTX Pro"

if TYPE_CHECKING:
    from bihuan.core.access import Actor
    from bihuan.core.exchange.analysis import Analysis
    from bihuan.core.exchange.reading import Table
    from bihuan.core.job import Job


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("object", nargs="?", help="what the rows are: account, contact, user, product, opportunity …")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument(
        "--map", action="append", metavar="COLUMN=FIELD", help="several parted by commas; COLUMN= leaves it out"
    )
    parser.add_argument(
        "--value", action="append", metavar="FIELD:TEXT=NAME", help="what a text in the file stands for"
    )
    parser.add_argument(
        "--set", action="append", metavar="FIELD=VALUE", help="for new records, where the file says nothing"
    )
    parser.add_argument(
        "--dates", choices=("ymd", "mdy", "dmy"), default="", help="the order of day, month and year in the file"
    )
    parser.add_argument("--numbers", choices=("point", "comma"), default="", help="what parts the decimals in the file")
    parser.add_argument(
        "--mode", choices=("create", "update", "both"), default="", help="(default: both, if the file names records)"
    )
    parser.add_argument(
        "--duplicates",
        choices=("create", "update", "skip"),
        default="create",
        help="what becomes of new rows that look like a record that is there",
    )
    parser.add_argument(
        "--refuse-new",
        action="append",
        default=[],
        metavar="FIELD",
        help="make no new choices and records for this field",
    )
    parser.add_argument(
        "--make-new",
        action="append",
        default=[],
        metavar="FIELD",
        help="make the records that this field names and nobody knows, such as accounts",
    )
    parser.add_argument("--strict", action="store_true", help="take no name that is spelt a little differently")
    parser.add_argument("--dry-run", action="store_true", help="tell what would happen, and write nothing")
    parser.add_argument(
        "--errors", type=Path, metavar="FILE", help="where refused rows go (default: FILE.errors.csv, here)"
    )
    parser.add_argument("--undo", type=int, metavar="JOB", help="take a whole import back")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    _operator.add_arguments(parser)


def handle(options: argparse.Namespace) -> None:
    from django.utils.translation import gettext as _

    with _operator.working(options):
        if options.undo is not None:
            take_back(options)
            return
        if options.object is None or options.file is None:
            example = "bihuan import account FILE.csv"
            _operator.fail(_("Say what the rows are and in which file they stand: %(example)s") % {"example": example})
        outcome = carry_out(options)
        show(outcome, options.json)
    sys.exit(1 if outcome["refused"] else 0)


def carry_out(options: argparse.Namespace) -> dict[str, Any]:
    from bihuan.core import works
    from bihuan.core.exchange import importing, reading
    from bihuan.core.exchange.analysis import analyse, make_new

    by, desk = _operator.actor(options), _operator.desk(options.object)
    table = reading.read(options.file)
    columns = _operator.pairs([part for text in options.map or [] for part in text.split(",")], "sales_agent=owner")
    found = analyse(
        table, desk, by, columns=columns, texts=texts(options.value), dates=options.dates, numbers=options.numbers, mode=options.mode,
        constants=_operator.pairs(options.set, "currency=USD"), strict=options.strict,
    )  # fmt: skip
    found.plan.duplicates = options.duplicates
    found.plan.refused = options.refuse_new
    make_new(found, options.make_new)
    answers = _import_answers.settle(found, desk, by, options.strict)
    if options.dry_run:
        return outcome(found, table, importing.dry_run(found.plan, table, by).cursor, answers)
    done = import_here(options, found, table, by)
    told = outcome(found, table, done.cursor, answers) | {"job": done.pk}
    if done.cursor["refused"]:
        errors = options.errors or Path(f"{options.file.stem}.errors.csv")
        shutil.copyfile(works.folder_of(done.result["folder"]) / done.result["file"], errors)
        told["errors"] = str(errors)
    return told


def import_here(options: argparse.Namespace, found: "Analysis", table: "Table", by: "Actor") -> "Job":
    """Import in this process, as a job, so that it can be taken back and a worker goes on with it if this one is killed."""
    from django.db import transaction

    from bihuan.core import job, works
    from bihuan.core.exchange.analysis import remember

    with options.file.open("rb") as source:
        folder = works.keep(iter(lambda: source.read(1 << 20), b""))
    with transaction.atomic():
        remember(table, found.plan)
        queued = works.queue_import(found.plan, folder, options.file.name, by, found.rows)
        job.claim(queued)
    return perform(queued)


def take_back(options: argparse.Namespace) -> None:
    """Undo the import that was this job."""
    from django.db import transaction
    from django.utils.translation import gettext as _

    from bihuan.core import job, works

    by = _operator.actor(options)
    done = job.Job.objects.filter(pk=options.undo, work="import", user=by.user_id).first()
    if done is None:
        _operator.fail(_("There is no import %(number)d.") % {"number": options.undo})
    with transaction.atomic():
        queued = works.queue_undo(done, by)
        job.claim(queued)
    result = perform(queued).result
    if options.json:
        print_json(result)
        return
    counts = {name: f"{result[name]:,}" for name in ("archived", "restored", "stayed")}
    print(_("%(archived)s in the recycle bin, %(restored)s set back, %(stayed)s left as they are") % counts)
    for name, reason in result["shown"]:
        print(f"  {name}: {reason}")


def perform(queued: "Job") -> "Job":
    """Do a claimed job here and show how far it is; Ctrl-C cancels it after its present step."""
    from bihuan.core import job

    interrupted = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())

    def watch() -> bool:
        _operator.show_progress(queued.done, queued.total, queued.label)
        if interrupted.is_set():
            job.cancel(queued)
        return False

    job.perform(queued, watch)
    signal.signal(signal.SIGINT, before)
    if queued.state == "failed":
        _operator.fail(queued.error)
    return queued


def texts(given: list[str] | None) -> dict[str, dict[str, str]]:
    """FIELD:TEXT=NAME arguments by field."""
    from django.utils.translation import gettext as _

    found: dict[str, dict[str, str]] = {}
    for key, meant in _operator.pairs(given, EXAMPLE).items():
        name, colon, text = key.partition(":")
        if not colon:
            _operator.fail(
                _("“%(text)s” should look like %(example)s.") % {"text": f"{key}={meant}", "example": EXAMPLE}
            )
        found.setdefault(name, {})[text] = meant
    return found


def outcome(found: "Analysis", table: "Table", cursor: dict[str, Any], answers: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "object": found.plan.object, "rows": cursor["row"], "created": cursor["created"], "updated": cursor["updated"],
        "unchanged": cursor["unchanged"], "refused": cursor["refused"], "keys": found.plan.keys, "mode": found.plan.mode,
        "columns": {head: name for head, name in zip(table.head, found.plan.fields, strict=True) if name},
        "left_out": found.unknown, "made": cursor["made"], "taken": answers, "meant": found.meant, "dates": found.plan.dates,
        "reasons": [{"row": row, "reason": reason} for row, reason in cursor["shown"]], "errors": None, "job": None,
    }  # fmt: skip


def print_json(answer: dict[str, Any]) -> None:
    import orjson

    print(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())


def show(outcome: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(outcome)
        return
    from django.utils.translation import gettext as _

    counts = {name: f"{outcome[name]:,}" for name in ("rows", "created", "updated", "unchanged", "refused")}
    print(
        _("%(rows)s rows: %(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(refused)s refused")
        % counts
    )
    lines = []
    if outcome["left_out"]:
        told = {"columns": _(", ").join(outcome["left_out"]), "option": "--map COLUMN=FIELD"}
        lines.append(_("columns left out: %(columns)s (%(option)s)") % told)
    for name, made in outcome["made"].items():
        lines.append(_("made for %(field)s: %(names)s") % {"field": name, "names": _(", ").join(made)})
    for name, meant in taken(outcome).items():
        told = {"field": name, "values": _(", ").join(f"{text} → {meaning}" for text, meaning in meant.items())}
        lines.append(_("taken for %(field)s: %(values)s") % told)
    for each in outcome["reasons"]:
        row = _("Row %(number)d") % {"number": each["row"]}
        lines.append(f"{row}: {each['reason']}")
    if outcome["errors"]:
        lines.append(_("refused rows: %(file)s") % {"file": outcome["errors"]})
    if outcome["job"]:
        lines.append(_("to take it back: %(command)s") % {"command": f"bihuan import --undo {outcome['job']}"})
    print("\n".join(f"  {line}" for line in lines))


def taken(outcome: dict[str, Any]) -> dict[str, dict[str, str]]:
    """By field, the texts that were taken for something that is called otherwise: by an alias, by likeness, or because you said so."""
    found = {name: dict(meant) for name, meant in outcome["meant"].items()}
    for each in outcome["taken"]:
        found.setdefault(each["field"], {})[each["text"]] = each["meant"]
    return found
