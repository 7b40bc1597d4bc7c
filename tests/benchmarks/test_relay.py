"""How fast the relay drains the outbox into Kafka, against the bare producer with the same records."""

import asyncio
import time

import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.histories import fill, open_pool
from command_api.door import Door
from command_api.relay import outbox
from command_api.relay.lead import drain
from command_api.relay.lease import session
from command_api.relay.publish import publish, start_producer
from command_api.settings import RelaySettings
from system import Database, System

pytestmark = pytest.mark.benchmark

TENANTS = 20
PATIENTS = 6000


async def test_relay(system: System, database: Database, tell: Tell) -> None:
    pool = await open_pool(database.url("healz_command"))
    events = await fill(pool, [uuid7() for _ in range(TENANTS)], PATIENTS)
    await pool.close()
    await database.admin.execute("VACUUM ANALYZE event_store.events")
    settings = system.settings_of(RelaySettings, "relay")

    async with session(settings, "relay") as connection:
        rows = await outbox.read(connection, 10 * settings.healz_relay_batch_events_max)
        sample = sum(len(row.records) for row in rows)
        producer = await start_producer(settings)

        started = time.perf_counter()
        draining = asyncio.create_task(drain(connection, producer, Door(), settings))
        while await database.admin.fetchval("SELECT EXISTS (SELECT FROM event_store.outbox)"):
            await asyncio.sleep(0.02)
        relayed = events / (time.perf_counter() - started)
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)

        started = time.perf_counter()
        for _ in range(5):
            await publish(producer, settings.healz_topic, rows)
        bare = 5 * sample / (time.perf_counter() - started)
        await producer.stop()
    tell("relay: outbox → Kafka, events/s", relayed, "the same producer alone", bare, "25,000–32,000")
