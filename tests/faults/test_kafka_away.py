"""Without Kafka the clinics go on: commands, queries, and read models that follow a little later."""

import asyncio
import time

from always_true import log_holds, read_models_equal_fold, topic_equals_log
from counted import read_models_agree_with_counts
from healz.read_models import READ_MODELS
from system import System
from traffic import new_seed, traffic, write

AWAY_SECONDS = 60


async def test_a_minute_without_kafka_stops_no_command_and_no_read_model(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    projectors = {schema: system.start(f"projector-{schema}") for schema in READ_MODELS}
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=3, clinics=1) as day, system.client() as client:
        await write(day, events=300)
        await system.caught_up()
        await system.outbox_empty()
        sent = await system.database.events()
        began_at = time.monotonic()
        async with system.servers.without_kafka():
            for schema in READ_MODELS[:2]:
                await system.end(projectors[schema])
                projectors[schema] = system.start(f"projector-{schema}")
            events = 300
            while time.monotonic() < began_at + AWAY_SECONDS:
                events += 60
                await write(day, events=events)
                health = await client.get("/health/ready")
                assert (health.status_code, health.json()["kafka"]) == (200, "down")
                # By reconcile alone, and within seconds.
                await system.caught_up(seconds=30)
            waiting = await system.database.admin.fetchval(
                "SELECT sum(last_position - first_position + 1) FROM event_store.outbox"
            )
            assert waiting == await system.database.events() - sent > 0
            assert not any(traffic.failures for traffic in day), [traffic.failures[:3] for traffic in day]
        await system.outbox_empty()
        await write(day, events=events + 100)
        await system.readiness(kafka="up")

    await system.outbox_empty()
    await system.caught_up()
    assert relay.poll() is None, system.logs()
    assert [projector.poll() for projector in projectors.values()] == [None] * 3, system.logs()
    await log_holds(system.database)
    await topic_equals_log(system)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_events_come_by_kafka_again_soon_after_it_is_back(system: System) -> None:
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"  # so that only Kafka brings anything
    system.start("command-api")
    system.start("relay")
    system.start("projector-patient")
    await system.ready()
    async with traffic(system, seed=new_seed(), clinics=1) as day:
        await write(day, events=100)
        await system.caught_up("patient")
        async with system.servers.without_kafka():
            await write(day, events=200)
            await asyncio.sleep(3)  # so long it is away
        await write(day, events=300)

    await system.caught_up("patient")
    await read_models_equal_fold(system.database, "patient")
    await topic_equals_log(system)


async def test_a_projector_started_without_kafka_follows_by_reconcile(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, clinics=1) as day:
        async with system.servers.without_kafka():
            system.start("projector-appointment")
            await write(day, events=200)
            await system.caught_up("appointment")
            await read_models_equal_fold(system.database, "appointment")
        system.start("relay")
        await write(day, events=300)

    await system.caught_up("appointment")
    await system.outbox_empty()
    await read_models_equal_fold(system.database, "appointment")
    await topic_equals_log(system)
