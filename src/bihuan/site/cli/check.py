"""Check the configuration, the models and the registry; exit 1 if anything is wrong."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def handle(options: argparse.Namespace) -> None:
    from django.core.management import CommandError, call_command

    try:
        call_command("check", databases=["default"])
    except CommandError as error:
        raise SystemExit(str(error)) from error
