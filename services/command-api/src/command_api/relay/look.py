"""The look before a new producer's first send: topic and store are compared, tenant by tenant."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from aiokafka import TopicPartition

from command_api.relay import halted, outbox
from command_api.relay.halted import RelayHalt
from command_api.relay.settings import RelaySettings
from command_api.relay.strangers import strangers
from command_api.relay.tail import Seen, read_tail

log = logging.getLogger(__name__)


async def look(connection: Any, fence: int | None, partitions: Collection[int], settings: RelaySettings) -> None:
    """Deletes outbox rows whose events the topic has, while this ``fence`` leads; halts tenants of whom it has what the
    store does not.

    Call it only once the producer has fenced its predecessors: nothing of theirs can come after this look.
    Raises TimeoutError when another open transaction holds a partition for too long while rows wait.
    """
    oldest = await outbox.oldest(connection)
    since = oldest and oldest - timedelta(seconds=settings.healz_relay_tail_margin_seconds)
    async with asyncio.timeout(settings.healz_relay_tail_timeout_seconds):
        seen = await read_tail(
            settings, [TopicPartition(settings.healz_topic, partition) for partition in partitions], since
        )
    ids = await outbox.published(connection, [(record.tenant_id, record.position, record.event_id) for record in seen])
    if ids:
        await outbox.delete(connection, fence, ids)
    await halted.halt(connection, await unknown_to_the_store(connection, seen))
    about = {"records": len(seen), "rows_dropped": len(ids), "tenants_halted": await halted.count(connection)}
    log.info("looked at the topic's tail", extra=about)


async def unknown_to_the_store(connection: Any, seen: Sequence[Seen]) -> list[RelayHalt]:
    """One for each tenant with such a record that nobody has accepted, the lowest in its log."""
    found: dict[Any, RelayHalt] = {}
    for stranger in await strangers(connection, seen):
        halt = RelayHalt(stranger.record.tenant_id, stranger.record.position, stranger.reason)
        lower = halt.tenant_id not in found or halt.position < found[halt.tenant_id].position
        if lower and not stranger.accepted:
            found[halt.tenant_id] = halt
    return list(found.values())
