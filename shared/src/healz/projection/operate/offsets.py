"""A consumer group's offsets, set back to where the topic begins: a hint alone, for the checkpoints decide."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError


class GroupInUse(Exception):
    """Instances of the projector run: they would write their own offsets over it."""


async def reset(bootstrap_servers: str, topic: str, group: str) -> dict[int, int]:
    """{partition: the offset that was}. Raises GroupInUse, and Kafka's own errors where it is away."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        consumer.assign(partitions)
        before = {one.partition: await consumer.committed(one) or 0 for one in partitions}
        begin = await consumer.beginning_offsets(partitions)
        try:
            await consumer.commit(begin)
        except KafkaError as error:
            raise GroupInUse(f"the group {group} is in use: stop its projectors first") from error
    finally:
        await consumer.stop()
    return before
