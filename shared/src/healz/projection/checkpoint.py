"""How far a read model has got in each tenant's log: the only thing that decides what an event still has to do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

# A row that does not exist can't be locked: two instances that meet a new tenant would both start from 0.
INSERT_MISSING = """
INSERT INTO {schema}.checkpoint (tenant_id, position)
SELECT tenant_id, 0 FROM unnest($1::uuid[]) AS t (tenant_id) ORDER BY tenant_id
ON CONFLICT DO NOTHING
"""
# Ids and positions only; with the lock, the tenants' rows become visible, for this transaction.
LOCK = """
SELECT tenant_id, position, set_config('healz.tenant_ids', $2, true)
  FROM {schema}.checkpoint
 WHERE tenant_id = ANY ($1::uuid[])
 ORDER BY tenant_id
   FOR UPDATE SKIP LOCKED
"""
ADVANCE = """
UPDATE {schema}.checkpoint AS c
   SET position = greatest(c.position, n.position)
  FROM unnest($1::uuid[], $2::bigint[]) AS n (tenant_id, position)
 WHERE c.tenant_id = n.tenant_id
"""
LAGGING = """
SELECT l.tenant_id, COALESCE(c.position, 0) AS checkpoint
  FROM event_store.tenant_log AS l
  LEFT JOIN {schema}.checkpoint AS c ON c.tenant_id = l.tenant_id
 WHERE l.position > COALESCE(c.position, 0)
"""


class Checkpoints:
    """The statements on one projector's ``checkpoint`` table."""

    def __init__(self, schema: str) -> None:
        self._insert_missing = INSERT_MISSING.format(schema=schema)
        self._lock = LOCK.format(schema=schema)
        self._advance = ADVANCE.format(schema=schema)
        self._existing: set[UUID] = set()
        self._lagging = LAGGING.format(schema=schema)

    async def claim(self, connection: Any, tenants: Sequence[UUID], *, all_new: bool = False) -> dict[UUID, int]:
        """Locks the checkpoints of those tenants that nobody else holds, and makes their rows visible.

        ``all_new``: distrusts what this process remembers of the rows that exist (they may have been restored away).
        """
        missing = tenants if all_new else [tenant_id for tenant_id in tenants if tenant_id not in self._existing]
        if missing:
            await connection.execute(self._insert_missing, missing)
        rows = await connection.fetch(self._lock, tenants, ",".join(map(str, tenants)))
        return {row["tenant_id"]: row["position"] for row in rows}

    def committed(self, tenants: Iterable[UUID]) -> None:
        """The rows of these tenants exist from now on: the transaction that may have made them has committed."""
        self._existing.update(tenants)

    async def advance(self, connection: Any, positions: Mapping[UUID, int]) -> None:
        """Moves the claimed checkpoints forward, never back."""
        await connection.execute(self._advance, list(positions), list(positions.values()))

    async def lagging(self, connection: Any) -> dict[UUID, int]:
        """Checkpoint per tenant, of the tenants whose log goes further."""
        return dict(await connection.fetch(self._lagging))
