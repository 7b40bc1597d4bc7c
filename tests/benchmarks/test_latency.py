"""From the command to the readable row, at a steady rate.

Twice: as the prototype had it (the append itself, relay, Kafka, one projector), and as a person has it (commands over
HTTP, all three projectors running, the row by GET with Healz-Min-Position).
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from rich.console import Console
from rich.table import Table
from uuid_utils.compat import uuid7

from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME, open_pool
from benchmarks.test_append import registration
from command_api.event_store import EventStore
from system import Database, System

pytestmark = pytest.mark.benchmark

SECONDS = 10
WARM_SECONDS = 20
"""A new broker compiles its code as it goes: its first thousands of transactions take twice as long."""
PROTOTYPE = {50: "10 / 23", 100: "9 / 28", 200: "12 / 31"}
LOOK_SECONDS = 0.001

Command = Callable[[Callable[[], None]], Awaitable[None]]
"""Sends one command, calls what it was given when that was answered, and returns when its row is readable."""


async def test_latency(system: System, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(
        "from → to", "commands/s", "answered p50 / p99 ms", "row p50 / p99 ms", "ratio", "prototype", box=None
    )
    system.start("relay")
    system.start("projector-patient")
    async with appending(database) as command:
        await measure(table, "append → row, one projector", command, PROTOTYPE)
    for name in ("command-api", "projector-appointment", "projector-journey"):
        system.start(name)
    await system.ready()
    async with system.client() as client:
        await measure(table, "HTTP → GET, all three", registering(client), dict.fromkeys(PROTOTYPE, ""))
    with capsys.disabled():
        Console(width=150).print("\n", table)


@asynccontextmanager
async def appending(database: Database) -> AsyncIterator[Command]:
    """Registrations straight into the store; one look a millisecond at the checkpoint serves all who wait."""
    pool = await open_pool(database.url("healz_command"))
    looker = await asyncpg.connect(database.url("healz_admin"))
    store, tenant_id = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME), uuid7()
    numbers, waiting = iter(range(10**7)), dict[int, asyncio.Event]()

    async def command(answered: Callable[[], None]) -> None:
        position = await store.append(registration(next(numbers), tenant_id))
        answered()
        assert position is not None
        await waiting.setdefault(position, asyncio.Event()).wait()

    looking = asyncio.create_task(look(looker, tenant_id, waiting))
    try:
        yield command
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await looker.close()
        await pool.close()


async def look(connection: Any, tenant_id: UUID, waiting: dict[int, asyncio.Event]) -> None:
    while True:
        at = await connection.fetchval("SELECT position FROM patient.checkpoint WHERE tenant_id = $1", tenant_id) or 0
        for position in [position for position in waiting if position <= at]:
            waiting.pop(position).set()
        # The pace of looking.
        await asyncio.sleep(LOOK_SECONDS)


def registering(client: httpx.AsyncClient) -> Command:
    numbers = iter(range(10**7))

    async def command(answered: Callable[[], None]) -> None:
        answer = await client.post("/v1/patients", json={"phone": f"+55279{next(numbers):08d}", "full_name": "João"})
        answer.raise_for_status()
        answered()
        headers = {"Healz-Min-Position": answer.headers["Healz-Position"]}
        row = await client.get(f"/v1/patients/{answer.json()['id']}", headers=headers)
        row.raise_for_status()

    return command


async def measure(table: Table, name: str, command: Command, prototype: dict[int, str]) -> None:
    await at_rate(command, 100, WARM_SECONDS)
    for rate, theirs in prototype.items():
        answered, readable = await at_rate(command, rate, SECONDS)
        ratio = statistics.median(readable) / statistics.median(answered)
        table.add_row(name, str(rate), shown(answered), shown(readable), f"{ratio:.1f}", theirs)


async def at_rate(command: Command, rate: int, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds from when each command was due, whether or not the ones before were done."""
    answered: list[float] = []
    readable: list[float] = []

    async def once(due: float) -> None:
        await command(lambda: answered.append((time.perf_counter() - due) * 1000))
        readable.append((time.perf_counter() - due) * 1000)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            # Until the next command is due.
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(once(due))
    return answered, readable


def shown(milliseconds: list[float]) -> str:
    percentiles = statistics.quantiles(milliseconds, n=100)
    return f"{percentiles[49]:.0f} / {percentiles[98]:.0f}"
