"""How fast each projector turns records into rows, as a real process, against reading and parsing the records alone."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaConsumer
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.histories import fill, open_pool
from healz.events import read_cloud_event
from healz.read_models import READ_MODELS
from system import Database, System

pytestmark = pytest.mark.benchmark

TENANTS = 20
PATIENTS = 6000


async def test_projectors(system: System, database: Database, tell: Tell) -> None:
    pool = await open_pool(database.url("healz_command"))
    events = await fill(pool, [uuid7() for _ in range(TENANTS)], PATIENTS)
    await pool.close()
    await database.admin.execute("VACUUM ANALYZE event_store.events")
    relay = system.start("relay")
    await system.outbox_empty(seconds=120)
    await system.end(relay)
    baseline = await parse_rate(system, events)
    # Reconcile would help along; this is about Kafka.
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"
    for schema in READ_MODELS:
        rate = await projection_rate(system, schema, events)
        tell(f"projector-{schema}: Kafka → row, events/s", rate, "reading and parsing alone", baseline, "31,000–35,000")


async def parse_rate(system: System, events: int) -> float:
    consumer = AIOKafkaConsumer(
        system.topic,
        bootstrap_servers=system.servers.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    started = time.perf_counter()
    read = 0
    while read < events:
        for batch in (await consumer.getmany(timeout_ms=1000, max_records=2000)).values():
            read += sum(1 for record in batch if read_cloud_event(record.value).position)
    elapsed = time.perf_counter() - started
    await consumer.stop()
    return read / elapsed


async def projection_rate(system: System, schema: str, events: int) -> float:
    """Events per second from the first checkpoint seen to the last: without the start of the process."""
    process = system.start(f"projector-{schema}")
    total = f"SELECT coalesce(sum(position), 0) FROM {schema}.checkpoint"
    first = None
    while True:
        done = int(await system.database.admin.fetchval(total))
        now = time.perf_counter()
        if first is None and done > 0:
            first = (now, done)
        if done == events:
            break
        await asyncio.sleep(0.02)
    await system.end(process)
    assert first is not None
    return (events - first[1]) / (now - first[0])
