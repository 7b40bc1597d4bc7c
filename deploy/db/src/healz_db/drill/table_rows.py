"""The rows of every table, so that a drill can tell whether they outlive a migration and its rollback."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import asyncpg

from healz_db.drill.catalogue import Difference

# Partitions are read through their parent; the bookkeeping is the tool's own.
TABLES = """
SELECT c.oid::regclass::text
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema$)'
   AND c.oid::regclass::text NOT IN ('ops.schema_migrations', 'ops.schema_seeds')
   AND NOT EXISTS (SELECT FROM pg_depend AS e
                    WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
 ORDER BY 1
"""
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
"""
SEQUENCES = (
    "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), last_value FROM pg_sequences ORDER BY 1"
)
SHOWN_MAX = 3


@dataclass(frozen=True)
class TableRows:
    """All rows, each by column."""

    columns: frozenset[str]
    rows: list[dict[str, Any]]

    def seen_through(self, columns: frozenset[str]) -> Counter[str]:
        """How often each row is there, as far as these columns show it."""
        return Counter(json.dumps({key: row[key] for key in sorted(columns)}, ensure_ascii=False) for row in self.rows)


@dataclass(frozen=True)
class Data:
    """Every table's rows and every sequence's last value."""

    tables: dict[str, TableRows]
    sequences: dict[str, int | None]


async def take_data(connection: asyncpg.Connection) -> Data:
    """Reads all of it. Raises InsufficientPrivilegeError where a policy would hide rows from this login."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # A policy that hides a row must not make it look unchanged.
        await connection.execute("SET LOCAL search_path = ''; SET LOCAL row_security = off")
        tables = {}
        for (name,) in await connection.fetch(TABLES):
            columns = frozenset(row[0] for row in await connection.fetch(COLUMNS, name))
            rows = await connection.fetch(f"SELECT to_jsonb(t) FROM {name} AS t")  # noqa: S608  # the catalogue's name
            tables[name] = TableRows(columns, [json.loads(row[0], parse_float=str) for row in rows])
        sequences = dict(map(tuple, await connection.fetch(SEQUENCES)))
    return Data(tables, sequences)


def changed_data(before: Data, after: Data, filled: frozenset[str]) -> list[Difference]:
    """What isn't as it was, in the tables and columns that both sides have; ``filled`` (schema.table.column) may be."""
    found: list[Difference] = []
    for name in sorted(before.tables.keys() & after.tables.keys()):
        both = before.tables[name].columns & after.tables[name].columns
        both = frozenset(column for column in both if f"{name}.{column}" not in filled)
        was, is_now = before.tables[name].seen_through(both), after.tables[name].seen_through(both)
        if was != is_now:
            found.append(Difference("rows", name, _some(was - is_now), _some(is_now - was)))
    for name in sorted(before.sequences.keys() & after.sequences.keys()):
        if before.sequences[name] != after.sequences[name]:
            values = str(before.sequences[name]), str(after.sequences[name])
            found.append(Difference("sequence value", name, *values))
    return found


def _some(rows: Counter[str]) -> str | None:
    if not rows:
        return None
    shown = "\n".join(list(rows)[:SHOWN_MAX])
    return f"{rows.total()} rows, such as\n{shown}"
