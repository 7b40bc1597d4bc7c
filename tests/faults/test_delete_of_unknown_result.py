"""The events are in the topic, and nobody knows whether the outbox still has them: each is seen once all the same."""

import asyncio
import random
from typing import Any

import pytest

from always_true import topic_equals_log
from command_api.relay import outbox
from faults.relay_here import relay_here
from system import System
from traffic import new_seed, traffic, write

LOST_CONNECTION = ConnectionResetError("the answer never came")


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "not deleted"])
@pytest.mark.parametrize("error", [LOST_CONNECTION, TimeoutError()], ids=["connection lost", "no answer"])
async def test_a_delete_whose_answer_is_lost_doubles_and_loses_nothing(
    system: System, monkeypatch: pytest.MonkeyPatch, deleted: bool, error: Exception
) -> None:
    read, calls = outbox.read, 0

    async def lost_now_and_then(connection: Any, fence: Any, most: int, but: Any = (), published: Any = ()) -> Any:
        nonlocal calls
        calls += bool(published)
        if published and calls in (3, 9, 10):
            if deleted:
                await read(connection, fence, most, but, published)
            raise error
        return await read(connection, fence, most, but, published)

    monkeypatch.setattr(outbox, "read", lost_now_and_then)
    system.start("command-api")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, patients=5, clinics=1) as day, relay_here(system):
        await write(day, events=300)
        await system.outbox_empty()
        while calls <= 10:
            await write(day, events=10 + sum(len(traffic.events) for traffic in day))
            await system.outbox_empty()

    await topic_equals_log(system)


async def test_a_relay_that_loses_its_connection_at_any_moment_sends_each_event_once(system: System) -> None:
    seed = new_seed()
    rng = random.Random(seed)
    system.settings["HEALZ_RELAY_RETRY_BACKOFF_MS"] = "20"
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    cut = 0
    async with traffic(system, seed=seed, tenants=3, clinics=1) as day:
        writing = asyncio.create_task(write(day, events=2500))
        try:
            while not writing.done():
                await asyncio.sleep(rng.uniform(0.05, 0.6))  # at any moment
                cut += await system.database.admin.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE application_name = 'relay' AND datname = current_database()"
                )
        finally:
            await writing

    await system.outbox_empty()
    assert cut >= 5
    assert relay.poll() is None, system.logs()
    await topic_equals_log(system)
