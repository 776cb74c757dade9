"""Export a list as CSV or Excel workbook, by the ending of the file's name; an import of the file changes nothing."""

import argparse
from pathlib import Path

from bihuan.site.cli import _operator, query


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("object", help="account, contact, user, product, opportunity …")
    parser.add_argument("file", type=Path, help="FILE.csv or FILE.xlsx")
    query.add_conditions(parser)
    parser.add_argument("--all-columns", action="store_true", help="every field that an import can fill")
    _operator.add_arguments(parser)


def handle(options: argparse.Namespace) -> None:
    from django.utils.translation import gettext as _

    with _operator.working(options):
        count = export(options)
        print(_("%(rows)s rows: %(file)s") % {"rows": f"{count:,}", "file": options.file})


def export(options: argparse.Namespace) -> int:
    from django.utils.translation import gettext as _

    from bihuan.core.exchange import exporting

    format = options.file.suffix.lower().lstrip(".")
    if format not in exporting.FORMATS:
        _operator.fail(_("%(file)s should end in .csv or .xlsx.") % {"file": options.file})
    desk, by = _operator.desk(options.object), _operator.actor(options)
    columns = exporting.every_column(desk, by) if options.all_columns else ()
    asked = exporting.ask(desk, by, query.params(options), columns)
    total = asked.count()
    draft = options.file.with_name(f".{options.file.name}.part")
    try:
        with draft.open("w+b") as stream:
            count = exporting.export_rows(
                asked, stream, format, lambda done: _operator.show_progress(done, total, options.file.name)
            )
        params = _operator.conditions(options.where) | {"q": options.search}
        columns = [column.name for column in asked.columns]
        exporting.tell(options.object, asked.actor, params, columns, format=format, rows=count)
        draft.replace(options.file)  # only what is written down leaves the house
    finally:
        draft.unlink(missing_ok=True)
    return count
