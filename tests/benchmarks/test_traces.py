"""What traces cost a process that records them, beside one that doesn't: one request of a hundred, a tenth, and all."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import psutil
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.figures import Measure, in_turn
from benchmarks.histories import fill
from benchmarks.load import Plan
from benchmarks.processor import seconds_of
from benchmarks.read_models import made
from benchmarks.sizes import SIZES
from benchmarks.test_http import CONNECTIONS, answered, projected
from free_ports import free_port
from otlp import SpanCollector, collecting_spans
from system import Database, System

pytestmark = pytest.mark.benchmark

RECORDED = {
    "0.01": ("one request of a hundred recorded, as deployed", 1.03),
    "0.1": ("one request of ten recorded", 1.15),
    "1": ("all recorded", 1.35),
}
"""{the sampler's share: what it is called, what it may cost}"""
TENANTS = 100


def exported(collector: SpanCollector, share: str) -> dict[str, str | None]:
    return {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:{collector.port}/v1/traces",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": share,
    }


@asynccontextmanager
async def settings(system: System, more: dict[str, str | None]) -> AsyncIterator[None]:
    before, system.settings = system.settings, {**system.settings, **more}
    try:
        yield
    finally:
        system.settings = before


async def test_traces(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Traces: what they cost"""
    async with collecting_spans() as collector:
        await the_api(system, collector, tell)
        for process in system.processes:
            await system.end(process)
        await the_projector(system, pool, database, collector, tell)


async def the_api(system: System, collector: SpanCollector, tell: Tell) -> None:
    plain = await process_of(system, {})
    patients = [f"/v1/patients/{patient}" for patient in await projected(system)]
    async with system.client() as client:
        token = client.headers["authorization"].removeprefix("Bearer ")

    async def processor_ms(process: psutil.Process, port: int, paths: list[str]) -> float:
        before = seconds_of(process)
        seen = await answered(
            Plan(port=port, seconds=SIZES.seconds, connections=CONNECTIONS, paths=paths, tokens=[token])
        )
        return (seconds_of(process) - before) * 1000 / len(seen.answered)

    for share, (what, cost_max) in RECORDED.items():
        traced = await process_of(system, exported(collector, share))
        for kind, paths in (("RegisterPatient", []), ("GET /v1/patients/{id}", patients)):
            for process, port in (plain, traced):
                await processor_ms(process, port, paths)
            without, with_them = await in_turn(
                partial(processor_ms, *plain, paths), partial(processor_ms, *traced, paths)
            )
            about = (f"{kind}, {what}: processor of the API's process", "ms", with_them, cost_max, "off", without)
            tell(*about, at_most=True)


async def process_of(system: System, more: dict[str, str | None]) -> tuple[psutil.Process, int]:
    system.api_port = free_port()
    async with settings(system, more):
        process = psutil.Process(system.start("command-api").pid)
    await system.ready()
    return process, system.api_port


async def the_projector(
    system: System, pool: asyncpg.Pool, database: Database, collector: SpanCollector, tell: Tell
) -> None:
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"  # this is about batches
    drawn = random.Random(1)

    def metadata() -> dict[str, str]:
        flags = "01" if drawn.random() < 0.1 else "00"
        return {"traceparent": f"00-{drawn.getrandbits(128):032x}-{drawn.getrandbits(64):016x}-{flags}"}

    await fill(pool, [uuid7() for _ in range(TENANTS)], SIZES.projector_events, metadata=metadata)
    system.start("relay")
    await system.outbox_empty(120)
    events = await database.events()

    def projected_with(more: dict[str, str | None]) -> Measure:
        return partial(projector_us, system, events, more)

    def by_the_id(share: str) -> Measure:
        return projected_with({**exported(collector, share), "OTEL_TRACES_SAMPLER": "traceidratio"})

    each: dict[str, Callable[[], Awaitable[float]]] = {
        "0.01": by_the_id("0.01"),
        "0.1": projected_with(exported(collector, "0")),  # by the caller's flag
        "1": by_the_id("1"),
    }
    for share, traced in each.items():
        what, cost_max = RECORDED[share]
        without, with_them = await in_turn(projected_with({}), traced)
        about = (f"projector-appointment, {what}: processor", "µs an event", with_them, cost_max, "off", without)
        tell(*about, at_most=True)


async def projector_us(system: System, events: int, more: dict[str, str | None]) -> float:
    async with settings(system, more):
        one = await made(system, "appointment", events)
    return one.processor_seconds * 1_000_000 / one.events
