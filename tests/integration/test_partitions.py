"""Months of events: pruned where a time is known, made ahead by a job that keeps nobody waiting, and none lost."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME, open_pool
from benchmarks.registrations import registration
from command_api.event_store import EventStore
from system import Database

APPEND_WAITS_SECONDS_MAX = 0.2
NOISE_SECONDS = 1.3
"""Of a busy machine; without the lock_timeout an append waits until the reader is done, here three seconds: twice as
long as both together."""
COPY_TO_MONTH = """
INSERT INTO event_store.events
SELECT (jsonb_populate_record(e, jsonb_build_object('position', position + $2, 'created_at', $3::timestamptz))).*
  FROM event_store.events AS e
 WHERE tenant_id = $1 AND position = 1
"""


async def make_partitions(database: Database, months_ahead: int = 3) -> Any:
    """The job, as ``healz-db partitions`` runs it; {o_made, o_missing}."""
    connection = await asyncpg.connect(database.url("healz_admin"))
    try:
        await connection.execute("SET ROLE healz_migrator")
        return await connection.fetchrow("CALL ops.ensure_partitions($1)", months_ahead)
    finally:
        await connection.close()


async def drop_newest(database: Database) -> str:
    """Takes the newest month away, as if the job had not run for a while."""
    name: str = await database.admin.fetchval(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event_store.events'::regclass"
        " AND inhrelid::regclass::text ~ '_\\d{4}_\\d{2}$' ORDER BY 1 DESC LIMIT 1"
    )
    await database.admin.execute(f"DROP TABLE {name}")
    return name


@pytest.fixture
async def store(database: Database) -> AsyncIterator[EventStore]:
    pool = await open_pool(database.url("healz_command"))
    yield EventStore(pool, IDENTITY_KEY, KEY_LIFETIME)
    await pool.close()


@pytest.fixture
async def tenant_id(store: EventStore) -> UUID:
    """A tenant with one event."""
    tenant_id = uuid7()
    await store.append(registration(tenant_id))
    return tenant_id


async def test_this_month_and_the_next_three_are_there_and_the_job_does_no_harm_twice(database: Database) -> None:
    before = await make_partitions(database)
    assert (before["o_made"], before["o_missing"]) == ([], [])
    name = await drop_newest(database)
    made = await make_partitions(database)
    assert [f"event_store.events_{month:%Y_%m}" for month in made["o_made"]] == [name]
    assert made["o_missing"] == []
    again = await make_partitions(database)
    assert (again["o_made"], again["o_missing"]) == ([], [])
    # What the job made is protected like the rest.
    assert await database.admin.fetchval(
        f"SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = '{name}'::regclass"
    )


async def test_two_jobs_at_once_and_a_day_within_the_month_make_the_same_month(database: Database) -> None:
    for _ in range(5):
        name = await drop_newest(database)
        both = await asyncio.gather(make_partitions(database), make_partitions(database))
        assert [run["o_missing"] for run in both] == [[], []]
    await drop_newest(database)
    day = datetime.strptime(name[-7:], "%Y_%m").replace(day=15, tzinfo=UTC).date()
    assert await database.admin.fetchval("SELECT ops.make_partition($1)", day)
    bounds = await database.admin.fetchval(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = $1::regclass", name
    )
    assert f"FROM ('{day.replace(day=1)} 00:00:00+00')" in bounds
    assert (await make_partitions(database, 5))["o_missing"] == []


async def test_a_load_reads_only_the_months_in_which_the_patient_has_events(
    database: Database, tenant_id: UUID
) -> None:
    plan = await database.admin.fetch(
        "EXPLAIN SELECT * FROM event_store.events"
        " WHERE tenant_id = $1 AND patient_id = $1 AND created_at BETWEEN now() - interval '1 second' AND now()",
        tenant_id,
    )
    text = "\n".join(row[0] for row in plan)
    everything = await database.admin.fetch(
        "EXPLAIN SELECT * FROM event_store.events WHERE tenant_id = $1 AND patient_id = $1", tenant_id
    )
    this_month = f"events_{datetime.now(UTC):%Y_%m}"
    assert text.count(" on events_") == 1 or "Subplans Removed" in text, text
    assert this_month in text
    assert "\n".join(row[0] for row in everything).count(" on events_") == 5  # four months and the default


async def test_while_a_reader_is_open_the_job_keeps_no_append_waiting(
    database: Database, store: EventStore, tenant_id: UUID
) -> None:
    await drop_newest(database)
    reader = await asyncpg.connect(database.url("healz_admin"))
    open_read = reader.transaction()
    await open_read.start()
    await reader.fetchval("SELECT count(*) FROM event_store.events")

    job = asyncio.create_task(make_partitions(database))
    waits: list[float] = []
    loads: list[float] = []
    until = time.monotonic() + 3
    number = 0
    while time.monotonic() < until:
        number += 1
        append = registration(tenant_id)
        started = time.monotonic()
        await store.append(append)
        waits.append(time.monotonic() - started)
        started = time.monotonic()
        await store.load(tenant_id, append.patient_id, None)
        loads.append(time.monotonic() - started)
    print(f"longest append {max(waits) * 1000:.0f} ms, longest load {max(loads) * 1000:.0f} ms")
    # It is the reader that the job waits for: else this shows nothing.
    assert not job.done()
    await open_read.commit()
    made = await job
    assert len(made["o_made"]) == 1
    assert max(waits) < APPEND_WAITS_SECONDS_MAX + NOISE_SECONDS, f"{max(waits):.3f} s of {len(waits)} appends"
    assert max(loads) < APPEND_WAITS_SECONDS_MAX + NOISE_SECONDS, f"{max(loads):.3f} s of {len(loads)} loads"
    await reader.close()


async def test_an_event_of_a_month_without_partition_is_kept_told_and_moved(
    database: Database, tenant_id: UUID
) -> None:
    name = await drop_newest(database)
    month = datetime.strptime(name[-7:], "%Y_%m").replace(tzinfo=UTC)
    await database.admin.execute(COPY_TO_MONTH, tenant_id, 1, month)
    assert len(await database.log(tenant_id)) == 2
    assert await database.admin.fetchval("SELECT count(*) FROM event_store.events_default") == 1
    # How it is told: `healz-db ask partitions` (tests/integration/test_ask.py).
    made = await make_partitions(database)
    assert len(made["o_made"]) == 1
    assert await database.admin.fetchval("SELECT count(*) FROM event_store.events_default") == 0
    assert await database.admin.fetchval(f"SELECT count(*) FROM {name}") == 1
    assert [event.position for event in await database.log(tenant_id)] == [1, 2]
