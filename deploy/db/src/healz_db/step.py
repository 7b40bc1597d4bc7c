"""One migration up or down, with its row."""

import asyncpg

from healz_db import bookkeeping
from healz_db.migrations import Migration
from healz_db.script import backward, forward, run


async def up(connection: asyncpg.Connection, migration: Migration) -> int:
    """Applies it; returns the milliseconds that it took. Raises Refused when it fails."""

    async def begin(milliseconds: int) -> None:
        await bookkeeping.keep(connection, migration, "running", milliseconds)

    async def done(milliseconds: int) -> None:
        await bookkeeping.keep(connection, migration, "applied", milliseconds)

    return await run(connection, forward(migration), begin=begin, done=done)


async def down(connection: asyncpg.Connection, migration: Migration) -> int:
    """Takes it back; returns the milliseconds that it took. Raises Refused when it fails, BadMigration without an R."""

    async def begin(milliseconds: int) -> None:
        await bookkeeping.keep(connection, migration, "reverting", milliseconds)

    async def done(_: int) -> None:
        await bookkeeping.forget(connection, migration.version)

    return await run(connection, backward(migration), begin=begin, done=done)
