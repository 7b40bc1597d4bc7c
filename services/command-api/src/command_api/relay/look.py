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
from command_api.relay.tail import Seen, read_tail

log = logging.getLogger(__name__)

# Of each tenant the first record that the store does not have. LIMIT pins the index: joined otherwise, the planner may
# scan all events. Passed over: what lies before the tenant's first event that is kept, and what a person accepted.
UNKNOWN = """
SELECT DISTINCT ON (t.tenant_id) t.tenant_id, t.position, t.event_id, stored.event_id AS stored_id
  FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::integer[], $5::bigint[])
       AS t (tenant_id, position, event_id, partition, "offset")
  LEFT JOIN LATERAL (SELECT e.event_id FROM event_store.events AS e
                      WHERE e.tenant_id = t.tenant_id AND e.position = t.position LIMIT 1) AS stored ON true
  LEFT JOIN event_store.accepted_records AS a
    ON a.tenant_id = t.tenant_id AND a.partition = t.partition AND t."offset" < a.before_offset
 WHERE stored.event_id IS DISTINCT FROM t.event_id
   AND a.tenant_id IS NULL
   AND (stored.event_id IS NOT NULL
        OR t.position >= COALESCE((SELECT e.position FROM event_store.events AS e
                                    WHERE e.tenant_id = t.tenant_id ORDER BY e.position LIMIT 1), 1))
 ORDER BY t.tenant_id, t.position
"""
AT_ONCE = 2000
"""Records in one statement, which has to end in the time that any has."""


async def look(connection: Any, partitions: Collection[int], settings: RelaySettings) -> None:
    """Deletes outbox rows whose events the topic has; halts tenants of whom it has what the store does not.

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
        await outbox.delete(connection, ids)
    await halted.halt(connection, await unknown_to_the_store(connection, seen))
    about = {"records": len(seen), "rows_dropped": len(ids), "tenants_halted": await halted.count(connection)}
    log.info("looked at the topic's tail", extra=about)


async def unknown_to_the_store(connection: Any, seen: Sequence[Seen]) -> list[RelayHalt]:
    """One for each tenant with such a record, the lowest in its log."""
    found: dict[Any, RelayHalt] = {}
    for begin in range(0, len(seen), AT_ONCE):
        part = seen[begin : begin + AT_ONCE]
        columns = [[getattr(record, name) for record in part] for name in Seen.model_fields]
        for row in await connection.fetch(UNKNOWN, *columns):
            has = "nothing" if row["stored_id"] is None else f"event {row['stored_id']}"
            reason = f"the topic has event {row['event_id']} at position {row['position']}, the store has {has} there"
            halt = RelayHalt(row["tenant_id"], row["position"], reason)
            if halt.tenant_id not in found or halt.position < found[halt.tenant_id].position:
                found[halt.tenant_id] = halt
    return list(found.values())
