"""Tenants for whom the relay has stopped: the topic holds what the store does not, or the outbox what it can't send."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

log = logging.getLogger(__name__)

HALT = """
INSERT INTO ops.halted_tenants (tenant_id, component, position, reason)
SELECT tenant_id, 'relay', position, reason
  FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS h (tenant_id, position, reason)
    ON CONFLICT (tenant_id, component) DO NOTHING
RETURNING tenant_id, position, reason
"""
HALTED = "SELECT count(*) FROM ops.halted_tenants"
RESUME = "DELETE FROM ops.halted_tenants WHERE tenant_id = $1 RETURNING position, reason"
ACCEPT = """
INSERT INTO event_store.accepted_records AS a (tenant_id, partition, before_offset)
SELECT $1, partition, before_offset FROM unnest($2::integer[], $3::bigint[]) AS t (partition, before_offset)
    ON CONFLICT (tenant_id, partition) DO UPDATE SET before_offset = EXCLUDED.before_offset, accepted_at = now()
"""


@dataclass(frozen=True)
class RelayHalt:
    """For whom, where in the log, and why."""

    tenant_id: UUID
    position: int
    reason: str


async def halt(connection: Any, halts: Sequence[RelayHalt]) -> None:
    """Writes down and logs those that are new; ``outbox.read`` leaves them out from now on."""
    tenants = [halt.tenant_id for halt in halts]
    positions, reasons = [halt.position for halt in halts], [halt.reason for halt in halts]
    for row in await connection.fetch(HALT, tenants, positions, reasons):
        log.critical(
            "stopped for a tenant, until a person decides", extra=dict(row) | {"tenant_id": str(row["tenant_id"])}
        )


async def count(connection: Any) -> int:
    """For how many tenants the relay has stopped."""
    halted: int = await connection.fetchval(HALTED)
    return halted


async def resume(connection: Any, tenant_id: UUID, ends: dict[int, int]) -> RelayHalt | None:
    """Goes on for the tenant: its records before ``ends``, {partition: offset}, stay as they are. None: not halted."""
    async with connection.transaction():
        row = await connection.fetchrow(RESUME, tenant_id)
        if row is None:
            return None
        await connection.execute(ACCEPT, tenant_id, list(ends), list(ends.values()))
        return RelayHalt(tenant_id, row["position"], row["reason"])
