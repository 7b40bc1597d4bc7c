"""The lease on leading: one row of PostgreSQL, by its clock; only the role of the relay can write it."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

import asyncpg

from command_api.relay.settings import RelaySettings
from healz.postgres import AWAY, server_settings

Result = TypeVar("Result")

# Free: expired; or its holder's session has ended; or it expires later than any lease can, so the clock was wrong then;
# and no republish has begun. $3 takes it from whoever has it, who finds nothing in the outbox from then on.
# cluster: another one, or the same after a restore or a failover, is one whose log is looked at anew.
TAKE = """
WITH taken AS (
    UPDATE event_store.relay_lease AS l
       SET holder = $1, session_pid = own.pid, session_since = own.backend_start, fence = l.fence + 1,
           taken_at = clock_timestamp(), expires_at = clock_timestamp() + $2
      FROM (SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS own
     WHERE $3
        OR (l.republish IS NULL
            AND (l.expires_at <= clock_timestamp()
                 OR l.expires_at > clock_timestamp() + 2 * $2::interval
                 OR NOT EXISTS (SELECT FROM pg_stat_activity AS s
                                 WHERE s.pid = l.session_pid AND s.backend_start = l.session_since)))
    RETURNING l.fence)
SELECT (SELECT fence FROM taken) AS fence, l.holder, l.republish,
       (SELECT system_identifier FROM pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
       AS cluster
  FROM event_store.relay_lease AS l
"""
RENEW = """
UPDATE event_store.relay_lease AS l
   SET session_pid = own.pid, session_since = own.backend_start, expires_at = clock_timestamp() + $2
  FROM (SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS own
 WHERE l.fence = $1
RETURNING (SELECT system_identifier FROM pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
          AS cluster
"""
RELEASE = "UPDATE event_store.relay_lease SET holder = NULL, expires_at = '-infinity' WHERE fence = $1"
REPUBLISH = "UPDATE event_store.relay_lease SET republish = $2 WHERE fence = $1 RETURNING fence"
RENEWALS = 3
"""In the time that a lease lasts."""
TAKEN = "another relay has taken the lease"


class LeaseLost(Exception):
    """Somebody else leads now, or PostgreSQL is no longer the one that the lease was taken from."""


class Lease:
    """Taken, renewed and given back by one short statement each, on a connection of its own: no slow read delays it."""

    def __init__(self, connection: Any, settings: RelaySettings) -> None:
        self._connection = connection
        self._lasts = timedelta(seconds=settings.healz_relay_lease_seconds)
        self._turn = asyncio.Lock()
        self._cluster = ""
        self.fence: int | None = None
        """The number of this leadership; None: not held."""
        self.holder: str | None = None
        """Who held it when it was last asked for."""
        self.republish: str | None = None
        """What a republish that has not ended was to send, when it was last asked for."""

    async def take(self, *, over: bool = False) -> bool:
        """Whether it is ours now; ``over``: whoever has it."""
        us = f"{socket.gethostname()}, process {os.getpid()}"
        row = await self._connection.fetchrow(TAKE, us, self._lasts, over)
        self.fence, self.holder, self._cluster = row["fence"], row["holder"], row["cluster"]
        self.republish = row["republish"]
        return self.fence is not None

    async def note(self, republish: str | None) -> None:
        """A republish has begun; None: it has ended. Raises LeaseLost."""
        async with self._turn:
            if await self._connection.fetchval(REPUBLISH, self.fence, republish) is None:
                raise LeaseLost(TAKEN)
        self.republish = republish

    async def renew(self) -> None:
        """Ours for as long again. Raises LeaseLost."""
        async with self._turn:
            row = await self._connection.fetchrow(RENEW, self.fence, self._lasts)
        if row is None:
            raise LeaseLost(TAKEN)
        if row["cluster"] != self._cluster:
            raise LeaseLost(f"PostgreSQL was {self._cluster} (system, timeline) and is {row['cluster']}")

    async def keep(self) -> NoReturn:
        """Renews it in time, for ever. Raises LeaseLost."""
        while True:
            # The pace of renewing.
            await asyncio.sleep(self._lasts.total_seconds() / RENEWALS)
            await self.renew()

    async def release(self) -> None:
        """Gives the lease back: another relay takes it at once."""
        if self.fence is not None:
            async with self._turn:
                await self._connection.execute(RELEASE, self.fence)


async def while_held(lease: Lease, work: Coroutine[Any, Any, Result]) -> Result:
    """What ``work`` returns or raises; LeaseLost as soon as the lease is lost, and nothing of ``work`` goes on then."""
    working, keeping = asyncio.create_task(work), asyncio.create_task(lease.keep())
    try:
        await asyncio.wait((working, keeping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, keeping):
            task.cancel()
        result, lost = await asyncio.gather(working, keeping, return_exceptions=True)
    for ended in (result, lost):
        if isinstance(ended, Exception):
            raise ended
    if isinstance(result, BaseException):  # cancelled, and not by us
        raise result
    return result


@asynccontextmanager
async def session(settings: RelaySettings, name: str) -> AsyncIterator[Any]:
    """A connection under this name; afterwards it is gone, whatever the server still believes of it."""
    connection = await asyncpg.connect(
        settings.database_url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_statement_timeout_seconds + 1,
        statement_cache_size=settings.statements_kept,
        server_settings=server_settings(settings, name, planned_once=True),
    )
    try:
        yield connection
    finally:
        connection.terminate()


@asynccontextmanager
async def lease_on(settings: RelaySettings) -> AsyncIterator[Lease]:
    """A lease to be taken; given back at the end, when it was, and PostgreSQL answers."""
    async with session(settings, "relay lease") as connection:
        lease = Lease(connection, settings)
        try:
            yield lease
        finally:
            with suppress(*AWAY):  # then it ends by itself
                async with asyncio.timeout(settings.healz_relay_lease_seconds / RENEWALS):
                    await lease.release()
