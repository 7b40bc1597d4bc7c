"""The baseline of command → row: a bare aiokafka producer and consumer, and one INSERT for what a fetch brought."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from uuid_utils.compat import uuid7

from benchmarks.sizes import SIZES
from healz.kafka import ensure_topic

TABLE = "CREATE TABLE IF NOT EXISTS public.piped (n bigint PRIMARY KEY, body text)"
INSERT = "INSERT INTO public.piped SELECT * FROM unnest($1::bigint[], $2::text[])"
BODY = "x" * 900
"""About as long as an event's record."""


@dataclass
class Pipeline:
    """Open; ``milliseconds`` is the way of one record after the other at a steady rate."""

    producer: AIOKafkaProducer
    topic: str
    due: dict[int, float] = field(default_factory=dict)
    taken_ms: list[float] = field(default_factory=list)
    sent: int = 0

    async def milliseconds(self, rate: int, keys: int) -> list[float]:
        """From when each record was due to its committed row; ``keys``: tenants, in turn."""
        self.taken_ms = []
        started = time.perf_counter()
        count = int(rate * SIZES.seconds)
        for number in range(count):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))  # until it is due
            self.sent += 1
            self.due[self.sent] = due
            body = f"{self.sent} {BODY}".encode()
            await self.producer.send(self.topic, body, key=str(number % keys).encode())
        async with asyncio.timeout(30):
            while len(self.taken_ms) < count:
                await asyncio.sleep(0.01)  # the pace of looking
        return self.taken_ms

    async def consume(self, consumer: AIOKafkaConsumer, connection: asyncpg.Connection) -> None:
        """For ever."""
        while True:
            fetched = await consumer.getmany(timeout_ms=1000)
            bodies = [record.value.decode() for records in fetched.values() for record in records]
            if not bodies:
                continue
            numbers = [int(body.partition(" ")[0]) for body in bodies]
            await connection.execute(INSERT, numbers, bodies)
            now = time.perf_counter()
            self.taken_ms += [(now - self.due.pop(number)) * 1000 for number in numbers]


@asynccontextmanager
async def pipeline(bootstrap_servers: str, database_url: str) -> AsyncIterator[Pipeline]:
    """On a topic and a table of its own; ``database_url`` is an administrator's."""
    topic = f"piped.{uuid7().hex}"
    await ensure_topic(bootstrap_servers, topic)
    connection = await asyncpg.connect(database_url)
    await connection.execute(TABLE)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    piped = Pipeline(producer, topic)
    consuming = asyncio.create_task(piped.consume(consumer, connection))
    try:
        yield piped
    finally:
        consuming.cancel()
        with suppress(asyncio.CancelledError):
            await consuming
        await consumer.stop()
        await producer.stop()
        await connection.close()
