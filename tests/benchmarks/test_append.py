"""How fast commits go into the store: one event each, all guards, policies and indexes, fsync on."""

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks import pgbench
from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME
from benchmarks.registrations import rate, registrations
from benchmarks.sizes import SIZES
from command_api.event_store import EventStore
from system import Database

pytestmark = pytest.mark.benchmark

COMMITS_MAX_PER_SECOND = 15_000
"""More than are decided beforehand for a round can't be measured."""
CASES = {"1 tenant × 1 writer": (1, 1), "1 tenant × 8 writers": (1, 8), "1 tenant × 32 writers": (1, 32)} | {
    "64 tenants × 32 writers": (64, 32)
}
RATIO_MIN = 0.02


async def test_append(database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Append, one event a commit"""
    store = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME)
    await database.admin.execute(pgbench.TABLE)
    for case, (tenants, writers) in CASES.items():
        ids = [uuid7() for _ in range(tenants)]

        async def baseline(writers: int = writers) -> float:
            return await pgbench.commits_per_second(database.url("healz_admin"), writers, SIZES.seconds)

        async def ours(writers: int = writers, ids: list = ids) -> float:  # type: ignore[type-arg]
            given = registrations(ids, round(COMMITS_MAX_PER_SECOND * SIZES.seconds))
            return await rate(store.append, given, writers, SIZES.seconds)

        await ours()
        inserted, appended = await in_turn(baseline, ours)
        tell(case, "commits/s", appended, RATIO_MIN, f"pgbench, one INSERT, {writers} clients", inserted)
