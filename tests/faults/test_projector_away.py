"""A projector that was away comes back and is exact; nobody waited for it."""

import asyncio
import signal

import pytest

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from healz.read_models import READ_MODELS
from system import System, eventually
from traffic import new_seed, traffic, write

WRITTEN_MEANWHILE = 1000


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
async def test_a_projector_that_was_stopped_catches_up_exactly(system: System, how: signal.Signals) -> None:
    system.start("command-api")
    system.start("relay")
    projectors = {name: system.start(f"projector-{name}") for name in READ_MODELS}
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=3) as day:
        await write(day, events=300)
        for name in ("patient", "journey"):
            code = await system.end(projectors[name], how)
            assert code == (0 if how is signal.SIGTERM else -how)
        await write(day, events=400 + WRITTEN_MEANWHILE)
        assert not any(traffic.failures for traffic in day)
    await system.caught_up("appointment")
    heads = await system.database.heads()
    assert sum(heads.values()) - sum((await system.database.checkpoints("patient")).values()) >= WRITTEN_MEANWHILE

    for name in ("patient", "journey"):
        system.start(f"projector-{name}")
    await system.caught_up()
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def applied(system: System) -> int:
    return sum((await system.database.checkpoints("journey")).values())


async def test_a_projector_killed_again_and_again_while_events_come_is_exact(system: System) -> None:
    system.settings |= {
        "HEALZ_BATCH_RECORDS_MAX": "20",  # more moments to die in
        "HEALZ_RECONCILE_INTERVAL_MS": "600000",  # only Kafka brings anything, and brings some of it again
        "HEALZ_GROUP_INSTANCE_ID": "always-the-same",  # so that none waits for the session of the dead one
    }
    system.start("command-api")
    system.start("relay")
    projector = system.start("projector-journey")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=3) as day:
        writing = asyncio.create_task(write(day, events=2500))
        try:
            for _ in range(4):
                begun_at = await applied(system)

                async def is_amid(begun_at: int = begun_at) -> bool:
                    return await applied(system) >= begun_at + 100

                await eventually(is_amid)
                assert projector.poll() is None, system.logs()
                await system.end(projector, signal.SIGKILL)
                projector = system.start("projector-journey")
        finally:
            await writing

    await system.caught_up("journey")
    await read_models_equal_fold(system.database, "journey")
    await read_models_agree_with_counts(system.database, "journey")
