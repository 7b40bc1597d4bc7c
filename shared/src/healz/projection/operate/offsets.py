"""A consumer group's offsets, set back to where the topic begins: a hint alone, for the checkpoints decide."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError


class NotReset(Exception):
    """There is no such topic; or instances of the projector run, which would write their own offsets over it."""


async def reset(bootstrap_servers: str, topic: str, group: str) -> dict[int, int]:
    """{partition: the offset that was}. Raises NotReset, and Kafka's own errors where it is away."""
    partitions = await _partitions(bootstrap_servers, topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id=group, enable_auto_commit=False)
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


async def _partitions(bootstrap_servers: str, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        [described] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if not described["partitions"]:
        raise NotReset(f"there is no topic {topic}")
    return [TopicPartition(topic, one["partition"]) for one in described["partitions"]]
