"""What each index on the events would cost an append, one at a time and all together: one event a commit, all guards.

The server's processor time is noisy, its WAL is not; the figures stand in the header of the migration that makes the
table.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME
from benchmarks.registrations import registration
from benchmarks.sizes import SIZES
from command_api.event_store import EventStore
from system import Database

pytestmark = pytest.mark.benchmark

NEEDED = "only the needed"
RATIO_MAX = 10.0
METADATA = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
CANDIDATES = {
    "(aggregate_id, aggregate_version)": "(aggregate_id, aggregate_version)",
    "(tenant_id, event_id)": "(tenant_id, event_id)",
    "(tenant_id, created_at)": "(tenant_id, created_at)",
    "(event_type, created_at)": "(event_type, created_at)",
    "(tenant_id, correlation_id)": "(tenant_id, correlation_id)",
    "(clinic_id, created_at)": "(clinic_id, created_at)",
    "gin (event_data)": "USING gin (event_data jsonb_path_ops)",
    "gin (metadata)": "USING gin (metadata jsonb_path_ops)",
}


async def test_event_indexes(database: Database, tell: Tell) -> None:
    """What one more index on the events would cost an append"""
    sets: dict[str, list[str]] = {NEEDED: []}
    sets |= {name: [index] for name, index in CANDIDATES.items()}
    sets["all of these"] = list(CANDIDATES.values())
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in sets}
    for _ in range(SIZES.rounds):
        for name, indexes in sets.items():
            async with having(database, indexes):
                measured[name].append(await cost(database))
    microseconds, wal = zip(*measured.pop(NEEDED), strict=True)
    for name, rounds in measured.items():
        spent, written = zip(*rounds, strict=True)
        beside = f"{median(spent):.0f} µs of the server instead of {median(microseconds):.0f}"
        unit = "bytes of WAL"
        tell(name, unit, list(written), RATIO_MAX, NEEDED, list(wal), at_most=True, beside=beside)


@asynccontextmanager
async def having(database: Database, indexes: list[str]) -> AsyncIterator[None]:
    for number, index in enumerate(indexes):
        await database.admin.execute(f"CREATE INDEX candidate_{number} ON event_store.events {index}")
    # Each round's first writes to a page would copy it into the WAL: they all begin alike.
    await database.admin.execute("CHECKPOINT")
    yield
    for number in range(len(indexes)):
        await database.admin.execute(f"DROP INDEX event_store.candidate_{number}")


async def cost(database: Database) -> tuple[float, float]:
    """Microseconds of the server's process, and bytes of WAL, per commit."""
    async with asyncpg.create_pool(database.url("healz_command"), min_size=1, max_size=1) as pool:
        store, tenant_id = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME), uuid7()
        ready = [replace(registration(tenant_id), metadata=METADATA) for _ in range(SIZES.index_commits)]
        process = await pool.fetchval("SELECT pg_backend_pid()")
        warm = len(ready) // 10
        for append in ready[:warm]:
            await store.append(append)
        lsn = await database.admin.fetchval("SELECT pg_current_wal_insert_lsn()::text")
        before = nanoseconds(process)
        for append in ready[warm:]:
            await store.append(append)
        used = nanoseconds(process) - before
        wal = await database.admin.fetchval(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::text::pg_lsn)::float8", lsn
        )
    commits = len(ready) - warm
    return used / 1000 / commits, wal / commits


def nanoseconds(process: int) -> int:
    """Time on a processor, of a process of this machine (Linux)."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
