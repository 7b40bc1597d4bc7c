"""What the database remembers of the files that were run on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from healz_db.migrations import Migration

# It has to exist before the first file; the schema ops goes to the migrator with V000001.
TABLES = """
CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.schema_migrations (
    version     text        PRIMARY KEY,
    phase       text        NOT NULL,
    domain      text        NOT NULL,
    change      text        NOT NULL,
    checksum    text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('running', 'applied', 'reverting')),
    applied_by  text        NOT NULL DEFAULT session_user,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms integer     NOT NULL
);
CREATE TABLE IF NOT EXISTS ops.schema_seeds (
    file       text        PRIMARY KEY,
    version    text        NOT NULL,
    phase      text        NOT NULL,
    checksum   text        NOT NULL,
    lines_done integer     NOT NULL,
    done       boolean     NOT NULL,
    applied_by text        NOT NULL DEFAULT session_user,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
EXISTS = "SELECT to_regclass('ops.schema_migrations') IS NOT NULL AND to_regclass('ops.schema_seeds') IS NOT NULL"
READ = """
SELECT version, phase, domain, change, checksum, state, applied_by, applied_at, duration_ms
  FROM ops.schema_migrations ORDER BY version
"""
KEEP = """
INSERT INTO ops.schema_migrations AS m (version, phase, domain, change, checksum, state, duration_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (version) DO UPDATE
   SET phase = EXCLUDED.phase, domain = EXCLUDED.domain, change = EXCLUDED.change, checksum = EXCLUDED.checksum,
       state = EXCLUDED.state, applied_by = EXCLUDED.applied_by, applied_at = EXCLUDED.applied_at,
       duration_ms = EXCLUDED.duration_ms
"""
FORGET = "DELETE FROM ops.schema_migrations WHERE version = $1"

State = Literal["running", "applied", "reverting"]


@dataclass(frozen=True)
class MigrationRow:
    """A file that the database knows. ``state``: a file without a transaction is ``running`` until its last statement
    is done, its rollback makes it ``reverting``."""

    version: str
    phase: str
    domain: str
    change: str
    checksum: str
    state: State
    applied_by: str
    applied_at: datetime
    duration_ms: int


async def ensure_tables(connection: asyncpg.Connection) -> None:
    """Makes the two tables unless they exist."""
    if not await connection.fetchval(EXISTS):
        await connection.execute(TABLES)


async def read_rows(connection: asyncpg.Connection) -> dict[str, MigrationRow]:
    """By version; none for a database that was never migrated."""
    if not await connection.fetchval(EXISTS):
        return {}
    return {row["version"]: MigrationRow(**row) for row in await connection.fetch(READ)}


async def keep(connection: asyncpg.Connection, migration: Migration, state: State, milliseconds: int) -> None:
    """Writes the migration's row, over the one that was there."""
    await connection.execute(
        KEEP,
        migration.version,
        migration.phase,
        migration.domain,
        migration.change,
        migration.checksum,
        state,
        milliseconds,
    )


async def forget(connection: asyncpg.Connection, version: str) -> None:
    """Deletes the migration's row."""
    await connection.execute(FORGET, version)
