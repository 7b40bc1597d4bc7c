"""A read model from nothing: emptied, and how fast a projector's process makes it again."""

import asyncio
import time
from dataclasses import dataclass

import psutil
from uuid_utils.compat import uuid7

from benchmarks.processor import seconds_of
from started import Started
from system import System

TABLES = "SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables WHERE schemaname = $1"


@dataclass(frozen=True)
class Made:
    """From the first events that were seen to the last: without the start of the process. Memory in MiB."""

    events: int
    seconds: float
    processor_seconds: float
    memory_before: float
    memory_after: float


async def empty(system: System, schema: str) -> None:
    """As before the first event; the projector must not run."""
    tables = await system.database.admin.fetchval(TABLES, schema)
    await system.database.admin.execute(f"TRUNCATE {tables}")


async def made(system: System, schema: str, events: int) -> Made:
    """Starts the projector, as a consumer group of its own, until it has got to ``events``, and ends it."""
    await empty(system, schema)
    system.settings["HEALZ_CONSUMER_GROUP"] = f"{schema}-{uuid7()}"
    started = system.start(f"projector-{schema}")
    measured = await until(system, started, schema, events)
    await system.end(started)
    return measured


async def until(system: System, projector: Started, schema: str, events: int) -> Made:
    """What it takes to get to so many events in all, from the next that are applied on."""
    process = psutil.Process(projector.pid)
    total = f"SELECT coalesce(sum(position), 0)::bigint FROM {schema}.checkpoint"
    begin = first = await system.database.admin.fetchval(total)
    while first == begin:
        assert projector.poll() is None, system.logs()
        await asyncio.sleep(0.005)  # the pace of looking
        first = await system.database.admin.fetchval(total)
    started, used, memory = time.perf_counter(), seconds_of(process), process.memory_info().rss
    while await system.database.admin.fetchval(total) < events:
        assert projector.poll() is None, system.logs()
        await asyncio.sleep(0.02)  # the pace of looking
    taken = time.perf_counter() - started
    spent, after = seconds_of(process) - used, process.memory_info().rss
    return Made(events - first, taken, spent, memory / 2**20, after / 2**20)
