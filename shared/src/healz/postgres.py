"""Connections to PostgreSQL: one bounded pool per process."""

import asyncio
from typing import Any

import asyncpg
from asyncpg.pool import PoolAcquireContext

from healz.metrics.pools import show
from healz.settings import PostgresSettings

# Errors that are true of the database now and not of the statement: try again later. Every SQLSTATE was looked through
# (appendix A of PostgreSQL's manual; tests/specs/test_sqlstates.py holds the whole list). TimeoutError is an OSError.
NO_CONNECTION = (
    OSError,
    asyncpg.InterfaceError,
    # The server's farewell reached an idle connection: asyncpg trips over it at the next statement.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.InvalidAuthorizationSpecificationError,  # class 28: a password was changed, or the role may not log in yet
    asyncpg.InvalidCatalogNameError,  # the database is being restored
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
)
NO_ROOM = (
    asyncpg.InsufficientResourcesError,  # class 53: disk full, out of memory, too many connections
    asyncpg.PostgresSystemError,  # class 58: an input or output error of the server's
)
BUSY = (
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,  # class 40: a deadlock, a conflict; where a caller decides anew, it asks first
)
STALE_SESSION = (
    # This session leads to a server that only reads: it was pinned to a primary that is a standby now.
    asyncpg.ReadOnlySQLTransactionError,
    # A pooler gave the statement to a session that lacks it; or the schema has changed under a prepared statement.
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.InvalidCachedStatementError,
)
AWAY = (*NO_CONNECTION, *NO_ROOM, *BUSY, *STALE_SESSION)


BACKEND = "SELECT pg_backend_pid()"


class ThroughPooler(Exception):
    """The address leads to a connection pooler (PgBouncer): what belongs to one session would belong to many."""


async def require_own_session(connection: asyncpg.Connection) -> None:
    """Raises ThroughPooler where the session is not the one that answered when the connection was opened."""
    # In a transaction and without a name: a pooler may give the next statement to a session that lacks this one.
    async with connection.transaction():
        backend = await (await connection.prepare(BACKEND, name="")).fetchval()
    if backend != connection.get_server_pid():
        raise ThroughPooler("the database's address leads through a pooler; it has to lead straight to PostgreSQL")


# For a service of a few fixed statements, each of which finds its rows by an index, whatever the statistics say: they
# may be of an empty table. Planned anew for each batch, the look into the log alone took 1.4 ms for 0.2 ms of work, for
# its planning goes through all months' partitions.
PLANNED_ONCE = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


def server_settings(settings: PostgresSettings, application_name: str, *, planned_once: bool = False) -> dict[str, str]:
    """What each connection asks of the server; times there are in milliseconds."""
    accepted_by_pgbouncer = {"application_name": application_name, "timezone": "UTC"}
    if settings.healz_pgbouncer:
        return accepted_by_pgbouncer
    own_session = {
        "statement_timeout": str(round(settings.healz_statement_timeout_seconds * 1000)),
        "idle_in_transaction_session_timeout": str(round(settings.healz_idle_in_transaction_timeout_seconds * 1000)),
        "lock_timeout": str(round(settings.healz_lock_timeout_seconds * 1000)),
        # A server on this same small machine gains nothing from compiling a query of a few milliseconds.
        "jit": "off",
    }
    return accepted_by_pgbouncer | own_session | (PLANNED_ONCE if planned_once else {})


class _Loan(PoolAcquireContext):
    """A connection on loan. One whose session has gone stale is ended, not given back: the next one is new."""

    async def __aexit__(self, *error: Any) -> None:
        if isinstance(error[1], STALE_SESSION) and self.connection is not None:
            self.connection.terminate()
        await super().__aexit__(*error)


class BoundedPool(asyncpg.Pool):
    """A pool with a bound on the wait for a connection; then TimeoutError, as when the database is away."""

    acquire_timeout_seconds: float

    def acquire(self, *, timeout: float | None = None) -> Any:
        return _Loan(self, self.acquire_timeout_seconds if timeout is None else timeout)


async def create_pool(
    settings: PostgresSettings,
    application_name: str,
    *,
    url: str | None = None,
    init: Any = None,
    planned_once: bool = False,
) -> asyncpg.Pool:
    """An open pool on ``url``, else on ``settings.database_url``; ``init`` prepares each connection.

    ``planned_once``: as PLANNED_ONCE says; behind PgBouncer it changes nothing.

    Raises what connecting raises.
    """
    most = settings.healz_pool_connections_max
    pool = BoundedPool(
        url or settings.database_url,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        loop=asyncio.get_running_loop(),
        min_size=min(settings.healz_pool_connections_min, most),
        max_size=most,
        max_queries=50_000,
        max_inactive_connection_lifetime=settings.healz_pool_idle_seconds,
        setup=None,
        init=init,
        reset=_nothing_to_reset,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_statement_timeout_seconds + 1,
        statement_cache_size=settings.statements_kept,
        server_settings=server_settings(settings, application_name, planned_once=planned_once),
    )
    pool.acquire_timeout_seconds = settings.healz_pool_acquire_timeout_seconds
    await pool
    show(pool, application_name)
    return pool


async def answers(settings: PostgresSettings, url: str) -> bool:
    """Whether a new connection is given, and answers, within the bound on the wait for one."""
    try:
        async with asyncio.timeout(settings.healz_pool_acquire_timeout_seconds):
            connection = await asyncpg.connect(url, statement_cache_size=0)
            try:
                await connection.fetchval("SELECT 1")
            finally:
                connection.terminate()
    except AWAY:
        return False
    return True


async def _nothing_to_reset(_: Any) -> None:
    """Nothing outlives its transaction here (no session SET, no LISTEN, no session's advisory lock): giving back costs
    no round trip, and behind PgBouncer, where each transaction may get another session, nothing is missed."""
