"""Two instances of one projector share its tenants, come and go, and count nothing twice."""

import asyncio
import random
import signal
from typing import Any

import pytest

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from healz.events import Recorded
from healz.postgres import create_pool
from healz.projection.engine import Engine
from healz.projection.settings import ProjectorSettings
from healz.projection.tables import Tables
from projections import PROJECTIONS
from system import WAIT_SECONDS, System
from traffic import new_seed, traffic, write

TENANTS = 12
REPETITIONS = 50
PARTS = 4


async def test_two_engines_that_meet_new_tenants_at_the_same_moment_count_each_event_once(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.start("command-api")
    await system.ready()
    seed = new_seed()
    rng = random.Random(seed)
    async with traffic(system, seed=seed, tenants=TENANTS, patients=2, clinics=1) as day:
        await write(day, events=TENANTS * 12)
    database = system.database
    events = [event for tenant_id in await database.heads() for event in await database.log(tenant_id)]
    events.sort(key=lambda event: event.position)  # all tenants in each part
    settings = system.settings_of(ProjectorSettings, "projector-patient")
    pools = [await create_pool(settings, "two-engines", planned_once=True) for _ in range(2)]
    monkeypatch.setattr(Tables, "write", hesitating(rng))
    try:
        for _ in range(REPETITIONS):
            await database.admin.execute("TRUNCATE patient.checkpoint, patient.patient_view")
            engines = [Engine(pool, PROJECTIONS["patient"], settings.healz_hole_events_max) for pool in pools]
            # Both have all of it, in parts: one's second may meet the other's first.
            async with asyncio.timeout(WAIT_SECONDS):
                await asyncio.gather(*(fold_in_parts(engine, events) for engine in engines))
            await read_models_agree_with_counts(database, "patient")
        await read_models_equal_fold(database, "patient")
    finally:
        for pool in pools:
            await pool.close()


def hesitating(rng: random.Random) -> Any:
    """The write of a batch, a moment after its read."""
    write = Tables.write

    async def later(*asked: Any) -> Any:
        await asyncio.sleep(rng.uniform(0, 0.01))
        return await write(*asked)

    return later


async def fold_in_parts(engine: Engine[Any], events: list[Recorded]) -> None:
    """Each part until nothing of it is left out: what the other one holds comes again."""
    step = len(events) // PARTS + 1
    for begin in range(0, len(events), step):
        while (await engine.fold(events[begin : begin + step])).left_out:
            await asyncio.sleep(0.001)


async def test_a_second_instance_comes_and_goes_while_events_flow(system: System) -> None:
    system.start("command-api")
    system.start("relay")
    first = system.start("projector-patient")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=8, patients=5, clinics=1) as day:
        for n, how in enumerate([signal.SIGTERM, signal.SIGKILL, signal.SIGTERM], start=1):
            second = system.start("projector-patient")
            await write(day, events=450 * n)
            assert second.poll() is None, f"the second instance ended by itself\n{system.logs()}"
            await system.end(second, how)
            assert first.poll() is None, f"the first instance ended by itself\n{system.logs()}"
        await write(day, events=1500)

    await system.caught_up("patient")
    assert first.poll() is None, system.logs()
    await read_models_equal_fold(system.database, "patient")
    await read_models_agree_with_counts(system.database, "patient")
