"""How fast the relay's process drains the outbox into Kafka, beside transactional producers with the same records."""

import asyncio
import time

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.histories import fill
from benchmarks.producers import PRODUCERS, Record
from benchmarks.sizes import SIZES
from healz.kafka import ensure_topic
from system import Database, System

pytestmark = pytest.mark.benchmark

TENANTS = 20
RECORDS_MAX = 50_000
"""Of the baseline's round."""
RATIO_MIN = 0.05
SAVE = "CREATE TABLE public.saved AS SELECT * FROM event_store.outbox"
RESTORE = "INSERT INTO event_store.outbox OVERRIDING SYSTEM VALUE SELECT * FROM public.saved ORDER BY id"
LEFT = "SELECT coalesce(sum(last_position - first_position + 1), 0)::bigint FROM event_store.outbox"
SAMPLE = """
SELECT e.tenant_id::text, convert_to(event_store.cloud_event(e), 'UTF8')
  FROM event_store.events AS e
 ORDER BY e.created_at, e.tenant_id, e.position
 LIMIT $1
"""


async def test_relay(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Relay: a full outbox → Kafka"""
    events = await fill(pool, [uuid7() for _ in range(TENANTS)], SIZES.relay_events)
    await database.admin.execute(SAVE)
    await database.admin.execute("VACUUM ANALYZE event_store.events")
    sample = await database.admin.fetch(SAMPLE, min(events, RECORDS_MAX))
    records = [(tenant_id.encode(), value) for tenant_id, value in sample]
    theirs: dict[str, list[float]] = {name: [] for name in PRODUCERS}
    ours: list[float] = []
    for _ in range(SIZES.rounds):
        for name in PRODUCERS:
            theirs[name].append(await produced(system, records, name))
        ours.append(await drained(system, events))
    best = max(theirs, key=lambda name: sum(theirs[name]))
    other = ", ".join(f"{name} {max(rates):,.0f}" for name, rates in theirs.items() if name != best)
    beside = (
        f"{events:,} events in {await database.admin.fetchval('SELECT count(*) FROM public.saved'):,} commits; {other}"
    )
    tell("outbox → topic", "events/s", ours, RATIO_MIN, f"{best}, transactions of 2,000", theirs[best], beside=beside)


async def produced(system: System, records: list[Record], name: str) -> float:
    topic = await fresh_topic(system)
    return await PRODUCERS[name](system.servers.bootstrap_servers, topic, records)


async def drained(system: System, events: int) -> float:
    """Events per second, from the first batch that is gone to the last: without the start of the process."""
    admin = system.database.admin
    system.topic = await fresh_topic(system)
    await admin.execute("TRUNCATE event_store.outbox")
    await admin.execute(RESTORE)
    relay = system.start("relay")
    while (left := await admin.fetchval(LEFT)) == events:
        await asyncio.sleep(0.01)  # the pace of looking
    started = time.perf_counter()
    while await admin.fetchval("SELECT EXISTS (SELECT FROM event_store.outbox)"):
        await asyncio.sleep(0.02)  # the pace of looking
    taken = time.perf_counter() - started
    await system.end(relay)
    return float(left / taken)


async def fresh_topic(system: System) -> str:
    name = f"healz.events.{uuid7().hex}"
    await ensure_topic(system.servers.bootstrap_servers, name)
    return name
