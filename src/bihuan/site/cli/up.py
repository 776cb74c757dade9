"""Start the product: database, demo firm, background worker and web server.

With --no-worker the background work is left to a `bihuan work` elsewhere; --processes shares the port among several."""

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="(default: %(default)s)")
    parser.add_argument("--empty", action="store_true", help="start without the demo firm, ready to set up your own")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", help="web processes; one for each core is enough (default: 1)"
    )
    parser.add_argument("--no-worker", action="store_true", help="leave the background work to `bihuan work`")


def handle(options: argparse.Namespace) -> None:
    from django.conf import settings

    from bihuan.site import server
    from bihuan.site.cli import check, migrate

    server.refuse_taken_port(options.host, options.port)
    check.declarations()
    with migrate.readied_by_one():
        migrate.apply_pending()
        if is_untouched() and not options.empty and not settings.READ_ONLY:
            load_demo_firm()
    server.serve(
        options.host,
        options.port,
        processes=max(1, options.processes),
        worker=not options.no_worker and not settings.READ_ONLY,
        ready=lambda: announce(options.host, options.port),
    )


def is_untouched() -> bool:
    """Whether nothing has ever been done in this database."""
    from bihuan.core.audit import AuditEntry

    return not AuditEntry.objects.exists()


def load_demo_firm() -> None:
    """Fill a new database with the demo firm and all it has."""
    from bihuan.demo import seed

    print("· Demo firm", file=sys.stderr)
    seed.load(lambda line: print(f"  {line}", file=sys.stderr))


def announce(host: str, port: int) -> None:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    lines = [f"Bihuan is at {address} (Ctrl-C stops it)", *sign_in_lines()]
    print("", *lines, "", sep="\n", flush=True)


def sign_in_lines() -> list[str]:
    """How to get in: the set-up token where nobody can yet, the demo's logins where the demo firm lives."""
    from bihuan.demo.logins import LOGINS
    from bihuan.people import setup
    from bihuan.people.user import User

    if setup.is_open():
        return [f"Set up your firm there with this token: {setup.token()}"]
    logins = [login for login, _, _ in LOGINS]
    present = set(User._base_manager.filter(username__in=logins).values_list("username", flat=True))
    return [f"  {login:<12} {password:<12} {role}" for login, password, role in LOGINS if login in present]
