"""Check the configuration, the declarations and the kept figures; exit 1 if anything is wrong."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def handle(options: argparse.Namespace) -> None:
    declarations()
    wrong = figures()
    if wrong:
        raise SystemExit("\n".join(wrong))
    print("Every kept figure is what it should be.")


def declarations() -> None:
    """Django's checks and the product's own, of every object and command. Raises SystemExit with what is wrong."""
    from django.core.management import CommandError, call_command

    try:
        call_command("check", databases=["default"])
    except CommandError as error:
        raise SystemExit(str(error)) from error


def figures() -> list[str]:
    """A line for every figure kept on records about their relatives, of their stages, or by month, that differs from what it should be."""
    from bihuan.core import rollup, stay, tally

    kept = ((f"{model._meta.model_name}.{column}", count) for model, column, count in rollup.wrong())
    stages = ((f"the last stay of {slug}", count) for slug, count in stay.wrong())
    records = [f"{what} is wrong on {count:,} records" for what, count in (*kept, *stages) if count]
    return records + [f"{count:,} sums by month of {slug} are wrong" for slug, count in tally.wrong() if count]
