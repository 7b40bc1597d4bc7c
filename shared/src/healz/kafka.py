"""Kafka: how clients reach it, the topic's shape, and whether a broker answers at all."""

import asyncio
import logging
import ssl
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from healz.settings import KafkaAccess, KafkaSettings

log = logging.getLogger(__name__)

TOPIC = "healz.events"
PARTITIONS = 6
TOPIC_CONFIG = {
    # The record's time is the event's created_at; however old or new it is, it must be neither refused nor deleted.
    "message.timestamp.type": "CreateTime",
    "message.timestamp.after.max.ms": str(2**63 - 1),
    "retention.ms": "-1",
}


def access(settings: KafkaAccess) -> dict[str, Any]:
    """How brokers are reached, as each of aiokafka's clients is told. Raises OSError and ssl.SSLError for a bad CA."""
    told: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_security_protocol != "PLAINTEXT" and settings.kafka_sasl_password is not None:
        told["sasl_mechanism"] = settings.kafka_sasl_mechanism
        told["sasl_plain_username"] = settings.kafka_sasl_username
        told["sasl_plain_password"] = settings.kafka_sasl_password.get_secret_value()
    if settings.kafka_security_protocol == "SASL_SSL":
        # Read anew for each client: a renewed authority counts from the next one on.
        told["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ssl_ca_file)
    return told


def brokers(settings: KafkaSettings) -> dict[str, Any]:
    """The same, and where they are."""
    return {"bootstrap_servers": settings.kafka_bootstrap_servers} | access(settings)


async def answers(bootstrap_servers: str, timeout_seconds: float = 1.0, **access: Any) -> bool:
    """Whether metadata that names a broker comes within ``timeout_seconds``; a fenced broker's names none."""
    timeout_ms = round(timeout_seconds * 1000)
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=timeout_ms, **access)
    try:
        async with asyncio.timeout(timeout_seconds):
            await client.bootstrap()
        return len(client.cluster.brokers()) > 0
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


async def ensure_topic(bootstrap_servers: str, topic: str = TOPIC, partitions: int = PARTITIONS, **access: Any) -> None:
    """Creates the topic where it is missing. Raises KafkaError when the broker refuses."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **access)
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
