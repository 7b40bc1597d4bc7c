"""The topic loses what it held: read models are exact all the same, also of a tenant that says no more."""

import pytest

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from faults.topic_lost import empty
from system import System
from traffic import new_seed, traffic, write


@pytest.mark.parametrize("how", ["records deleted", "topic made anew"])
async def test_a_projector_that_was_away_while_the_topic_was_emptied_is_exact(system: System, how: str) -> None:
    system.start("command-api")
    system.start("relay")
    patient, appointment = (system.start(f"projector-{name}") for name in ("patient", "appointment"))
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=3, clinics=1) as day:
        await write(day, events=300)
        await system.caught_up("patient", "appointment")
        await system.end(patient)
        await write(day, events=600)
        await system.outbox_empty()
        await empty(system, how)
        # The first tenant says nothing more: its events are in no topic, and no later one shows the hole.
        await write(day[1:], events=500)

    system.start("projector-patient")
    system.start("projector-journey")  # has never run
    await system.caught_up()
    await system.outbox_empty()
    assert appointment.poll() is None, system.logs()
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)
    if how == "records deleted":
        assert sum((await system.database.heads()).values()) > len(await system.records()) > 0
