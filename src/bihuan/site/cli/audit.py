"""The history of every record: sealed, verified, and compared with what is stored.

    bihuan audit head                       seal what is not sealed yet, and print the digest of the newest seal
    bihuan audit verify [--head DIGEST]     walk the chain of seals; tell the first entry or seal that does not fit
    bihuan audit replay [OBJECT]            make every record anew from its history, and compare it with what is stored

A digest kept elsewhere and given to verify proves that the chain up to it is the one of that time. Exit code 1 where
something does not fit; docs/audit.md tells more.
"""

import argparse
import json
import sys
from typing import Any

from bihuan.site.cli import _operator

#: So many differences are written out; more are counted.
SHOWN = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("action", choices=("head", "verify", "replay"))
    parser.add_argument("object", nargs="?", metavar="OBJECT", help="replay: only the records of this object")
    parser.add_argument("--head", metavar="DIGEST", default="", help="verify: a digest that head printed at some time")
    parser.add_argument("--json", action="store_true", help="as one line of JSON")


def handle(options: argparse.Namespace) -> None:
    from bihuan.site.cli import migrate

    migrate.apply_pending()
    with _operator.speaking(options):
        {"head": head, "verify": verify, "replay": replay}[options.action](options)


def head(options: argparse.Namespace) -> None:
    from bihuan.core import seal

    seal.seal()
    newest = seal.head()
    if newest is None:
        _operator.fail("There is nothing to seal yet.")
    told = {"head": newest.digest, "seal": newest.pk, "entry": newest.last, "at": newest.at.isoformat()}
    print(json.dumps(told) if options.json else newest.digest)


def verify(options: argparse.Namespace) -> None:
    from dataclasses import asdict

    from bihuan.core import audit, seal

    total = audit.AuditEntry.objects.count()
    report = seal.verify(options.head, lambda entries: _operator.show_progress(entries, total, "Audit"))
    if options.json:
        print(json.dumps(asdict(report)))
    else:
        print(f"{report.entries:,} entries under {report.seals:,} seals; {report.unsealed:,} entries not sealed yet.")
        if report.redacted:
            print(f"Personal data was taken out of {report.redacted:,} entries.")
        print(f"Head: {report.head}")
    if report.fault is not None:
        raise SystemExit(1 if options.json else report.fault.sentence)


def replay(options: argparse.Namespace) -> None:
    from bihuan.core import registry
    from bihuan.core import replay as replaying

    found: list[Any] = []
    looked_at: dict[str, int] = {}
    for desk in [_operator.desk(options.object)] if options.object else registry.desks():
        total = replaying.count(desk)

        def seen(count: int, slug: str = desk.slug, total: int = total) -> None:
            looked_at[slug] = count
            _operator.show_progress(count, total, slug)

        found += replaying.check(desk, seen)
    if options.json:
        rows = [{name: told(value) for name, value in each._asdict().items()} for each in found]
        print(json.dumps({"records": looked_at, "differences": rows}))
    else:
        for each in found[:SHOWN]:
            field = f" {each.field}" if each.field else ""
            print(f"{each.object} {each.id}{field}: told {told(each.told)}, stored {told(each.stored)}")
        print(f"{sum(looked_at.values()):,} records of {len(looked_at)} objects made anew; {len(found):,} differences.")
    if found:
        sys.exit(1)


def told(value: Any) -> Any:
    """A value as JSON can hold it."""
    from bihuan.core import audit

    return sorted(value) if isinstance(value, set) else audit.plain(value)
