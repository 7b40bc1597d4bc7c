"""How fast commits go into the store: one event each, all guards, fsync on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME, START, WRITERS, Patient, as_append, open_pool
from command_api.append import Append
from command_api.decide.case import Case
from command_api.decide.patient.commands import RegisterPatient
from command_api.event_store import APPEND, EventStore
from system import Database

pytestmark = pytest.mark.benchmark

SECONDS = 4.0
COMMITS_MAX = 30_000
INSERT = "INSERT INTO public.plain VALUES ($1, now(), $2)"

Write = Callable[[], Awaitable[Any]]


async def test_append(database: Database, tell: Tell) -> None:
    pool = await open_pool(database.url("healz_command"))
    admin = await open_pool(database.url("healz_admin"))
    await admin.execute("CREATE TABLE public.plain (id uuid PRIMARY KEY, at timestamptz NOT NULL, body text)")
    store = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME)
    numbers = iter(range(10**7))

    def registrations(tenants: int) -> list[Iterator[Append]]:
        """One list per writer, decided beforehand: it is the store that is measured."""
        ids = [uuid7() for _ in range(tenants)]
        return [
            iter([registration(next(numbers), ids[writer % tenants]) for _ in range(COMMITS_MAX // WRITERS)])
            for writer in range(WRITERS)
        ]

    async with AsyncExitStack() as stack:
        for tenants, whose, floor in ((1, "1 tenant × 8 writers", "2,000"), (8, "8 tenants", "4,400")):
            baseline = await rate([lambda: admin.execute(INSERT, uuid7(), "x" * 300)] * WRITERS)

            called = []
            for given in registrations(tenants):
                connection = await stack.enter_async_context(pool.acquire())
                call = await connection.prepare(APPEND)
                arguments = [store.arguments([store.guarded(append)]) for append in given]
                called.append(calling(call, iter(arguments)))
            figure = await rate(called)
            await stack.aclose()
            tell(f"append_events, {whose}, commits/s", figure, "plain INSERTs", baseline, floor)

            figure = await rate([appending(store, given) for given in registrations(tenants)])
            tell("  … through the service's pool and client", figure, "plain INSERTs", baseline, "")
    await pool.close()
    await admin.close()


def registration(number: int, tenant_id: Any) -> Append:
    """A new patient with a phone."""
    patient = Patient(number, uuid7(), uuid7(), uuid7(), Case(), START)
    command = RegisterPatient(phone=f"+55279{number:08d}", full_name="João da Conceição")
    return as_append(tenant_id, patient.patient_id, patient.take(command, patient.patient_id))


def calling(statement: Any, arguments: Iterator[list[Any]]) -> Write:
    return lambda: statement.fetchval(*next(arguments))


def appending(store: EventStore, appends: Iterator[Append]) -> Write:
    return lambda: store.append(next(appends))


async def rate(writers: list[Write]) -> float:
    """Calls per second, each writer calling again as soon as it was answered, after a short warm-up."""
    await asyncio.gather(*(write() for write in writers))
    done = 0
    started = time.perf_counter()

    async def run(write: Write) -> None:
        nonlocal done
        while time.perf_counter() - started < SECONDS:
            await write()
            done += 1

    await asyncio.gather(*(run(write) for write in writers))
    return done / (time.perf_counter() - started)
