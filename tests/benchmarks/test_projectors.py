"""How fast each projector, as a process, turns records of the topic into rows.

Beside reading and decoding the same records alone, and beside a projector as textbooks have it.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from uuid_utils.compat import uuid7

from benchmarks import documented_way
from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.histories import fill
from benchmarks.read_models import made
from benchmarks.sizes import SIZES
from healz.events import read_cloud_event
from healz.read_models import READ_MODELS
from system import Database, System

pytestmark = pytest.mark.benchmark

TENANTS = 20
RATIO_MIN = 0.1
DOCUMENTED_RATIO_MIN = 2.0


async def test_projectors(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Projectors: Kafka → row"""
    relay = system.start("relay")
    events = await fill(pool, [uuid7() for _ in range(TENANTS)], SIZES.projector_events)
    await system.outbox_empty(seconds=120)
    await system.end(relay)
    await database.admin.execute("VACUUM ANALYZE event_store.events")
    # Reconcile would help along; this is about Kafka.
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"

    async def projected(schema: str) -> float:
        one = await made(system, schema, events)
        return one.events / one.seconds

    async def documented() -> float:
        async with consuming(system) as consumer:
            return await documented_way.events_per_second(consumer, database.admin, SIZES.documented_events)

    for schema in READ_MODELS:
        read, rate = await in_turn(lambda: read_alone(system, events), partial(projected, schema))
        tell(f"projector-{schema}", "events/s", rate, RATIO_MIN, "reading and decoding alone", read)
    slow, rate = await in_turn(documented, lambda: projected("patient"))
    tell("projector-patient", "events/s", rate, DOCUMENTED_RATIO_MIN, "a transaction for each event", slow)


async def read_alone(system: System, events: int) -> float:
    async with consuming(system) as consumer:
        started = time.perf_counter()
        read = 0
        while read < events:
            for batch in (await consumer.getmany(timeout_ms=1000, max_records=2000)).values():
                read += sum(1 for record in batch if read_cloud_event(record.value).position)
        return read / (time.perf_counter() - started)


@asynccontextmanager
async def consuming(system: System) -> AsyncIterator[AIOKafkaConsumer]:
    """At the begin of the topic."""
    consumer = AIOKafkaConsumer(
        system.topic,
        bootstrap_servers=system.servers.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()
