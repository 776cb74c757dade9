"""The product's settings, on a data directory that lasts as long as the test run."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

TEMPORARY = Path(tempfile.mkdtemp(prefix="bihuan-test-"))
atexit.register(shutil.rmtree, TEMPORARY, ignore_errors=True)
os.environ["BIHUAN_DATA"] = str(TEMPORARY)
os.environ["BIHUAN_SECRET_KEY"] = "only for tests"
# ./test starts pytest workers that are named after their database first; everything else runs on SQLite.
if os.environ.get("PYTEST_XDIST_WORKER", "").startswith("postgresql"):
    os.environ["DATABASE_URL"] = os.environ["TEST_POSTGRESQL_URL"]
else:
    os.environ.pop("DATABASE_URL", None)

from bihuan.site.settings import *  # noqa: E402, F403
from bihuan.site.settings import DATABASES, STORAGES  # noqa: E402

# A file, as in production: an in-memory SQLite knows neither WAL nor waiting for a lock.
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(TEMPORARY / "test.sqlite3")}

# Sentences are asserted as the source has them; pages speak the language of whoever is signed in.
LANGUAGE_CODE = "en"
# The product's hasher is slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages must not depend on whether the assets have been collected.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
