"""A consumer group's offsets, set back to where the topic begins: a hint alone, for the checkpoints decide."""

from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError


class NotReset(Exception):
    """There is no such topic; or instances of the projector run, which would write their own offsets over it."""


async def reset(brokers: dict[str, Any], topic: str, group: str) -> dict[int, int]:
    """{partition: the offset that was}; ``brokers`` is what aiokafka's clients are told of where they are.

    Raises NotReset, and Kafka's own errors where it is away.
    """
    partitions = await _partitions(brokers, topic)
    consumer = AIOKafkaConsumer(**brokers, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(partitions)
        before = {one.partition: await consumer.committed(one) or 0 for one in partitions}
        try:
            await consumer.commit(await consumer.beginning_offsets(partitions))
        except KafkaError as error:
            raise NotReset(f"the group {group} is in use: stop its projectors first") from error
    finally:
        await consumer.stop()
    return before


async def _partitions(brokers: dict[str, Any], topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**brokers)
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if not described["partitions"]:
        raise NotReset(f"there is no topic {topic}")
    return [TopicPartition(topic, one["partition"]) for one in described["partitions"]]
