"""One deployer at a time, per database."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from healz_db.refused import Refused

TRY = "SELECT pg_try_advisory_lock(hashtextextended('healz.migrations', 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('healz.migrations', 0))"
HOLDER = """
SELECT a.pid, a.usename, a.client_addr, a.backend_start
  FROM pg_locks AS l
  JOIN pg_stat_activity AS a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (l.classid::bigint << 32) | l.objid::bigint = hashtextextended('healz.migrations', 0)
"""
POLL_INTERVAL_SECONDS = 0.2


@asynccontextmanager
async def one_deployer(
    connection: asyncpg.Connection, said: Callable[[str], None], wait_seconds: float
) -> AsyncIterator[None]:
    """Holds the deployers' advisory lock meanwhile.

    Raises Refused when another deployer holds it for longer than ``wait_seconds``.

    It asks again and again and doesn't wait within the server: CREATE INDEX CONCURRENTLY, run by the deployer that
    holds the lock, waits for every open statement, so also for one that waits for the lock.
    """
    give_up_at = time.monotonic() + wait_seconds
    said_so = False
    while not await connection.fetchval(TRY):
        if time.monotonic() >= give_up_at:
            raise Refused(
                f"another deployer ({await holder(connection)}) has been at it for more than {wait_seconds:g} s; "
                "wait for its end, or raise HEALZ_DB_LOCK_WAIT_SECONDS"
            )
        if not said_so:
            said(f"waiting for another deployer ({await holder(connection)})")
            said_so = True
        # The pace of asking for the lock.
        await asyncio.sleep(POLL_INTERVAL_SECONDS)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(UNLOCK)


async def holder(connection: asyncpg.Connection) -> str | None:
    """Who holds the lock, in words; None: nobody."""
    row = await connection.fetchrow(HOLDER)
    if row is None:
        return None
    return (
        f"{row['usename']} from {row['client_addr'] or 'here'}, pid {row['pid']}, since {row['backend_start']:%H:%M:%S}"
    )
