"""How far a read model has got in each tenant's log: the only thing that decides what an event still has to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from healz.events import Recorded

# A row that does not exist can't be locked: two instances that meet a new tenant would both start from 0.
INSERT_MISSING = """
INSERT INTO {schema}.checkpoint (tenant_id, position)
SELECT t.tenant_id, 0
  FROM unnest($1::uuid[])     AS t (tenant_id)
  JOIN event_store.tenant_log AS l ON l.tenant_id = t.tenant_id  -- a tenant whom the store doesn't know gets none
 ORDER BY t.tenant_id
ON CONFLICT DO NOTHING
"""
# Ids and positions only; with the lock, the tenants' rows become visible, for this transaction.
LOCK = """
SELECT tenant_id, position, event_position, event_id, set_config('healz.tenant_ids', $2, true)
  FROM {schema}.checkpoint
 WHERE tenant_id = ANY ($1::uuid[])
 ORDER BY tenant_id
   FOR UPDATE SKIP LOCKED
"""
SHOW = "SELECT set_config('healz.tenant_ids', $1, true)"
# A release before 1.1 moves position alone: so the event is kept with the position that it had.
ADVANCE = """
UPDATE {schema}.checkpoint AS c
   SET position = n.position, event_position = n.position, event_id = n.event_id
  FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS n (tenant_id, position, event_id)
 WHERE c.tenant_id = n.tenant_id AND c.position < n.position
"""
# Behind its log, ahead of it, or halted: whoever is not simply where the log is.
ASTRAY = """
SELECT COALESCE(l.tenant_id, c.tenant_id) AS tenant_id,
       COALESCE(c.position, 0)            AS checkpoint,
       COALESCE(l.position, 0)            AS head,
       h.tenant_id IS NOT NULL            AS halted
  FROM event_store.tenant_log   AS l
  FULL JOIN {schema}.checkpoint AS c ON c.tenant_id = l.tenant_id
  LEFT JOIN ops.halted_tenants  AS h ON h.tenant_id = COALESCE(l.tenant_id, c.tenant_id) AND h.component = $1
 WHERE COALESCE(l.position, 0) <> COALESCE(c.position, 0) OR h.tenant_id IS NOT NULL
"""
ALL = "SELECT tenant_id, position, event_position, event_id FROM {schema}.checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """How far a tenant is projected: up to ``position``.

    ``event_id`` is the event at ``event_position``, the last that was applied by a release that writes this down.
    """

    position: int
    event_position: int | None
    event_id: UUID | None


@dataclass(frozen=True)
class Astray:
    """A tenant whose read model lags behind its log, lies ahead of it, or is halted."""

    checkpoint: int
    head: int
    halted: bool


class Checkpoints:
    """The statements on one projector's ``checkpoint`` table."""

    def __init__(self, schema: str) -> None:
        self._insert_missing = INSERT_MISSING.format(schema=schema)
        self._lock = LOCK.format(schema=schema)
        self._advance = ADVANCE.format(schema=schema)
        self._astray = ASTRAY.format(schema=schema)
        self._all = ALL.format(schema=schema)
        self._existing: set[UUID] = set()

    async def claim(self, connection: Any, tenants: Sequence[UUID], *, all_new: bool = False) -> dict[UUID, Checkpoint]:
        """Locks the checkpoints of those tenants that nobody else holds, and makes their rows visible.

        ``all_new``: distrusts what this process remembers of the rows that exist (they may have been restored away).
        """
        missing = tenants if all_new else [tenant_id for tenant_id in tenants if tenant_id not in self._existing]
        if missing:
            await connection.execute(self._insert_missing, missing)
        return _checkpoints(await connection.fetch(self._lock, tenants, ",".join(map(str, tenants))))

    def committed(self, tenants: Iterable[UUID]) -> None:
        """The rows of these tenants exist from now on: the transaction that may have made them has committed."""
        self._existing.update(tenants)

    async def advance(self, connection: Any, newest: Mapping[UUID, Recorded]) -> None:
        """Moves the claimed checkpoints forward to these events, never back."""
        positions = [event.position for event in newest.values()]
        await connection.execute(self._advance, list(newest), positions, [event.event_id for event in newest.values()])

    async def astray(self, connection: Any, component: str) -> dict[UUID, Astray]:
        """The tenants whose checkpoint is not at the log's head, and those where ``component`` is halted."""
        rows = await connection.fetch(self._astray, component)
        return {row["tenant_id"]: Astray(row["checkpoint"], row["head"], row["halted"]) for row in rows}

    async def show(self, connection: Any, tenants: Iterable[UUID]) -> None:
        """Makes the rows of these tenants visible to the transaction, without a lock."""
        await connection.execute(SHOW, ",".join(map(str, tenants)))

    async def all(self, connection: Any) -> dict[UUID, Checkpoint]:
        """Every tenant's, without a lock."""
        return _checkpoints(await connection.fetch(self._all))


def _checkpoints(rows: Iterable[Any]) -> dict[UUID, Checkpoint]:
    return {row["tenant_id"]: Checkpoint(row["position"], row["event_position"], row["event_id"]) for row in rows}
