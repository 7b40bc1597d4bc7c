"""How each tenant's read model stands: how far behind, halted or parked, and by which version it was folded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

TENANTS_PER_LOOK = 500

TENANTS = "SELECT tenant_id FROM event_store.tenant_log UNION SELECT tenant_id FROM {schema}.checkpoint ORDER BY 1"
# waits_since: the oldest event that is not applied, one probe of the log's key.
STANDS = """
WITH shown AS MATERIALIZED (
       SELECT set_config('healz.tenant_ids', array_to_string($1::uuid[], ','), true) IS NOT NULL AS yes),
     asked AS MATERIALIZED (
       SELECT a.tenant_id FROM shown, unnest(CASE WHEN shown.yes THEN $1::uuid[] END) AS a (tenant_id))
SELECT a.tenant_id, COALESCE(c.position, 0) AS position, COALESCE(l.position, 0) AS head, e.created_at AS waits_since,
       c.projection_version, h.reason AS halted, p.parked, d.dropped, COALESCE(c.refolds, 0) AS refolds,
       COALESCE(c.holes_filled, 0) AS holes_filled,
       CASE WHEN r.held_until > now() THEN 'running' WHEN r.held_until <= now() THEN 'interrupted' END AS rebuild
  FROM asked AS a
  LEFT JOIN {schema}.checkpoint    AS c ON c.tenant_id = a.tenant_id
  LEFT JOIN event_store.tenant_log AS l ON l.tenant_id = a.tenant_id
  LEFT JOIN ops.halted_tenants     AS h ON h.tenant_id = a.tenant_id AND h.component = 'projector-{schema}'
  LEFT JOIN {schema}.rebuild       AS r ON r.tenant_id = a.tenant_id
  LEFT JOIN LATERAL (
       SELECT e.created_at FROM event_store.events AS e
        WHERE e.tenant_id = a.tenant_id AND e.position = COALESCE(c.position, 0) + 1 LIMIT 1) AS e ON true
  LEFT JOIN LATERAL (
       SELECT count(*) AS parked FROM {schema}.parked_patient AS k WHERE k.tenant_id = a.tenant_id) AS p ON true
  LEFT JOIN LATERAL (
       SELECT count(*) AS dropped FROM {schema}.dropped_event AS k WHERE k.tenant_id = a.tenant_id) AS d ON true
 ORDER BY a.tenant_id
"""
SIZE = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id)
SELECT count(*), COALESCE(sum(p.facts), 0)::bigint
  FROM shown JOIN event_store.patient_log AS p ON p.tenant_id = shown.tenant_id AND p.patient_id > $2
"""


@dataclass(frozen=True)
class TenantStanding:
    """One tenant. ``version`` is the projection's with which all its rows were folded; None: there are none yet.

    ``refolds``: how often rows were written that no new event had changed; ``holes_filled``: events that were read from
    the store, since Kafka had not brought them. ``rebuild``: running, or interrupted and waiting for somebody to go on.
    """

    tenant_id: UUID
    position: int
    head: int
    waits_since: datetime | None
    version: int | None
    halted: str | None
    parked: int
    dropped: int
    refolds: int
    holes_filled: int
    rebuild: str | None

    @property
    def behind(self) -> int:
        """Events in the log that are not applied."""
        return max(0, self.head - self.position)


async def all_tenants(connection: Any, schema: str) -> list[UUID]:
    """Who has a log, or a read model."""
    return [row[0] for row in await connection.fetch(TENANTS.format(schema=schema))]


async def standing(connection: Any, schema: str, tenants: list[UUID]) -> list[TenantStanding]:
    """Of these tenants, in the order of their ids."""
    found: list[TenantStanding] = []
    for n in range(0, len(tenants), TENANTS_PER_LOOK):
        rows = await connection.fetch(STANDS.format(schema=schema), tenants[n : n + TENANTS_PER_LOOK])
        found += [TenantStanding(*row) for row in rows]
    return found


async def size(connection: Any, tenant_id: UUID, after: UUID) -> tuple[int, int]:
    """(patients, events) from that patient on."""
    patients, events = await connection.fetchrow(SIZE, tenant_id, after)
    return patients, events
