"""Reads the end of the topic."""

import logging
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel, Field, ValidationError

from command_api.relay.settings import RelaySettings

log = logging.getLogger(__name__)

FETCH_WAIT_MS = 100


class _Ids(BaseModel):
    event_id: UUID
    tenant_id: UUID
    position: Annotated[int, Field(ge=1, le=2**63 - 1)]


class _Record(BaseModel):
    """An event of ours, by its envelope."""

    source: Literal["/healz"]
    data: _Ids


class Seen(BaseModel):
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
    looking = _consumer(settings, "read_uncommitted" if since else "read_committed")
    reading = _consumer(settings, "read_committed")
    seen: list[Seen] = []
    try:
        await looking.start()
        await reading.start()
        # The high watermark, or the last stable offset, which an open transaction holds back.
        ends = await looking.end_offsets(partitions)
        begins = await _begins(looking, ends, settings.healz_relay_tail_records_max, since)
        unread = {partition for partition in partitions if begins[partition] < ends[partition]}
        reading.assign(list(unread))
        for partition in unread:
            reading.seek(partition, begins[partition])
        while unread:
            batches = await reading.getmany(*unread, timeout_ms=FETCH_WAIT_MS)
            for partition, batch in batches.items():
                for record in batch:
                    try:
                        ids = _Record.model_validate_json(record.value or b"").data
                    except ValidationError:
                        log.warning("a record of the topic is no event", extra={"offset": record.offset})
                    else:
                        seen.append(Seen(**dict(ids), partition=partition.partition, offset=record.offset))
            for partition in list(unread):
                if await reading.position(partition) >= ends[partition]:
                    unread.remove(partition)
    finally:
        await looking.stop()
        await reading.stop()
    return seen


async def end_offsets(settings: RelaySettings) -> dict[int, int]:
    """{partition: the offset that the next record gets}."""
    consumer = _consumer(settings, "read_uncommitted", settings.healz_topic)
    try:
        await consumer.start()
        # Without a group, all partitions are assigned at the start.
        partitions = list(consumer.assignment())
        return {partition.partition: offset for partition, offset in (await consumer.end_offsets(partitions)).items()}
    finally:
        await consumer.stop()


async def _begins(
    looking: AIOKafkaConsumer, ends: dict[TopicPartition, int], records_max: int, since: datetime | None
) -> dict[TopicPartition, int]:
    first = await looking.beginning_offsets(list(ends))
    begins = {partition: max(first[partition], end - records_max) for partition, end in ends.items()}
    if since is not None:
        found = await looking.offsets_for_times({partition: int(since.timestamp() * 1000) for partition in ends})
        begins |= {partition: min(begins[partition], at.offset) for partition, at in found.items() if at is not None}
    return begins


def _consumer(
    settings: RelaySettings, isolation: Literal["read_committed", "read_uncommitted"], *topics: str
) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        *topics,
        bootstrap_servers=settings.kafka_bootstrap_servers,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
