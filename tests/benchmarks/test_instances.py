"""A projector with a backlog, as one instance and as three: how fast it gets on, and that the others stay as they are.

On a machine where all parts share the processors, this is what more instances cost and bring there, no more. Metrics
are asked all the time, which takes its share of them, of one instance's as of three's.
"""

import asyncio
import time
from functools import partial

import asyncpg
import httpx
import pytest
from uuid_utils.compat import uuid7

from benchmarks.conftest import Tell
from benchmarks.figures import in_turn
from benchmarks.histories import fill
from benchmarks.read_models import empty
from benchmarks.sizes import SIZES
from free_ports import free_port
from healz.read_models import READ_MODELS
from scraped import Scraped, begin_measured
from system import Database, System, eventually

pytestmark = pytest.mark.benchmark

TENANTS = 20
THREE = 3
RATIO_MIN = 0.3
SCALED = "journey"
OTHERS = tuple(name for name in READ_MODELS if name != SCALED)
LAG = "projection_lag_events"


async def test_instances(system: System, database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """One instance of a projector and three, on a backlog"""
    relay = system.start("relay")
    events = await fill(pool, [uuid7() for _ in range(TENANTS)], SIZES.projector_events)
    await system.outbox_empty(seconds=120)
    await system.end(relay)
    await database.admin.execute("VACUUM ANALYZE event_store.events")
    others = {name: Scraped(begin(system, name)) for name in OTHERS}
    await system.caught_up(*OTHERS, seconds=120)
    # Of the one that is measured, reconcile would help along; this is about Kafka.
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"
    before = list(system.processes)
    most: list[float] = []

    async def drained(instances: int) -> float:
        """Events a second, from the first that is applied on, until the metric that KEDA asks for says 0."""
        await empty(system, SCALED)
        system.settings["HEALZ_CONSUMER_GROUP"] = f"{SCALED}-{uuid7()}"
        own = [Scraped(begin(system, SCALED)) for _ in range(instances)]
        processes = system.processes[-instances:]
        while (behind := await lag_of(own[0])) == events:
            await asyncio.sleep(0.01)  # the pace of looking
        started = time.perf_counter()
        while await lag_of(own[0]):
            most.extend([await lag_of(one) for one in others.values()])
            await asyncio.sleep(0.05)  # the pace of looking
        taken = time.perf_counter() - started
        for process in processes:
            await system.end(process)
        return behind / taken

    one, three = await in_turn(partial(drained, 1), partial(drained, THREE))
    tell(f"projector-{SCALED}, three instances", "events/s", three, RATIO_MIN, "one instance", one)
    tell("the others' lag meanwhile", "events", [max(most)], 0.0, at_most=True)
    assert all(process.poll() is None for process in before[1:]), "none of them was started anew, or ended"


def begin(system: System, name: str) -> int:
    """Starts one more; returns the port of its metrics."""
    port = free_port()
    begin_measured(system, f"projector-{name}", port)
    return port


async def lag_of(one: Scraped) -> float:
    """What it says; once it says anything."""
    found: list[float] = []

    async def says() -> bool:
        try:
            found[:] = [lag for lag in [await one.value(LAG)] if lag is not None]
        except httpx.TransportError:
            return False
        return bool(found)

    await eventually(says)
    return found[0]
