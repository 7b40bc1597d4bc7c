"""Where the candidates come from: one session of the role healz_sweeper, straight to PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.settings import SweepSettings
from command_api.sweeps.candidates import Candidate
from healz.postgres import require_own_session

# All that the read model knows of; who was never written down as a tenant has the rules that hold for all. Not who is
# closed (ops.close_tenant): another cluster has them, and sends their reminders.
TENANTS = """
SELECT c.tenant_id, t.journey_rules
  FROM journey.checkpoint AS c
  LEFT JOIN reference.tenants AS t ON t.tenant_id = c.tenant_id
 WHERE ($1::uuid[] IS NULL OR c.tenant_id = ANY ($1))
   AND NOT EXISTS (SELECT
                     FROM pg_trigger AS g
                    WHERE g.tgrelid = 'event_store.tenant_log'::regclass AND g.tgname = 'closed ' || c.tenant_id)
 ORDER BY c.tenant_id
"""
ENTER_TENANT = "SELECT ops.enter_tenant($1)"
# WITH HOLD: the query runs once, its rows wait in the server, and no transaction is open while commands are given.
FIND = "DECLARE found SCROLL CURSOR WITH HOLD FOR "
PAGE_ROWS = 500


@dataclass(frozen=True)
class Tenant:
    """Whose patients, and by which rules they are judged; those as they are stored, not yet checked."""

    tenant_id: UUID
    stored_rules: str | None

    @property
    def rules(self) -> JourneyRules:
        """Raises pydantic's ValidationError."""
        return DEFAULT_RULES if self.stored_rules is None else JourneyRules.model_validate_json(self.stored_rules)


@asynccontextmanager
async def sweeper_session(settings: SweepSettings, purpose: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with a session of its own. Raises ThroughPooler, and what connecting raises."""
    connection = await asyncpg.connect(
        settings.sweeper_database_url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_sweep_statement_timeout_seconds + 1,
        server_settings={
            "application_name": purpose,
            "timezone": "UTC",
            "jit": "off",
            "statement_timeout": str(round(settings.healz_sweep_statement_timeout_seconds * 1000)),
        },
    )
    try:
        await require_own_session(connection)
        yield connection
    finally:
        connection.terminate()


async def tenants(connection: asyncpg.Connection, only: Sequence[UUID] = ()) -> list[Tenant]:
    """All of them, or those that are named, as far as the read model knows them."""
    rows = await connection.fetch(TENANTS, list(only) or None)
    return [Tenant(row["tenant_id"], row["journey_rules"]) for row in rows]


class Found:
    """A server-side cursor over a tenant's candidates; there are ``count`` of them."""

    def __init__(self, connection: asyncpg.Connection, tenant_id: UUID, count: int) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self.count = count

    async def candidates(self) -> AsyncIterator[Candidate]:
        """One after the other."""
        while rows := await self._connection.fetch(f"FETCH {PAGE_ROWS} FROM found"):
            for row in rows:
                yield Candidate(self._tenant_id, **row)


@asynccontextmanager
async def find(
    connection: asyncpg.Connection,
    query: str,
    tenant_id: UUID,
    as_of: datetime,
    local_hour: int | None,
    numbers: Sequence[Any],
) -> AsyncIterator[Found]:
    """A cursor on what the query finds now; one at a time on a connection."""
    async with connection.transaction():
        await connection.execute(ENTER_TENANT, tenant_id)
        await connection.execute(FIND + query, tenant_id, as_of, local_hour, *numbers)
    try:
        moved = await connection.execute("MOVE FORWARD ALL FROM found")
        await connection.execute("MOVE ABSOLUTE 0 FROM found")
        yield Found(connection, tenant_id, int(moved.split()[1]))
    finally:
        await connection.execute("CLOSE found")
