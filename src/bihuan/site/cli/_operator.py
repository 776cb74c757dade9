"""What the commands that work with records have in common: whose rights, which language, and a database that is ready."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from bihuan.core.access import Actor
    from bihuan.core.desk import Desk


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as", dest="login", metavar="LOGIN", help="with this user's rights (default: with every right)"
    )
    parser.add_argument(
        "--lang", choices=("zh-hans", "zh-hant", "en"), default=language(), help="(default: %(default)s)"
    )


def language() -> str:
    """The product's language that fits the terminal's."""
    name = next((os.environ[each] for each in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(each)), "")
    if not name.startswith("zh"):
        return "en"
    return "zh-hant" if name.startswith(("zh_TW", "zh_HK", "zh_MO")) else "zh-hans"


def speaking(options: argparse.Namespace) -> AbstractContextManager[None]:
    """The chosen language, as a context."""
    from django.utils import translation

    return translation.override(getattr(options, "lang", language()))


def make_ready() -> None:
    """The tables, and the configuration that a firm starts with."""
    from bihuan.blueprint.load import load
    from bihuan.site.cli import migrate

    with migrate.readied_by_one():
        migrate.apply_pending()
        load()


@contextmanager
def working(options: argparse.Namespace) -> Iterator[None]:
    """The database ready and the language chosen; what the product or the disk refuses ends the program with a sentence."""
    from django.db import DatabaseError

    from bihuan.core.errors import Refused
    from bihuan.core.outage import outage_of
    from bihuan.web.outage import SENTENCES

    make_ready()
    with speaking(options):
        try:
            yield
        except Refused as refusal:
            fail(refusal.sentence)
        except DatabaseError as error:
            outage = outage_of(error)
            if outage is None:
                raise
            fail(str(SENTENCES[outage]))
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror))


def actor(options: argparse.Namespace) -> "Actor":
    """Whose rights count."""
    from django.utils.translation import gettext as _

    from bihuan.core.access import SYSTEM, acting
    from bihuan.people.staff import staff

    if options.login is None:
        return SYSTEM
    found = next((person.id for person in staff().values() if person.username == options.login), None)
    return acting(found) if found is not None else fail(_("There is no user “%(name)s”.") % {"name": options.login})


def desk(slug: str) -> "Desk":
    """The desk of an object named on the command line."""
    from django.utils.translation import gettext as _

    from bihuan.core import registry

    try:
        return registry.desk(slug)
    except KeyError:
        there = _(", ").join(each.slug for each in registry.desks())
        return fail(_("There is no object “%(name)s”; there are: %(objects)s.") % {"name": slug, "objects": there})


def pairs(texts: list[str] | None, example: str) -> dict[str, str]:
    """NAME=VALUE arguments as a dictionary."""
    from django.utils.translation import gettext as _

    found = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals:
            fail(_("“%(text)s” should look like %(example)s.") % {"text": text, "example": example})
        found[name.strip()] = value.strip()
    return found


def conditions(texts: list[str] | None) -> dict[str, str]:
    """FIELD.OPERATOR=VALUE arguments; "account.empty" needs no value."""
    return {name.strip(): value.strip() for name, _equals, value in (text.partition("=") for text in texts or [])}


def fail(sentence: str) -> NoReturn:
    raise SystemExit(sentence)


def show_progress(done: int, total: int, what: str) -> None:
    """A line that is written over, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r{what}: {done:,} / {total:,}", end="" if done < total else "\n", file=sys.stderr, flush=True)
