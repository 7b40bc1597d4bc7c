"""Brings a database to the newest version, one file a transaction, one deployer at a time."""

import time
from collections.abc import Callable

import asyncpg

from healz_db.migrations import BadMigration, Migration, read_tree

# The bookkeeping itself has to exist before the first file; ops is owned by the migrator from V000001 on.
BOOKKEEPING = """
CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.schema_migrations (
    version     text        PRIMARY KEY,
    phase       text        NOT NULL,
    domain      text        NOT NULL,
    change      text        NOT NULL,
    checksum    text        NOT NULL,
    applied_by  text        NOT NULL DEFAULT session_user,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms integer     NOT NULL
)
"""
KEY = "SELECT hashtextextended('healz.migrations', 0)"
LOGIN_ROLES = (
    "healz_command",
    "healz_reader",
    "healz_relay",
    "healz_projector_patient",
    "healz_projector_appointment",
    "healz_projector_journey",
)


async def apply(connection: asyncpg.Connection, said: Callable[[str], None], lock_wait_seconds: float) -> int:
    """Applies what is missing and returns how many files that were.

    Raises BadMigration when a file was changed after it was applied, TimeoutError when another deployer holds the lock
    for longer than ``lock_wait_seconds``; a failed file leaves nothing behind.
    """
    key = await connection.fetchval(KEY)
    await connection.execute("SELECT pg_advisory_lock($1)", key, timeout=lock_wait_seconds)
    try:
        await connection.execute(BOOKKEEPING)
        applied: dict[str, str] = dict(
            map(tuple, await connection.fetch("SELECT version, checksum FROM ops.schema_migrations"))
        )
        missing = [migration for migration in read_tree().migrations if not _is_applied(migration, applied)]
        for migration in missing:
            milliseconds = await _apply_one(connection, migration)
            said(f"applied {migration.path.name} in {milliseconds} ms")
        made = await _as_migrator(connection, "SELECT ops.ensure_partitions()")
        for partition in made:
            said(f"made partition {partition[0]}")
        return len(missing)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", key)


async def set_passwords(connection: asyncpg.Connection, password: str) -> None:
    """Gives every login role of the services this password."""
    for role in LOGIN_ROLES:
        quoted = await connection.fetchval("SELECT quote_literal($1)", password)
        await connection.execute(f"ALTER ROLE {role} PASSWORD {quoted}")


def _is_applied(migration: Migration, applied: dict[str, str]) -> bool:
    checksum = applied.get(migration.version)
    if checksum is not None and checksum != migration.checksum:
        raise BadMigration(
            f"{migration.path.name} was changed after it was applied (then {checksum}, now {migration.checksum}); "
            "put it back and write a new migration"
        )
    return checksum is not None


async def _apply_one(connection: asyncpg.Connection, migration: Migration) -> int:
    started = time.monotonic()
    async with connection.transaction():
        if migration.role != "admin":
            await connection.execute(f"SET LOCAL ROLE {migration.role}")
        await connection.execute(migration.sql)
        await connection.execute("RESET ROLE")
        milliseconds = round((time.monotonic() - started) * 1000)
        await connection.execute(
            "INSERT INTO ops.schema_migrations (version, phase, domain, change, checksum, duration_ms) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            migration.version,
            migration.phase,
            migration.domain,
            migration.change,
            migration.checksum,
            milliseconds,
        )
    return milliseconds


async def _as_migrator(connection: asyncpg.Connection, sql: str) -> list[asyncpg.Record]:
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE healz_migrator")
        return await connection.fetch(sql)
