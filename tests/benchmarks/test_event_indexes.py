"""What each index on the events would cost an append, one at a time and all together: one event a commit, all guards.

The server's processor time is noisy, its WAL is not; the figures stand in the header of the migration that makes the
table.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from rich.console import Console
from rich.table import Table
from uuid_utils.compat import uuid7

from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME
from benchmarks.registrations import registration
from benchmarks.sizes import SIZES
from command_api.event_store import APPEND, EventStore
from system import Database

pytestmark = pytest.mark.benchmark

ROUNDS = 3
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


async def test_event_indexes(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    sets: dict[str, list[str]] = {"only the needed": []}
    sets |= {name: [index] for name, index in CANDIDATES.items()}
    sets["all of these"] = list(CANDIDATES.values())
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in sets}
    for _ in range(ROUNDS):
        for name, indexes in sets.items():
            async with having(database, indexes):
                measured[name].append(await cost(database))
    table = Table("index on events", "µs of the server per append", "ratio", "WAL bytes per append", "ratio", box=None)
    microseconds, wal = middle(measured["only the needed"])
    for name, rounds in measured.items():
        spent, bytes_ = middle(rounds)
        table.add_row(name, f"{spent:.0f}", f"{spent / microseconds:.2f}", f"{bytes_:,.0f}", f"{bytes_ / wal:.2f}")
    with capsys.disabled():
        Console(width=130).print("\n", table)


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
    connection = await asyncpg.connect(database.url("healz_command"))
    # One connection serves as the pool: no other is wanted here.
    store, tenant_id = EventStore(connection, IDENTITY_KEY, KEY_LIFETIME), uuid7()  # type: ignore[arg-type]
    ready = [store.arguments(replace(registration(tenant_id), metadata=METADATA)) for _ in range(SIZES.index_commits)]
    process = await connection.fetchval("SELECT pg_backend_pid()")
    for arguments in ready[: SIZES.index_commits // 10]:
        await connection.fetchval(APPEND, *arguments)
    lsn = await database.admin.fetchval("SELECT pg_current_wal_insert_lsn()::text")
    before = nanoseconds(process)
    for arguments in ready[SIZES.index_commits // 10 :]:
        await connection.fetchval(APPEND, *arguments)
    used = nanoseconds(process) - before
    wal = await database.admin.fetchval(
        "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::text::pg_lsn)::float8", lsn
    )
    await connection.close()
    commits = SIZES.index_commits - SIZES.index_commits // 10
    return used / 1000 / commits, wal / commits


def nanoseconds(process: int) -> int:
    """Time on a processor, of a process of this machine (Linux)."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])


def middle(rounds: list[tuple[float, float]]) -> tuple[float, float]:
    columns = [sorted(column) for column in zip(*rounds, strict=True)]
    return columns[0][len(rounds) // 2], columns[1][len(rounds) // 2]
