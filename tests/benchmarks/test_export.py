"""healz-export: how fast a log becomes a file, beside PostgreSQL's own COPY of it; and that memory stays what it is."""

import asyncio
import contextlib
import os
import time
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.copies import fill_largely
from benchmarks.figures import in_turn
from benchmarks.sizes import SIZES
from system import SCRIPTS, Database

pytestmark = pytest.mark.benchmark

RATIO_MIN = 0.03
MEMORY_MB_MAX = 300.0
PART = 10
"""Of the log: memory is to be the same for all of it."""


async def exported(database: Database, tenant_id: UUID, file: Path, last: int) -> tuple[float, float]:
    """(seconds, the most memory in MB) of an export up to that position."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": database.url("healz_reader")}
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        SCRIPTS / "healz-export", str(tenant_id), str(file), "--to", str(last), env=environment,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    most = 0.0
    while process.returncode is None:
        most = max(most, _high_water_mark(process.pid))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.wait()), 0.05)
    assert process.returncode == 0
    return time.perf_counter() - began, most


def _high_water_mark(pid: int) -> float:
    """The most that the process had in memory so far, in MB; 0: it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


async def test_export(database: Database, pool: asyncpg.Pool, tell: Tell, tmp_path: Path) -> None:
    """A tenant's log as a file"""
    tenant_id = uuid7()
    events = await fill_largely(pool, database.admin, tenant_id, SIZES.export_events, SIZES.export_events // PART)
    await database.admin.execute("VACUUM ANALYZE event_store.events")

    async def copied() -> float:
        began = time.perf_counter()
        await database.admin.copy_from_query(
            "SELECT event_store.envelope(e) FROM event_store.events AS e WHERE tenant_id = $1 ORDER BY position",
            tenant_id,
            output=tmp_path / "copied",
        )
        return events / (time.perf_counter() - began)

    for suffix in ("ndjson", "parquet"):
        memory: list[float] = []
        file = tmp_path / f"log.{suffix}"

        async def ours(file: Path = file, memory: list[float] = memory) -> float:
            seconds, most = await exported(database, tenant_id, file, events)
            memory.append(most)
            return events / seconds

        baseline, rates = await in_turn(copied, ours)
        beside = f"{events:,} events, {file.stat().st_size / 2**20:.0f} MB, what is personal hidden; the start included"
        tell(f"to .{suffix}", "events/s", rates, RATIO_MIN, "COPY of the envelopes", baseline, beside=beside)
        _, part = await exported(database, tenant_id, file, events // PART)
        beside = f"{part:.0f} MB for a {PART}th of the log"
        tell(f"its memory, .{suffix}", "MB at most", memory, MEMORY_MB_MAX, at_most=True, beside=beside)
