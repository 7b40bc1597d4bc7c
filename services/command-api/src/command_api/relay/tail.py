"""What the topic already has: looked at before the first send of a new producer."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel, ValidationError

from command_api.relay import outbox
from command_api.settings import RelaySettings

log = logging.getLogger(__name__)

FETCH_WAIT_MS = 100


class _Ids(BaseModel):
    event_id: UUID
    tenant_id: UUID
    position: int


class _Record(BaseModel):
    data: _Ids


async def drop_published(connection: Any, partitions: Collection[int], settings: RelaySettings) -> int:
    """Deletes the outbox rows whose events the topic has; returns how many.

    Call it only once the producer has fenced its predecessors: nothing of theirs can come after this look.
    Raises TimeoutError when another open transaction holds a partition for too long, and outbox.StoreRestored.
    """
    oldest = await outbox.oldest(connection)
    if oldest is None:
        return 0
    since = oldest - timedelta(seconds=settings.healz_relay_tail_margin_seconds)
    async with asyncio.timeout(settings.healz_relay_tail_timeout_seconds):
        seen = await read_tail(settings, [TopicPartition(settings.healz_topic, one) for one in partitions], since)
    ids = await outbox.published(connection, seen)
    if ids:
        await outbox.delete(connection, ids)
    log.info("looked at the topic's tail", extra={"records": len(seen), "rows_dropped": len(ids)})
    return len(ids)


async def read_tail(
    settings: RelaySettings, partitions: list[TopicPartition], since: datetime
) -> dict[tuple[UUID, int], UUID]:
    """{(tenant_id, position): event_id} of all committed records from ``since`` to where the topic ends now."""
    looking = _consumer(settings, "read_uncommitted")
    reading = _consumer(settings, "read_committed")
    seen: dict[tuple[UUID, int], UUID] = {}
    try:
        await looking.start()
        await reading.start()
        # The high watermark, not the last stable offset: an open transaction holds that one back.
        ends = await looking.end_offsets(partitions)
        begins = await looking.offsets_for_times({one: int(since.timestamp() * 1000) for one in partitions})
        unread = {one for one in partitions if begins[one] is not None and begins[one].offset < ends[one]}
        reading.assign(list(unread))
        for one in unread:
            reading.seek(one, begins[one].offset)
        while unread:
            batches = await reading.getmany(*unread, timeout_ms=FETCH_WAIT_MS)
            for batch in batches.values():
                for record in batch:
                    try:
                        ids = _Record.model_validate_json(record.value or b"").data
                    except ValidationError:
                        log.warning("a record of the topic is no event", extra={"offset": record.offset})
                    else:
                        seen[ids.tenant_id, ids.position] = ids.event_id
            for one in list(unread):
                if await reading.position(one) >= ends[one]:
                    unread.remove(one)
    finally:
        await looking.stop()
        await reading.stop()
    return seen


def _consumer(settings: RelaySettings, isolation: Literal["read_committed", "read_uncommitted"]) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        isolation_level=isolation,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
