"""Write the whole firm (database, uploads, secret key) to one file, while everybody goes on working.

The file can be read by whoever holds it; `bihuan backup - | age --encrypt -r RECIPIENT > FILE` keeps it secret.
"""

import argparse
import subprocess
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="where to write it, best on another machine's disk; - is the standard output")


def handle(options: argparse.Namespace) -> None:
    from bihuan.site import backup

    try:
        manifest = backup.write_stream(sys.stdout.buffer) if options.file == "-" else backup.write(Path(options.file))
    except OSError as error:
        raise SystemExit(f"No backup was made: {error.strerror} ({error.filename or options.file}).") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit("No backup was made: pg_dump failed.") from error
    told = f"{sum(manifest['rows'].values()):,} rows, {len(manifest['files']) - 2:,} uploaded files"
    print(f"{options.file}: {told}, as of {manifest['made_at']}", file=sys.stderr)
