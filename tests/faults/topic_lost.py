"""What can happen to the topic."""

import asyncio
from functools import partial

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.new_partitions import NewPartitions
from aiokafka.admin.records_to_delete import RecordsToDelete

from healz.kafka import PARTITIONS, ensure_topic
from system import System, eventually


async def empty(system: System, how: str) -> None:
    """``how``: "records deleted", "topic made anew", or "topic deleted"."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    try:
        if how == "records deleted":
            partitions = [TopicPartition(system.topic, n) for n in range(PARTITIONS)]
            await admin.delete_records({partition: RecordsToDelete(before_offset=-1) for partition in partitions})
        else:
            await admin.delete_topics([system.topic])

            async def gone() -> bool:
                return system.topic not in await admin.list_topics()

            await eventually(gone)
            await asyncio.sleep(1)  # the broker still deletes what it no longer lists
            if how == "topic made anew":
                await eventually(partial(made, system, admin))
    finally:
        await admin.close()


async def made(system: System, admin: AIOKafkaAdminClient) -> bool:
    """Whether the topic is there again, and somebody leads each of its partitions."""
    await ensure_topic(system.servers.bootstrap_servers, system.topic)
    [topic] = await admin.describe_topics([system.topic])
    leaders = [partition["leader"] for partition in topic["partitions"]]
    return len(leaders) == PARTITIONS and min(leaders) >= 0


async def raise_partitions(system: System, partitions: int) -> None:
    """Keys go to other partitions from now on."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    try:
        await admin.create_partitions({system.topic: NewPartitions(total_count=partitions)})
    finally:
        await admin.close()
