"""What metrics cost a process that exports them, beside one that doesn't; how long a scrape takes, and a look at the
database."""

import asyncio
import time
from contextlib import suppress
from functools import partial

import asyncpg
import httpx
import psutil
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.histories import fill
from benchmarks.load import Plan
from benchmarks.processor import seconds_of
from benchmarks.read_models import made
from benchmarks.sizes import SIZES
from benchmarks.test_http import CONNECTIONS, answered, projected
from command_api.relay.metrics import OutboxState
from free_ports import free_port
from healz.projection.observed import ReadModelState
from scraped import Scraped, start_measured
from system import Database, System

pytestmark = pytest.mark.benchmark

COST_MAX = 1.1
SCRAPE_MS_MAX = 5.0
LOOK_MS_MAX = 150.0
"""Three hundredths of the five seconds between two."""
TENANTS = 1000
SCRAPED_EVERY_SECONDS = 5.0
"""As fast as the looks; many scrape every fifteen."""


async def test_metrics(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Metrics: what they cost"""
    await the_api(system, tell)
    for process in system.processes:
        await system.end(process)
    await fill(pool, [uuid7() for _ in range(TENANTS)], SIZES.projector_events)
    await database.admin.execute("VACUUM ANALYZE")
    await the_looks(system, database, tell)
    await the_projector(system, await database.events(), tell)


async def the_api(system: System, tell: Tell) -> None:
    plain = psutil.Process(system.start("command-api").pid)
    plain_port = system.api_port
    await system.ready()
    patients = [f"/v1/patients/{patient}" for patient in await projected(system)]
    system.api_port = free_port()
    started, scraped = await start_measured(system, "command-api", HEALZ_METRICS_OBSERVE_SECONDS="5")
    measured = psutil.Process(started.pid)
    await system.ready()
    async with system.client() as client:
        token = client.headers["authorization"].removeprefix("Bearer ")

    async def processor_ms(process: psutil.Process, port: int, paths: list[str]) -> float:
        before = seconds_of(process)
        seen = await answered(
            Plan(port=port, seconds=SIZES.seconds, connections=CONNECTIONS, paths=paths, tokens=[token])
        )
        return (seconds_of(process) - before) * 1000 / len(seen.answered)

    asking = asyncio.create_task(ask(scraped))
    for what, paths in (("RegisterPatient", []), ("GET /v1/patients/{id}", patients)):
        for process, port in ((plain, plain_port), (measured, system.api_port)):
            await processor_ms(process, port, paths)
        without, with_them = await in_turn(
            partial(processor_ms, plain, plain_port, paths), partial(processor_ms, measured, system.api_port, paths)
        )
        about = (f"{what}: processor of the API's process", "ms", with_them, COST_MAX, "without metrics", without)
        tell(*about, at_most=True)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking

    scrapes = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{scraped.port}", trust_env=False) as client:
        for _ in range(50):
            began = time.perf_counter()
            text = (await client.get("/metrics", headers={"Accept-Encoding": "identity"})).text
            scrapes.append((time.perf_counter() - began) * 1000)
    series = sum(not line.startswith("#") for line in text.splitlines())
    tell("a scrape of the API", "ms", scrapes, SCRAPE_MS_MAX, at_most=True, beside=f"{series} series")


async def the_looks(system: System, database: Database, tell: Tell) -> None:
    waiting = await database.admin.fetchval("SELECT count(*) FROM event_store.outbox")
    projector = await asyncpg.create_pool(database.url("healz_projector_patient"), min_size=1, max_size=1)
    relay = await asyncpg.create_pool(database.url("healz_relay"), min_size=1, max_size=1)
    async with projector, relay:
        took = {
            (f"a projector's look, {TENANTS} tenants behind", ""): await looks(ReadModelState(projector, "patient")),
            ("the relay's look", f"{waiting} commits wait"): await looks(OutboxState(relay)),
        }
        system.start("relay")
        await made(system, "patient", await database.events())
        took[f"a projector's look, {TENANTS} tenants, none behind", ""] = await looks(
            ReadModelState(projector, "patient")
        )
        await system.outbox_empty(120)
        took["the relay's look", "none waits"] = await looks(OutboxState(relay))
    for (what, beside), milliseconds in took.items():
        tell(what, "ms", milliseconds, LOOK_MS_MAX, at_most=True, beside=beside)


async def the_projector(system: System, events: int, tell: Tell) -> None:
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"  # this is about batches

    async def projected(port: int) -> float:
        system.settings["HEALZ_METRICS_PORT"] = str(port)
        one = await made(system, "appointment", events)
        return one.processor_seconds * 1_000_000 / one.events

    without, with_them = await in_turn(lambda: projected(0), lambda: projected(free_port()))
    about = ("projector-appointment: processor", "µs an event", with_them, COST_MAX, "without metrics", without)
    tell(*about, at_most=True)


async def looks(state: ReadModelState | OutboxState) -> list[float]:
    """How long each of some takes; the first, which is planned, left out."""
    took = []
    for _ in range(20):
        began = time.perf_counter()
        await state.look()
        took.append((time.perf_counter() - began) * 1000)
    return took[1:]


async def ask(scraped: Scraped) -> None:
    while True:
        await scraped.text()
        await asyncio.sleep(SCRAPED_EVERY_SECONDS)
