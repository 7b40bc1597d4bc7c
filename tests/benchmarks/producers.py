"""The baseline of the relay: the best transactional producers, with nothing to read and nothing to delete."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import Producer
from uuid_utils.compat import uuid7

TRANSACTION_RECORDS = 2000
Record = tuple[bytes, bytes]
"""(key, value)"""

_partition_of = DefaultPartitioner()


async def with_aiokafka(bootstrap_servers: str, topic: str, records: Sequence[Record]) -> float:
    """Records per second, in batches that are made by hand (``create_batch``)."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        transactional_id=f"bare-{uuid7()}",
        compression_type="lz4",
        max_batch_size=512 * 1024,
    )
    await producer.start()
    partitions = sorted(await producer.partitions_for(topic))
    started = time.perf_counter()
    for begin in range(0, len(records), TRANSACTION_RECORDS):
        await producer.begin_transaction()
        deliveries = []
        batches: dict[int, Any] = {}
        for key, value in records[begin : begin + TRANSACTION_RECORDS]:
            partition = _partition_of(key, partitions, partitions)
            batch = batches.get(partition) or producer.create_batch()
            if batch.append(key=key, value=value, timestamp=None) is None:
                deliveries.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
            batches[partition] = batch
        for partition, batch in batches.items():
            deliveries.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*deliveries)
        await producer.commit_transaction()
    taken = time.perf_counter() - started
    await producer.stop()
    return len(records) / taken


async def with_confluent(bootstrap_servers: str, topic: str, records: Sequence[Record]) -> float:
    """Records per second of librdkafka, which sends in threads of its own."""

    def produce() -> float:
        producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                "transactional.id": f"bare-{uuid7()}",
                "compression.type": "lz4",
                "linger.ms": 0,
                "queue.buffering.max.messages": 2 * TRANSACTION_RECORDS,
            }
        )
        producer.init_transactions(30)
        started = time.perf_counter()
        for begin in range(0, len(records), TRANSACTION_RECORDS):
            producer.begin_transaction()
            for key, value in records[begin : begin + TRANSACTION_RECORDS]:
                producer.produce(topic, value, key)
            producer.commit_transaction(30)
        return len(records) / (time.perf_counter() - started)

    return await asyncio.to_thread(produce)


PRODUCERS = {"aiokafka, create_batch": with_aiokafka, "confluent-kafka": with_confluent}
