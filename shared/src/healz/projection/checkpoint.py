"""How far a read model has got in each tenant's log: the only thing that decides what an event still has to do."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

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
TENANTS = "SELECT tenant_id FROM {schema}.checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """How far a tenant is projected: up to ``position``. ``exists``: there is a row that says so.

    ``event_id`` is the event at ``event_position``, the last that was applied by a release that writes this down.
    ``refolds`` counts how often rows were written that no new event had changed: whoever read them before reads again.
    """

    position: int
    event_position: int | None
    event_id: UUID | None
    exists: bool
    refolds: int = 0


@dataclass(frozen=True)
class Astray:
    """A tenant whose read model lags behind its log, lies ahead of it, or is halted."""

    checkpoint: int
    head: int
    halted: bool


class Checkpoints:
    """One projector's ``checkpoint`` table, looked over as a whole."""

    def __init__(self, schema: str) -> None:
        self._astray = ASTRAY.format(schema=schema)
        self._tenants = TENANTS.format(schema=schema)

    async def astray(self, connection: Any, component: str) -> dict[UUID, Astray]:
        """The tenants whose checkpoint is not at the log's head, and those where ``component`` is halted."""
        rows = await connection.fetch(self._astray, component)
        return {row["tenant_id"]: Astray(row["checkpoint"], row["head"], row["halted"]) for row in rows}

    async def tenants(self, connection: Any) -> list[UUID]:
        """Every tenant that has one."""
        return [row["tenant_id"] for row in await connection.fetch(self._tenants)]
