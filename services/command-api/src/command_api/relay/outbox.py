"""The outbox in PostgreSQL: what is to be published, and what has been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from command_api.relay.publish import Commit

# Aggregated and limited within the LATERAL, the events of a row are found by the index, row by row; joined in any other
# way, the planner may read them all. Only the leader finds a row: who was replaced can't know what becomes of its own.
READ = """
SELECT o.id, o.tenant_id, o.created_at, o.first_position, o.last_position - o.first_position + 1 AS expected, e.records
  FROM (SELECT id, tenant_id, first_position, last_position, created_at,
               sum(last_position - first_position + 1) OVER (ORDER BY id) AS events_until
          FROM (SELECT * FROM event_store.outbox
                 WHERE EXISTS (SELECT FROM event_store.relay_lease AS l WHERE l.fence = $3)
                   AND id <> ALL ($2::bigint[])
                   AND tenant_id <> ALL (ARRAY(SELECT h.tenant_id FROM ops.halted_tenants AS h))
                 ORDER BY id LIMIT $1) AS oldest) AS o
 CROSS JOIN LATERAL (
       SELECT COALESCE(array_agg(convert_to(event_store.cloud_event(n.event), 'UTF8') ORDER BY n.position), '{}')
           AS records
         FROM (SELECT e AS event, e.position
                 FROM event_store.events AS e
                WHERE e.tenant_id = o.tenant_id
                  AND e.position BETWEEN o.first_position AND o.last_position
                  AND e.created_at = o.created_at
                ORDER BY e.position LIMIT o.last_position - o.first_position + 1) AS n) AS e
 WHERE o.events_until <= $1 OR o.events_until = o.last_position - o.first_position + 1
 ORDER BY o.id
"""
DELETE = """
DELETE FROM event_store.outbox
 WHERE id = ANY ({ids}::bigint[]) AND EXISTS (SELECT FROM event_store.relay_lease AS l WHERE l.fence = {fence})
"""
DELETE_AND_READ = f"WITH published AS ({DELETE.format(ids='$4', fence='$3')})" + READ
OLDEST = """
SELECT min(created_at) FROM event_store.outbox
 WHERE tenant_id <> ALL (ARRAY(SELECT h.tenant_id FROM ops.halted_tenants AS h))
"""
# Rows of the outbox with an event that the topic has: a commit is published as a whole.
PUBLISHED = """
SELECT DISTINCT o.id
  FROM event_store.outbox AS o
 CROSS JOIN LATERAL generate_series(o.first_position, o.last_position) AS p (position)
  JOIN unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS t (tenant_id, position, event_id)
    ON t.tenant_id = o.tenant_id AND t.position = p.position
  JOIN event_store.events AS e
    ON e.tenant_id = o.tenant_id AND e.position = p.position AND e.created_at = o.created_at AND e.event_id = t.event_id
"""


class IncompleteRow(Exception):
    """An outbox row's events are not all in the store."""

    def __init__(self, tenant_id: UUID, position: int, reason: str) -> None:
        super().__init__(reason)
        self.tenant_id = tenant_id
        self.position = position
        """The row's first."""


@dataclass(frozen=True)
class OutboxRow(Commit):
    """One that waits."""

    id: int


async def read(
    connection: Any, fence: int | None, events_max: int, but: Sequence[int] = (), published: Sequence[int] = ()
) -> list[OutboxRow]:
    """The oldest rows, together at most ``events_max`` events, or the oldest alone; without the rows ``but``, and
    without tenants for whom the relay has stopped. In the same statement it deletes the rows ``published``.
    No row, and none deleted, once the leadership is no longer the one with this ``fence``.

    (Not "what follows the last id": of two tenants, the one with the smaller id may commit later.)
    Raises IncompleteRow. Any other error leaves it unknown whether ``published`` are gone.
    """
    if published:
        rows = await connection.fetch(DELETE_AND_READ, events_max, [*but, *published], fence, published)
    else:
        rows = await connection.fetch(READ, events_max, but, fence)
    for row in rows:
        if len(row["records"]) != row["expected"]:
            reason = f"outbox row {row['id']}: {row['expected']} events expected, {len(row['records'])} in the store"
            raise IncompleteRow(row["tenant_id"], row["first_position"], reason)
    return [OutboxRow(row["tenant_id"], row["created_at"], row["records"], row["id"]) for row in rows]


async def delete(connection: Any, fence: int | None, ids: Sequence[int]) -> None:
    """Deletes exactly these rows, while this ``fence`` leads. An error leaves it unknown whether they are gone."""
    await connection.execute(DELETE.format(ids="$1", fence="$2"), ids, fence)


async def oldest(connection: Any) -> datetime | None:
    """When the oldest row was written; None for an outbox with nothing to send."""
    at: datetime | None = await connection.fetchval(OLDEST)
    return at


async def published(connection: Any, seen: Sequence[tuple[UUID, int, UUID]]) -> list[int]:
    """Ids of the rows whose events are in ``seen``: (tenant_id, position, event_id) of the topic."""
    tenants, positions, events = zip(*seen, strict=True) if seen else ((), (), ())
    return [row["id"] for row in await connection.fetch(PUBLISHED, tenants, positions, events)]
