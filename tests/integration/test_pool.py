"""The pool: bounded both ways, nobody waits for a connection for ever, and none is kept for nothing."""

import asyncio

import pytest

from command_api.settings import ApiSettings
from healz.postgres import AWAY, create_pool
from healz.projection.settings import ProjectorSettings
from healz.settings import PostgresSettings
from system import Database, eventually

NAME = "the pool of a test"


async def connections(database: Database) -> int:
    """How many sessions PostgreSQL has of the pool."""
    count: int = await database.admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1", NAME
    )
    return count


@pytest.mark.parametrize("kind", [ApiSettings, ProjectorSettings])
def test_every_service_has_the_same_bounds_unless_told_otherwise(kind: type[PostgresSettings]) -> None:
    default = {name: kind.model_fields[name].default for name in kind.model_fields}
    assert (default["healz_pool_connections_min"], default["healz_pool_connections_max"]) == (5, 20)
    assert (default["healz_pool_acquire_timeout_seconds"], default["healz_pool_idle_seconds"]) == (2.0, 30.0)
    assert default["healz_pgbouncer"] is False


def test_statements_are_kept_but_not_behind_pgbouncer_unless_told_so() -> None:
    kept = [
        PostgresSettings(
            database_url="postgresql://", healz_pgbouncer=pgbouncer, healz_statement_cache_size=size
        ).statements_kept
        for pgbouncer, size in [(False, None), (True, None), (True, 50), (False, 0)]
    ]
    assert kept == [200, 0, 50, 0]


async def test_an_exhausted_pool_says_so_in_time(database: Database) -> None:
    settings = PostgresSettings(
        database_url=database.url("healz_reader"),
        healz_pool_connections_min=1,
        healz_pool_connections_max=1,
        healz_pool_acquire_timeout_seconds=0.2,
    )
    pool = await create_pool(settings, NAME)
    try:
        async with pool.acquire():
            with pytest.raises(AWAY):
                await pool.fetchval("SELECT 1")
        assert await pool.fetchval("SELECT 1") == 1
    finally:
        await pool.close()


async def test_a_pool_begins_with_its_least_grows_to_its_most_and_shrinks_again(database: Database) -> None:
    settings = PostgresSettings(
        database_url=database.url("healz_reader"),
        healz_pool_connections_min=3,
        healz_pool_connections_max=8,
        healz_pool_acquire_timeout_seconds=1,
        healz_pool_idle_seconds=0.5,
    )
    pool = await create_pool(settings, NAME)
    try:
        assert await connections(database) == 3
        held = [await pool.acquire() for _ in range(8)]
        assert await connections(database) == 8
        with pytest.raises(AWAY):
            await pool.fetchval("SELECT 1")
        for connection in held:
            await pool.release(connection)

        async def shrunk() -> bool:
            return await connections(database) == 3

        await eventually(shrunk)
        # The idle time has to pass: that is what is tested.
        await asyncio.sleep(2 * settings.healz_pool_idle_seconds)
        assert await connections(database) == 3
    finally:
        await pool.close()


async def test_each_connection_asks_for_its_timeouts(database: Database) -> None:
    settings = PostgresSettings(
        database_url=database.url("healz_reader"),
        healz_pool_connections_max=1,
        healz_statement_timeout_seconds=0.3,
        healz_lock_timeout_seconds=1.5,
        healz_idle_in_transaction_timeout_seconds=7,
    )
    pool = await create_pool(settings, NAME)
    try:
        names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit", "TimeZone"]
        assert [await pool.fetchval(f"SHOW {name}") for name in names] == ["300ms", "1500ms", "7s", "off", "UTC"]
        with pytest.raises(AWAY):
            await pool.fetchval("SELECT pg_sleep(5)")
    finally:
        await pool.close()
