"""Bihuan (闭环): a closed-loop CRM."""

import importlib.util
import sys

__version__ = "0.1.0"

# Every SQLite up to 3.51.2 can corrupt a WAL database that two connections write to at once (the WAL-reset race), and
# that is what most systems carry. pysqlite3 brings a mended one along; it takes the place of the standard module before
# Django or anybody else asks for it.
if importlib.util.find_spec("pysqlite3"):
    import pysqlite3.dbapi2

    sys.modules["sqlite3"] = sys.modules["pysqlite3"]
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
