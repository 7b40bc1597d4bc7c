"""The topic: its shape, and whether a broker answers at all."""

import asyncio
import logging

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

log = logging.getLogger(__name__)

TOPIC = "healz.events"
PARTITIONS = 6
TOPIC_CONFIG = {
    # The record's time is the event's created_at; however old or new it is, it must be neither refused nor deleted.
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),
    "retention.ms": "-1",
}


async def answers(bootstrap_servers: str, timeout_seconds: float = 1.0) -> bool:
    """Whether metadata that names a broker comes within ``timeout_seconds``; a fenced broker's names none."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=round(timeout_seconds * 1000))
    try:
        async with asyncio.timeout(timeout_seconds):
            await client.bootstrap()
        return len(client.cluster.brokers()) > 0
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


async def ensure_topic(bootstrap_servers: str, topic: str = TOPIC, partitions: int = PARTITIONS) -> None:
    """Creates the topic where it is missing. Raises KafkaError when the broker refuses."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        wanted = NewTopic(
            topic, num_partitions=partitions, replication_factor=-1, replica_assignments={}, topic_configs=TOPIC_CONFIG
        )
        answer = await admin.create_topics([wanted])
        for _, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(topic)
    finally:
        await admin.close()
