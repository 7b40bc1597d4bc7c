"""Reads the topic: its end, or all of it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from pydantic import BaseModel, Field, ValidationError

from command_api.relay.settings import RelaySettings
from healz.kafka import brokers

log = logging.getLogger(__name__)

FETCH_WAIT_MS = 100
Isolation = Literal["read_committed", "read_uncommitted"]


class TopicMissing(Exception):
    """Nobody has made the topic, or somebody has deleted it."""


class _Ids(BaseModel):
    event_id: UUID
    tenant_id: UUID
    position: Annotated[int, Field(ge=1, le=2**63 - 1)]


class _Record(BaseModel):
    """An event of ours, by its envelope."""

    source: Literal["/healz"]
    data: _Ids


class Seen(BaseModel, frozen=True):
    """An event of the topic, and where it lies there."""

    tenant_id: UUID
    position: int
    event_id: UUID
    partition: int
    offset: int


async def read_tail(settings: RelaySettings, partitions: list[TopicPartition], since: datetime | None) -> list[Seen]:
    """The last committed records of each partition, as many as the setting says, and all from ``since`` on.

    With ``since``, up to where the topic ends now: open transactions are waited for. Without, up to the first open one.
    """
    async with _looking(settings, "read_uncommitted" if since else "read_committed") as looking:
        # The high watermark, or the last stable offset, which an open transaction holds back.
        ends = await looking.end_offsets(partitions)
        begins = await _begins(looking, ends, settings.healz_relay_tail_records_max, since)
    return [record async for records in _between(settings, begins, ends) for record in records]


async def read_all(settings: RelaySettings) -> AsyncGenerator[list[Seen], None]:
    """All committed records up to where the topic ends now, some at a time, each partition's in order.

    Raises TimeoutError where nothing comes any more, because of another's open transaction; TopicMissing.
    """
    partitions = await _partitions(settings)
    async with _looking(settings, "read_uncommitted") as looking:
        ends, begins = await looking.end_offsets(partitions), await looking.beginning_offsets(partitions)
    batches = _between(settings, begins, ends)
    while True:
        try:
            async with asyncio.timeout(settings.healz_relay_tail_timeout_seconds):
                batch = await anext(batches)
        except StopAsyncIteration:
            return
        yield batch


async def extent(settings: RelaySettings) -> dict[int, tuple[int, int]]:
    """{partition: (its first offset, the offset that its next record gets)}. Raises TopicMissing."""
    partitions = await _partitions(settings)
    async with _looking(settings, "read_uncommitted") as looking:
        begins, ends = await looking.beginning_offsets(partitions), await looking.end_offsets(partitions)
    return {partition.partition: (begins[partition], ends[partition]) for partition in partitions}


@asynccontextmanager
async def _looking(settings: RelaySettings, isolation: Isolation) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **brokers(settings),
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def _partitions(settings: RelaySettings) -> list[TopicPartition]:
    # A consumer of a topic that is missing would wait for it.
    client = AIOKafkaClient(**brokers(settings))
    try:
        await client.bootstrap()
        numbers = (await client.fetch_all_metadata()).partitions_for_topic(settings.healz_topic)
    finally:
        await client.close()
    if not numbers:
        raise TopicMissing(f"there is no topic {settings.healz_topic}")
    return [TopicPartition(settings.healz_topic, number) for number in sorted(numbers)]


async def _between(
    settings: RelaySettings, begins: dict[TopicPartition, int], ends: dict[TopicPartition, int]
) -> AsyncIterator[list[Seen]]:
    """The committed events of the topic from ``begins`` to before ``ends``."""
    unread = {partition for partition in ends if begins[partition] < ends[partition]}
    if not unread:
        return
    async with _looking(settings, "read_committed") as reading:
        reading.assign(list(unread))
        for partition in unread:
            reading.seek(partition, begins[partition])
        while unread:
            batches = await reading.getmany(*unread, timeout_ms=FETCH_WAIT_MS)
            for batch in batches.values():
                yield _events(batch)
            for partition in list(unread):
                if await reading.position(partition) >= ends[partition]:
                    unread.remove(partition)


def _events(records: Sequence[ConsumerRecord[bytes, bytes]]) -> list[Seen]:
    seen = []
    for record in records:
        try:
            ids = _Record.model_validate_json(record.value or b"").data
        except ValidationError:
            log.warning("a record of the topic is no event", extra={"offset": record.offset})
        else:
            seen.append(Seen(**dict(ids), partition=record.partition, offset=record.offset))
    return seen


async def _begins(
    looking: AIOKafkaConsumer, ends: dict[TopicPartition, int], records_max: int, since: datetime | None
) -> dict[TopicPartition, int]:
    first = await looking.beginning_offsets(list(ends))
    begins = {partition: max(first[partition], end - records_max) for partition, end in ends.items()}
    if since is not None:
        found = await looking.offsets_for_times({partition: int(since.timestamp() * 1000) for partition in ends})
        begins |= {partition: min(begins[partition], at.offset) for partition, at in found.items() if at is not None}
    return begins
