"""The directory that holds all of one firm's data:

    db.sqlite3     the database (unless DATABASE_URL names a PostgreSQL)
    media/         uploaded files
    secret_key     signs sessions and links; whoever reads it can forge them

Copy it while the product is stopped, and you have moved the firm.
"""

import os
import secrets
from pathlib import Path

#: The root of a checkout of the source; of an installed package some directory of Python's.
ROOT = Path(__file__).resolve().parents[3]


def path() -> Path:
    return Path(os.environ.get("BIHUAN_DATA") or default()).resolve()


def default() -> Path:
    """`data` where the source is worked on. An installed program does not fill whatever directory it is called from: it
    keeps its data where the system's users have theirs."""
    if (ROOT / "pyproject.toml").exists():
        return Path("data")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "bihuan"


def make() -> None:
    """Create whatever is missing of it. Raises SystemExit with a sentence when the place cannot be written."""
    try:
        (path() / "media").mkdir(parents=True, exist_ok=True)
        make_secret_key(path() / "secret_key")
    except OSError as error:
        raise SystemExit(f"The data directory {path()} cannot be used: {error.strerror}.") from error


def make_secret_key(file: Path) -> None:
    if file.exists():
        return
    # Written aside and linked, so that two processes started at once agree on one whole key.
    draft = file.with_name(f"secret_key.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def secret_key() -> str:
    """The key, or "" before make(): Django then refuses whatever needs one. Servers that share a database share the
    key by BIHUAN_SECRET_KEY."""
    file = path() / "secret_key"
    return os.environ.get("BIHUAN_SECRET_KEY") or (file.read_text("ascii") if file.exists() else "")
