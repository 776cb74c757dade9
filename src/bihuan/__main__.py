"""The command line: finds the command in bihuan.site.cli, prepares the data directory and Django, and calls it.

A command is one module with a docstring (its help), `add_arguments(parser)` and `handle(options)`. Only the chosen one
is imported, and Django only after its arguments have been understood, so that help and mistakes answer at once.
"""

import argparse
import ast
import importlib
import keyword
import os
import sys
from pathlib import Path

from bihuan import __version__
from bihuan.site import data_directory

COMMANDS = Path(__file__).parent / "site" / "cli"
DATA_HELP = (
    "the directory of the database, the uploads and the secret key "
    f"(default: $BIHUAN_DATA, or {data_directory.default()})"
)


def main(argv: list[str] | None = None) -> None:
    front = front_parser()
    chosen = front.parse_args(argv)
    if chosen.command is None:
        front.print_help()
        return
    if chosen.command not in command_names():
        front.error(f"there is no command “{chosen.command}”; bihuan --help lists them")

    module = importlib.import_module(f"bihuan.site.cli.{module_name(chosen.command)}")
    parser = argparse.ArgumentParser(prog=f"bihuan {chosen.command}", description=module.__doc__)
    parser.add_argument("--data", type=Path, default=chosen.data, help=DATA_HELP)
    module.add_arguments(parser)
    options = parser.parse_args(chosen.arguments)

    choose(options.data)
    if not getattr(module, "MAKES_DATA", False):
        prepare()
    module.handle(options)


def front_parser() -> argparse.ArgumentParser:
    lines = [f"  {name:<12}{summary(name)}" for name in command_names()]
    parser = argparse.ArgumentParser(
        prog="bihuan",
        usage="bihuan [--data DIR] COMMAND …",
        description="Bihuan, a closed-loop CRM.",
        epilog="\n".join(["commands:", *lines, "", "bihuan COMMAND --help tells more."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=data_directory.path(), help=DATA_HELP)
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def command_names() -> list[str]:
    return sorted(path.stem.rstrip("_") for path in COMMANDS.glob("[!_]*.py"))


def module_name(command: str) -> str:
    """`import` cannot name a module; its module is `import_`."""
    return f"{command}_" if keyword.iskeyword(command) else command


def summary(command: str) -> str:
    """The first line of the command's docstring, read without importing the command."""
    docstring = ast.get_docstring(ast.parse((COMMANDS / f"{module_name(command)}.py").read_bytes()))
    return (docstring or "").partition("\n")[0]


def choose(data: Path) -> None:
    os.environ["BIHUAN_DATA"] = str(data.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.site.settings")


def prepare() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    data_directory.make()
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
