"""The table of grams on each database: write, erase, find candidates."""

import functools
import zlib
from collections.abc import Collection, Iterable, Sequence

from django.db import connection
from django.db.models import BooleanField, F, Func, Q
from django.db.models.expressions import RawSQL

#: What one token of a query needs: all grams of at least one of the sets.
GramSets = Collection[frozenset[str]]


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


def candidates(tokens: Iterable[GramSets]) -> Q:
    """The search entries that have the grams of every token."""
    if connection.vendor == "sqlite":
        match = " AND ".join("(" + " OR ".join(_match(grams) for grams in token) + ")" for token in tokens)
        return Q(id__in=RawSQL("SELECT rowid FROM core_search_gram WHERE core_search_gram MATCH %s", [match]))
    conditions, parameters = [], []
    for token in tokens:
        conditions.append("(" + " OR ".join("grams @> %s::int[]" for _ in token) + ")")
        parameters += [_array(grams) for grams in token]
    ids = RawSQL(f"SELECT entry_id FROM core_search_gram WHERE {' AND '.join(conditions)}", parameters)  # noqa: S608, S611
    # An array is computed first; with IN the planner may read all entries and ask for the grams of each.
    return Q(Func(F("id"), ids, arg_joiner=" = ANY (ARRAY", template="%(expressions)s)", output_field=BooleanField()))


def _match(grams: frozenset[str]) -> str:
    return "(" + " AND ".join(f'"{gram}"' for gram in sorted(grams)) + ")"


def _array(grams: Collection[str]) -> str:
    return "{" + ",".join(map(_number, grams)) + "}"


@functools.lru_cache(maxsize=65_536)
def _number(gram: str) -> str:
    return str(zlib.crc32(gram.encode()) - 2**31)
