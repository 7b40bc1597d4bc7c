"""The broker takes no batch for a while: the outbox keeps every event until it does."""

import asyncio
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from always_true import topic_equals_log
from healz.kafka import TOPIC_CONFIG
from system import System, data_of, eventually
from traffic import new_seed, traffic, write


async def configure(system: System, **settings: str) -> None:
    """The topic's settings: those of its contract, and these."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    try:
        named = TOPIC_CONFIG | {name.replace("_", "."): value for name, value in settings.items()}
        for answer in await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, system.topic, named)]):
            assert all(resource[0] == 0 for resource in answer.resources), answer
    finally:
        await admin.close()


async def in_outbox(system: System) -> set[tuple[UUID, int]]:
    rows = await system.database.admin.fetch(
        "SELECT tenant_id, generate_series(first_position, last_position) FROM event_store.outbox"
    )
    return {(row[0], row[1]) for row in rows}


async def test_events_that_the_broker_refuses_stay_in_the_outbox_until_it_takes_them(system: System) -> None:
    system.start("command-api")
    relay = system.start("relay")
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2, clinics=1) as day:
        await write(day, events=200)
        await system.outbox_empty()
        writing = asyncio.create_task(write(day, events=1200))
        try:
            await configure(system, max_message_bytes="100")

            async def refused() -> bool:
                return system.logs().count("publishing failed") >= 3

            await eventually(refused)
        finally:
            await writing
        stored = await system.database.admin.fetch("SELECT tenant_id, position FROM event_store.events")
        sent = {(UUID(data_of(record)["tenant_id"]), data_of(record)["position"]) for record in await system.records()}
        waiting = await in_outbox(system)
        assert len(waiting) > 500, "the broker refused too little to prove anything"
        assert waiting | sent == {(row[0], row[1]) for row in stored}, "an event is neither sent nor waiting"
        await configure(system)

    await system.outbox_empty()
    assert relay.poll() is None, system.logs()
    await topic_equals_log(system)
