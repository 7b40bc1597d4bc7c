"""Reads a tenant's log once more, to be published again."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from command_api.relay.missing import Missing
from command_api.relay.publish import Commit

# Aggregated by created_at, which the events of one commit share and which never goes back in a tenant's log.
READ = """
SELECT m.tenant_id, n.created_at, min(n.position) AS first, max(n.position) AS last,
       array_agg(convert_to(event_store.cloud_event(n.event), 'UTF8') ORDER BY n.position) AS records
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS m (tenant_id, first, last)
 CROSS JOIN LATERAL (SELECT e AS event, e.position, e.created_at
                       FROM event_store.events AS e
                      WHERE e.tenant_id = m.tenant_id AND e.position BETWEEN m.first AND m.last
                      ORDER BY e.position LIMIT m.last - m.first + 1) AS n
 GROUP BY m.tenant_id, n.created_at
 ORDER BY m.tenant_id, first
"""


class StoreHasGap(Exception):
    """The store lacks a position of a tenant, or has it out of order."""

    def __init__(self, tenant_id: UUID, position: int) -> None:
        super().__init__(f"tenant {tenant_id}: the store has no event at position {position}, or has it out of order")


def portions(missing: Sequence[Missing], events_max: int) -> Iterator[list[Missing]]:
    """What is read and published at a time: together at most ``events_max`` events, each tenant's in order."""
    portion: list[Missing] = []
    room = events_max
    for tenant in missing:
        first = tenant.first
        while first <= tenant.last:
            last = min(tenant.last, first + room - 1)
            portion.append(Missing(tenant.tenant_id, first, last))
            room -= last - first + 1
            first = last + 1
            if room == 0:
                yield portion
                portion, room = [], events_max
    if portion:
        yield portion


async def read(connection: Any, portion: Sequence[Missing]) -> list[Commit]:
    """Its events, as the commits that they came in. Raises StoreHasGap."""
    tenants, firsts, lasts = zip(*((part.tenant_id, part.first, part.last) for part in portion), strict=True)
    rows = await connection.fetch(READ, tenants, firsts, lasts)
    follows = dict(zip(tenants, firsts, strict=True))
    for row in rows:
        position = row["first"]
        if position != follows[row["tenant_id"]] or len(row["records"]) != row["last"] - position + 1:
            raise StoreHasGap(row["tenant_id"], follows[row["tenant_id"]])
        follows[row["tenant_id"]] = row["last"] + 1
    for part in portion:
        if follows[part.tenant_id] <= part.last:
            raise StoreHasGap(part.tenant_id, follows[part.tenant_id])
    return [Commit(row["tenant_id"], row["created_at"], row["records"]) for row in rows]
