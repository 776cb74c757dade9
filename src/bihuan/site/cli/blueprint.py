"""The whole configuration as one readable text: export it, compare a text with it, apply one, go back.

    bihuan blueprint export [FILE]          write the configuration of the firm
    bihuan blueprint diff FILE              tell how the firm differs from a text
    bihuan blueprint apply FILE [--dry-run] make the firm what the text says
    bihuan blueprint history                the latest changes, each with its number
    bihuan blueprint rollback NUMBER        make the configuration what it was before that change

FILE may be one of the industries: equipment, projects, trading. Sections that a text leaves out stay as they are; what a
section leaves out goes out of use, and --move says where the records go that stand there.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bihuan.site.cli import _operator

if TYPE_CHECKING:
    from bihuan.core.blueprint.difference import Difference
    from bihuan.core.blueprint.text import Document

ACTIONS = ("export", "diff", "apply", "history", "rollback")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("file", nargs="?", metavar="FILE", help="a file, an industry, or the number of a change")
    parser.add_argument("--dry-run", action="store_true", help="tell what would happen, and write nothing")
    parser.add_argument(
        "--move",
        action="append",
        metavar="PIPELINE/STAGE=STAGE",
        help="where the records of a stage go that goes out of use",
    )
    _operator.add_arguments(parser)


def handle(options: argparse.Namespace) -> None:
    from bihuan.core.errors import Refused
    from bihuan.site.cli import migrate

    with migrate.readied_by_one():
        migrate.apply_pending()
    if options.action in ("diff", "apply", "rollback") and not options.file:
        _operator.fail(f"{options.action} needs a {'number' if options.action == 'rollback' else 'file'}.")
    with _operator.speaking(options):
        try:
            {"export": export, "diff": diff, "apply": apply, "history": history, "rollback": rollback}[options.action](
                options
            )
        except Refused as refusal:
            _operator.fail("\n".join(map(str, getattr(refusal, "faults", [refusal.sentence]))))
        except OSError as error:
            _operator.fail(f"{options.file}: {error.strerror}")


def export(options: argparse.Namespace) -> None:
    from bihuan.core.blueprint.present import present
    from bihuan.core.blueprint.text import write

    text = write(present().rows)
    if options.file:
        Path(options.file).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


def document(name: str) -> "Document":
    """A blueprint from a file, or one of the industries."""
    from bihuan.blueprint import load
    from bihuan.core.blueprint import text

    if name in load.industries() and not Path(name).exists():
        return load.industry(name)
    try:
        return text.read(Path(name).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return _operator.fail(f"{name} is not a UTF-8 text.")


def diff(options: argparse.Namespace) -> None:
    from bihuan.core.blueprint.difference import compare
    from bihuan.core.blueprint.present import present

    found = document(options.file)
    tell(compare(present().rows, found.rows, found.sections))


def apply(options: argparse.Namespace) -> None:
    from bihuan.core.blueprint import apply as applying

    found = document(options.file)
    done = applying.apply(
        found.rows,
        found.sections,
        by=_operator.actor(options),
        lines=found.lines,
        goals=goals(options.move),
        dry=options.dry_run,
    )
    tell(done)


def goals(texts: list[str] | None) -> "dict[tuple[str, ...], tuple[str, ...]]":
    """Addresses of stages from --move: “equipment/proposal=negotiation”."""
    from bihuan.core.blueprint.present import present

    stages = [address for address in present().rows if "stages" in address]
    found = {}
    for left, key in _operator.pairs(texts, "equipment/proposal=negotiation").items():
        pipeline, _slash, stage = left.partition("/")
        address = next((each for each in stages if (each[2], each[-1]) == (pipeline, stage)), None)
        if address is None:
            return _operator.fail(f"There is no stage “{left}”.")
        found[address] = (*address[:-1], key)
    return found


def history(options: argparse.Namespace) -> None:
    from django.utils import timezone

    from bihuan.core.blueprint.history import changes

    for each in changes():
        print(f"{each.entry:>8}  {timezone.localtime(each.at):%Y-%m-%d %H:%M}  {each.actor}  {each.told()}")


def rollback(options: argparse.Namespace) -> None:
    from bihuan.core.blueprint import apply as applying
    from bihuan.core.blueprint import history

    if not options.file.isdecimal():
        _operator.fail("rollback needs the number of a change; history lists them.")
    by = _operator.actor(options)
    rows, sections = history.before(int(options.file))
    tell(applying.apply(rows, sections, by=by, goals=goals(options.move), dry=options.dry_run))


def tell(differences: "list[Difference]") -> None:
    from bihuan.core.blueprint.difference import SORTS

    for each in differences:
        print(f"{'+~-'[list(SORTS).index(each.sort)]} {' / '.join(each.address)}")
        for label, before, after in each.pairs():
            print(f"    {label}: {before} → {after}" if each.sort == "change" else f"    {label}: {after}")
    print("Nothing differs." if not differences else f"{len(differences)} differences")
