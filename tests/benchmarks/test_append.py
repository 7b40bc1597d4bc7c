"""How fast commits go into the store: one event each, all guards, fsync on."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.histories import IDENTITY_KEY, START, Patient, as_append
from command_api.case import Case
from command_api.event_store import Append, EventStore
from command_api.patient.commands import RegisterPatient
from system import Database

pytestmark = pytest.mark.benchmark

SECONDS = 4.0
COMMITS_MAX = 30_000
WRITERS = 8


async def test_append(database: Database, tell: Tell) -> None:
    pool = await asyncpg.create_pool(database.url("healz_command"), min_size=WRITERS, max_size=WRITERS)
    admin = await asyncpg.create_pool(database.url("healz_admin"), min_size=WRITERS, max_size=WRITERS)
    await admin.execute("CREATE TABLE public.plain (id uuid PRIMARY KEY, at timestamptz NOT NULL, body text)")
    numbers = iter(range(10**7))
    store = EventStore(pool, IDENTITY_KEY, START - START.replace(hour=11))

    async def insert(_: UUID) -> None:
        await admin.execute("INSERT INTO public.plain VALUES ($1, now(), $2)", uuid7(), "x" * 300)

    def prepared(tenants: list[UUID]) -> dict[UUID, list[Append]]:
        """Decided beforehand: it is the store that is measured."""
        ready: dict[UUID, list[Append]] = {tenant_id: [] for tenant_id in tenants}
        for _ in range(COMMITS_MAX):
            number = next(numbers)
            patient = Patient(number, uuid7(), uuid7(), uuid7(), Case(), START)
            command = RegisterPatient(phone=f"+55279{number:08d}", full_name="João da Conceição")
            tenant_id = tenants[number % len(tenants)]
            events = patient.take(command, patient.patient_id)
            ready[tenant_id].append(as_append(tenant_id, patient.patient_id, events))
        return ready

    async def append(tenant_id: UUID) -> None:
        await store.append(ready[tenant_id].pop())

    one, eight = [uuid7()] * WRITERS, [uuid7() for _ in range(WRITERS)]
    baseline = await rate(insert, one)
    ready = prepared(one)
    tell("append, 1 tenant × 8 writers, commits/s", await rate(append, one), "plain INSERTs", baseline, "2,000")
    baseline = await rate(insert, one)
    ready = prepared(eight)
    tell("append, 8 tenants, commits/s", await rate(append, eight), "plain INSERTs", baseline, "4,400")
    await pool.close()
    await admin.close()


async def rate(once: Callable[[UUID], Awaitable[None]], tenants: list[UUID]) -> float:
    """Calls per second, by one writer per tenant named, after a short warm-up."""
    await asyncio.gather(*(once(tenant_id) for tenant_id in tenants))
    done = 0
    started = time.perf_counter()

    async def write(tenant_id: UUID) -> None:
        nonlocal done
        while time.perf_counter() - started < SECONDS:
            await once(tenant_id)
            done += 1

    await asyncio.gather(*(write(tenant_id) for tenant_id in tenants))
    return done / (time.perf_counter() - started)
