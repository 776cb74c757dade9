"""Import a CSV, TSV or Excel file: each row creates a record or updates the one it names.

Columns are matched with fields by their names. What only you can answer is asked, or has to be said with --map, --value or
--dates; the answers are remembered for the next file with the same columns. Refused rows are written to a file with the
reason, to be corrected and imported again. Ends with 1 when rows were refused, with 2 when a question is open.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.site.cli import _operator

if TYPE_CHECKING:
    from bihuan.core.exchange.analysis import Analysis, Question
    from bihuan.core.exchange.importing import Import


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("object", help="what the rows are: account, contact, user, product, opportunity …")
    parser.add_argument("file", type=Path)
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
    parser.add_argument(
        "--mode", choices=("create", "update", "both"), default="", help="(default: both, if the file names records)"
    )
    parser.add_argument(
        "--duplicates",
        choices=("create", "update", "skip"),
        default="create",
        help="what becomes of new rows that look like a record that is there",
    )
    parser.add_argument("--strict", action="store_true", help="take no name that is spelt a little differently")
    parser.add_argument("--dry-run", action="store_true", help="tell what would happen, and write nothing")
    parser.add_argument(
        "--errors", type=Path, metavar="FILE", help="where refused rows go (default: FILE.errors.csv, here)"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    _operator.add_arguments(parser)


def handle(options: argparse.Namespace) -> None:
    from bihuan.core.errors import Refused

    _operator.make_ready()
    with _operator.speaking(options):
        try:
            outcome = carry_out(options)
        except Refused as refusal:
            _operator.fail(refusal.sentence)
        except OSError as error:
            _operator.fail(f"{options.file}: {error.strerror}")
    show(outcome, options.json)
    sys.exit(1 if outcome["refused"] else 0)


def carry_out(options: argparse.Namespace) -> dict[str, Any]:
    from bihuan.core.exchange import importing, reading
    from bihuan.core.exchange.analysis import analyse, remember

    by, desk = _operator.actor(options), _operator.desk(options.object)
    table = reading.read(options.file)
    columns = _operator.pairs([part for text in options.map or [] for part in text.split(",")], "sales_agent=owner")
    found = analyse(
        table, desk, by, columns=columns, texts=texts(options.value), dates=options.dates, mode=options.mode,
        constants=_operator.pairs(options.set, "currency=USD"), strict=options.strict,
    )  # fmt: skip
    found.plan.duplicates = options.duplicates
    answers = settle(found, options.strict)
    if options.dry_run:
        return outcome(found, importing.dry_run(found.plan, table, by), answers, errors=None)
    with tempfile.TemporaryDirectory() as folder:

        def progress(done: int) -> None:
            _operator.show_progress(done, found.rows, options.file.name)

        running = importing.import_rows(found.plan, table, by, folder=Path(folder), progress=progress)
        remember(table, found.plan)
        errors = None
        if running.cursor["refused"]:
            errors = options.errors or Path(f"{options.file.stem}.errors.csv")
            shutil.copyfile(Path(folder) / "refused.csv", errors)
    return outcome(found, running, answers, errors)


def texts(given: list[str] | None) -> dict[str, dict[str, str]]:
    """FIELD:TEXT=NAME arguments by field."""
    found: dict[str, dict[str, str]] = {}
    for key, meant in _operator.pairs(given, "product:GTXPro=GTX Pro").items():
        name, colon, text = key.partition(":")
        if not colon:
            _operator.fail(f"“{key}={meant}” should look like product:GTXPro=GTX Pro.")
        found.setdefault(name, {})[text] = meant
    return found


def settle(found: "Analysis", strict: bool) -> list[dict[str, str]]:
    """Answer every question: ask where somebody is there, else take the proposal. Ends the program where there is none."""
    from bihuan.core.exchange.analysis import answer

    answers = []
    for question in list(found.questions):
        value = ask(question) if sys.stdin.isatty() and sys.stderr.isatty() else propose(question, strict)
        if value is not None:
            answer(found, question, value)
            answers.append({"field": question.field, "text": question.text, "meant": dict(question.options)[value]})
    return answers


def ask(question: "Question") -> Any:
    """Show the options; an empty answer takes the first, or leaves a link open."""
    print(f"{question.field}: “{question.text}”", file=sys.stderr)
    for number, (_value, label) in enumerate(question.options, 1):
        print(f"  {number}  {label}", file=sys.stderr)
    print(f"Which? [1-{len(question.options)}, 0: none of them] ", end="", file=sys.stderr, flush=True)
    given = input().strip() or "1"
    if given.isdigit() and 1 <= int(given) <= len(question.options):
        return question.options[int(given) - 1][0]
    return None if question.kind == "link" else ask(question)


def propose(question: "Question", strict: bool) -> Any:
    if question.kind == "dates":
        print(
            f"{question.field}: “{question.text}” can be read in two ways; say --dates mdy or --dates dmy.",
            file=sys.stderr,
        )
        sys.exit(2)
    return None if strict else question.proposal


def outcome(found: "Analysis", running: "Import", answers: list[dict[str, str]], errors: Path | None) -> dict[str, Any]:
    cursor = running.cursor
    return {
        "object": found.plan.object, "rows": cursor["row"], "created": cursor["created"], "updated": cursor["updated"],
        "unchanged": cursor["unchanged"], "refused": cursor["refused"], "keys": found.plan.keys, "mode": found.plan.mode,
        "columns": {head: name for head, name in zip(running.table.head, found.plan.fields, strict=True) if name},
        "left_out": found.unknown, "made": cursor["made"], "taken": answers, "dates": found.plan.dates,
        "reasons": [{"row": row, "reason": reason} for row, reason in cursor["shown"]],
        "errors": str(errors) if errors else None,
    }  # fmt: skip


def show(outcome: dict[str, Any], as_json: bool) -> None:
    if as_json:
        import orjson

        print(orjson.dumps(outcome, option=orjson.OPT_INDENT_2).decode())
        return
    print(
        "{rows:,} rows: {created:,} created, {updated:,} updated, {unchanged:,} unchanged, {refused:,} refused".format(
            **outcome
        )
    )
    if outcome["left_out"]:
        print(f"  columns left out: {', '.join(outcome['left_out'])} (--map COLUMN=FIELD)")
    for name, made in outcome["made"].items():
        print(f"  made for {name}: {', '.join(made)}")
    for taken in outcome["taken"]:
        print(f"  {taken['field']}: “{taken['text']}” was taken for “{taken['meant']}”")
    for each in outcome["reasons"]:
        print(f"  row {each['row']}: {each['reason']}")
    if outcome["errors"]:
        print(f"  refused rows: {outcome['errors']}")
