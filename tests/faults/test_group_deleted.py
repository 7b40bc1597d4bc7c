"""A projector's consumer group is deleted: it reads the topic once more, and what it has had changes nothing."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import DeleteGroupsRequest

from always_true import nothing_lost_or_doubled
from healz.kafka import PARTITIONS
from system import System, eventually
from traffic import answered, going_on, new_seed, traffic, write


async def delete_group(system: System, group: str) -> None:
    """As an administrator does. Raises NonEmptyGroupError where somebody is in it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    try:
        coordinator = await admin.find_coordinator(group)
        # aiokafka has no call for it.
        answer = await admin._send_request_to_node(coordinator, DeleteGroupsRequest([group]))
        [(_, code)] = answer.results
        if code:
            raise for_code(code)(group)
    finally:
        await admin.close()


async def has_offsets(system: System, group: str) -> None:
    """Once it has committed some."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    try:

        async def committed() -> bool:
            return bool(await admin.list_consumer_group_offsets(group))

        await eventually(committed)
    finally:
        await admin.close()


async def test_a_deleted_group_amid_live_traffic_loses_and_doubles_nothing(system: System) -> None:
    system.settings["HEALZ_RECONCILE_INTERVAL_MS"] = "600000"  # only Kafka brings anything
    await system.start_all()
    projector = next(process for process in system.processes if process.name == "projector-journey")
    group = system.environment("projector-journey")["HEALZ_CONSUMER_GROUP"]
    async with traffic(system, seed=new_seed(), tenants=4, patients=6, clinics=1) as day:
        await write(day, events=300)
        async with going_on(day):
            await system.caught_up("journey")
            await has_offsets(system, group)
            assert await system.end(projector) == 0, system.logs()
            await delete_group(system, group)
            await asyncio.sleep(1)  # of traffic that it misses
            projector = system.start("projector-journey")

            async def has_said() -> bool:
                return any("has no offsets" in line["message"] for line in projector.said())

            await eventually(has_said)
            await asyncio.sleep(1)  # of traffic, before the end
        assert not [own.failures for own in day if own.failures]

    await nothing_lost_or_doubled(system, answered(day))
    assert projector.poll() is None, system.logs()
    [begins] = [line for line in projector.said() if "has no offsets" in line["message"]]
    assert begins["partitions"] == list(range(PARTITIONS))

    # Once it has committed again, the next start goes on from there.
    await has_offsets(system, group)
    assert await system.end(projector) == 0
    projector = system.start("projector-journey")

    async def reads_on() -> bool:
        return any(line["message"] == "reads on" and len(line["offsets"]) > 0 for line in projector.said())

    await eventually(reads_on)
