"""The pool: nobody waits for a connection for ever."""

import pytest

from healz.postgres import AWAY, create_pool
from healz.settings import PostgresSettings
from system import Database


async def test_an_exhausted_pool_says_so_in_time(database: Database) -> None:
    settings = PostgresSettings(
        database_url=database.url("healz_reader"),
        healz_pool_connections_min=1,
        healz_pool_connections_max=1,
        healz_pool_acquire_timeout_seconds=0.2,
    )
    pool = await create_pool(settings, "test")
    try:
        async with pool.acquire():
            with pytest.raises(AWAY):
                await pool.fetchval("SELECT 1")
        assert await pool.fetchval("SELECT 1") == 1
    finally:
        await pool.close()
