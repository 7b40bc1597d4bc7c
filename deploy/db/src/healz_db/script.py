"""Runs one SQL file the way its header asks."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import postgast

from healz_db.migrations import HEADER, BadMigration, Migration
from healz_db.refused import Refused

Record = Callable[[int], Awaitable[None]]
"""Writes down that the file is done; takes the milliseconds that it took."""


@dataclass(frozen=True)
class Script:
    """``role`` is ``admin`` (the login itself) or one to take on; ``transactional`` False: statement by statement."""

    name: str
    sql: str
    role: str = "healz_migrator"
    transactional: bool = True


def forward(migration: Migration) -> Script:
    """The migration's own file."""
    return Script(migration.path.name, migration.sql, migration.role, migration.transactional)


def backward(migration: Migration) -> Script:
    """Its rollback. Raises BadMigration when there is none."""
    path = migration.rollback_path
    if not path.is_file():
        raise BadMigration(f"{migration.path.name} has no rollback; write {path.name}")
    return read(path)


def read(path: Path) -> Script:
    """A file with a migration's header."""
    sql = path.read_text()
    header = {line["key"]: line["value"] for line in HEADER.finditer(sql)}
    return Script(path.name, sql, header.get("role", "healz_migrator"), header.get("transaction") != "none")


async def run(connection: asyncpg.Connection, script: Script, *, begin: Record, done: Record) -> int:
    """Runs it and returns the milliseconds that it took.

    ``done`` belongs to the file's transaction. For a file without one ``begin`` comes before, so that an end halfway
    can be seen. Raises Refused when a statement fails.
    """
    started = time.monotonic()

    def milliseconds() -> int:
        return round((time.monotonic() - started) * 1000)

    try:
        if script.transactional:
            async with connection.transaction():
                await _take_role(connection, script, local=True)
                await _execute(connection, script.sql, script.name, "nothing of it was kept; mend the file")
                await connection.execute("RESET ROLE")
                await done(milliseconds())
        else:
            await begin(0)
            await _take_role(connection, script, local=False)
            await _run_one_by_one(connection, script)
            await connection.execute("RESET ROLE")
            await done(milliseconds())
    finally:
        # A file may SET what it likes; the next one begins as if it were the first.
        if not connection.is_closed():
            await connection.execute("RESET ROLE; RESET ALL")
    return milliseconds()


async def _take_role(connection: asyncpg.Connection, script: Script, *, local: bool) -> None:
    if script.role != "admin":
        await connection.execute(f'SET {"LOCAL " if local else ""}ROLE "{script.role}"')


async def _run_one_by_one(connection: asyncpg.Connection, script: Script) -> None:
    try:
        statements = postgast.split(script.sql)
    except postgast.PgQueryError as error:
        raise Refused(f"{script.name} is no SQL: {error}; mend the file") from error
    for number, statement in enumerate(statements, start=1):
        await _execute(
            connection,
            statement,
            script.name,
            f"that was statement {number} of {len(statements)}, those before it stay; mend what is wrong and "
            "do it again, it begins with the first",
        )


async def _execute(connection: asyncpg.Connection, sql: str, name: str, advice: str) -> None:
    try:
        await connection.execute(sql)
    except asyncpg.PostgresError as error:
        raise Refused(f"{name}: {str(error).rstrip('.')}; {advice}") from error
