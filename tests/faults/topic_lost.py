"""What can happen to the topic."""

import asyncio

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
            if how == "topic deleted":
                return
            await asyncio.sleep(1)  # the broker still deletes what it no longer lists
            await ensure_topic(system.servers.bootstrap_servers, system.topic)
    finally:
        await admin.close()


async def raise_partitions(system: System, partitions: int) -> None:
    """Keys go to other partitions from now on."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.servers.bootstrap_servers)
    await admin.start()
    try:
        await admin.create_partitions({system.topic: NewPartitions(total_count=partitions)})
    finally:
        await admin.close()
