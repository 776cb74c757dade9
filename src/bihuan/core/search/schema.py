"""The table of grams: a full-text table on SQLite, an indexed array on PostgreSQL. For a migration's RunPython."""

from typing import Any

CREATE = {
    # The ascii tokenizer takes every character beyond ASCII for a letter, so grams are kept as they are.
    "sqlite": """
        CREATE VIRTUAL TABLE core_search_gram USING fts5(
            grams, content = '', contentless_delete = 1, detail = none,
            tokenize = "ascii tokenchars '''#^=:-~&'"
        );
    """,
    # Grams are kept as numbers: half the size of text, and twice as fast where a search finds half of all entries.
    # The list of grams that wait to be sorted in is kept short: every search reads it, and planners shun a long one.
    "postgresql": """
        CREATE TABLE core_search_gram (entry_id bigint PRIMARY KEY, grams int[] NOT NULL);
        CREATE INDEX core_search_gram_grams ON core_search_gram USING gin (grams)
            WITH (gin_pending_list_limit = 1024);
    """,
}


def create(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(CREATE[schema_editor.connection.vendor])


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE core_search_gram")
