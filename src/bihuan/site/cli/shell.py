"""Open a Python shell with the models at hand."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--command", help="run this instead of asking for lines")


def handle(options: argparse.Namespace) -> None:
    from django.core.management import call_command

    call_command("shell", command=options.command)
