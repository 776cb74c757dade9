"""The table of grams on each database: write, erase, find candidates."""

import functools
import zlib
from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from django.db.models import BooleanField, F, Func, Q
from django.db.models.expressions import RawSQL

#: What one token of a query needs: all grams of at least one of the sets.
GramSets = Collection[frozenset[str]]
#: What an entry needs to be a candidate: every one of these.
Needs = Sequence[GramSets]


def write(rows: Sequence[tuple[int, set[str]]]) -> None:
    """Keep the grams of entries, in place of those they had."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            statement = "INSERT OR REPLACE INTO core_search_gram (rowid, grams) VALUES (%s, %s)"
            cursor.executemany(statement, [(entry, " ".join(grams)) for entry, grams in rows])
        else:
            statement = (
                "INSERT INTO core_search_gram (entry_id, grams)"
                " SELECT entry, line::int[] FROM unnest(%s::bigint[], %s::text[]) AS new (entry, line)"
                " ON CONFLICT (entry_id) DO UPDATE SET grams = excluded.grams"
            )
            cursor.execute(statement, [[entry for entry, _grams in rows], [_array(grams) for _entry, grams in rows]])


def erase(entries: Sequence[int]) -> None:
    """Drop the grams of entries."""
    key = "rowid" if connection.vendor == "sqlite" else "entry_id"
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM core_search_gram WHERE {key} = %s", [(entry,) for entry in entries])  # noqa: S608


def candidates(pools: Iterable[Needs], limit: int | None = None) -> Q:
    """The search entries that meet all needs of one of the pools; of each pool the newest, as many as the limit says."""
    vendor = _sqlite if connection.vendor == "sqlite" else _postgresql
    statements, parameters = [], []
    for needs in pools:
        statement, values = vendor(needs)
        order = f" ORDER BY 1 DESC LIMIT {limit:d}" if limit else ""
        statements.append(f"SELECT entry FROM ({statement}{order}) AS pool")  # noqa: S608  (made of constants here)
        parameters += values
    ids = RawSQL(" UNION ".join(statements), parameters)  # noqa: S611  (made of constants here)
    if connection.vendor == "sqlite":
        return Q(id__in=ids)
    # An array is computed first; with IN the planner may read all entries and ask for the grams of each.
    return Q(Func(F("id"), ids, arg_joiner=" = ANY (ARRAY", template="%(expressions)s)", output_field=BooleanField()))


def _sqlite(needs: Needs) -> tuple[str, list[str]]:
    match = " AND ".join("(" + " OR ".join(_match(grams) for grams in sets) + ")" for sets in needs)
    return "SELECT rowid AS entry FROM core_search_gram WHERE core_search_gram MATCH %s", [match]


def _match(grams: frozenset[str]) -> str:
    return "(" + " AND ".join(f'"{gram}"' for gram in sorted(grams)) + ")"


def _postgresql(needs: Needs) -> tuple[str, list[str]]:
    conditions = " AND ".join("(" + " OR ".join("grams @> %s::int[]" for _ in sets) + ")" for sets in needs)
    return (
        f"SELECT entry_id AS entry FROM core_search_gram WHERE {conditions}",  # noqa: S608  (made of constants here)
        [_array(grams) for sets in needs for grams in sets],
    )


def _array(grams: Collection[str]) -> str:
    return "{" + ",".join(map(_number, grams)) + "}"


@functools.lru_cache(maxsize=65_536)
def _number(gram: str) -> str:
    return str(zlib.crc32(gram.encode()) - 2**31)
