"""Commits into the topic, in one Kafka transaction."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from command_api.relay.metrics import PUBLISH_LATENCY
from command_api.relay.settings import RelaySettings
from healz.kafka import brokers
from healz.traces import messaging
from healz.traces.recorder import NOTHING, recorder

log = logging.getLogger(__name__)

CONTENT_TYPE = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
BATCH_BYTES_MAX = 512 * 1024
"""Per partition; an event is at most a small part of it."""

_partition_of = DefaultPartitioner()


@dataclass(frozen=True)
class Commit:
    """What was appended together: its records, in order, all of one tenant."""

    tenant_id: UUID
    created_at: datetime
    records: Sequence[bytes]


async def start_producer(settings: RelaySettings) -> AIOKafkaProducer:
    """A new producer that has fenced every earlier one of its transactional id. Raises KafkaError."""
    producer = AIOKafkaProducer(
        **brokers(settings),
        transactional_id=settings.healz_transactional_id,
        transaction_timeout_ms=settings.healz_relay_transaction_timeout_ms,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        max_batch_size=BATCH_BYTES_MAX,
    )
    try:
        await producer.start()
        # Beginning waits for init_transactions, which the client does in the background; nothing is sent by these two.
        await producer.begin_transaction()
        await producer.abort_transaction()
    except BaseException:  # cancellation too: a producer left running keeps its connections and tasks
        await producer.stop()
        raise
    return producer


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """A producer in trouble may refuse to stop in order; the next one fences it anyway."""
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (KafkaError, TimeoutError, RuntimeError) as error:
        log.warning("the producer did not stop in order", extra={"reason": repr(error)})


async def publish(producer: AIOKafkaProducer, topic: str, commits: Sequence[Commit]) -> None:
    """All records of ``commits``, each tenant's on its partition and in order; returns once the commit has.

    Raises when any batch was refused: the commit alone would have returned normally.
    """
    with _recorded(topic, commits):
        await _publish(producer, topic, commits)


async def _publish(producer: AIOKafkaProducer, topic: str, commits: Sequence[Commit]) -> None:
    partitions = sorted(await producer.partitions_for(topic))
    began = time.monotonic()
    await producer.begin_transaction()
    deliveries: list[asyncio.Future[Any]] = []
    batches: dict[int, Any] = {}
    for commit in commits:
        key = str(commit.tenant_id).encode()
        timestamp_ms = int(commit.created_at.timestamp() * 1000)
        partition = _partition_of(key, partitions, partitions)
        for record in commit.records:
            batch = batches.get(partition) or producer.create_batch()
            if batch.append(key=key, value=record, timestamp=timestamp_ms, headers=CONTENT_TYPE) is None:
                batch.close()
                deliveries.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                if batch.append(key=key, value=record, timestamp=timestamp_ms, headers=CONTENT_TYPE) is None:
                    raise ValueError(f"a record of {len(record)} bytes does not fit into a batch")
            batches[partition] = batch
    for partition, batch in batches.items():
        batch.close()
        deliveries.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*deliveries)
    await producer.commit_transaction()
    PUBLISH_LATENCY.record(time.monotonic() - began)


def _recorded(topic: str, commits: Sequence[Commit]) -> AbstractContextManager[None]:
    """A span of the transaction, linked to the request of each commit."""
    own = recorder()
    if own is None:
        return NOTHING
    records = ((record, commit) for commit in commits for record in commit.records)
    count = sum(len(commit.records) for commit in commits)
    return messaging.batch(
        own, "send", topic, records, lambda commit: messaging.key(own, str(commit.tenant_id)), count=count
    )
