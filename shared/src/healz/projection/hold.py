"""A tenant's checkpoint, held: meanwhile nobody else writes this tenant's rows. Those who want it take turns."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from healz.projection.shape import Projection

# The setting names the tenant for the transaction's other statements too.
FIRST_ROW = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id)
INSERT INTO {schema}.checkpoint (tenant_id, position, projection_version)
SELECT shown.tenant_id, 0, {version} FROM shown ON CONFLICT DO NOTHING
"""
HOLD = """
WITH shown AS MATERIALIZED (
       SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id,
              set_config('lock_timeout', COALESCE($2::text, current_setting('lock_timeout')), true) AS waits)
SELECT c.position FROM shown JOIN {schema}.checkpoint AS c ON c.tenant_id = shown.tenant_id AND shown.waits <> ''
   FOR UPDATE OF c
"""


class Hold:
    """Of one projection; each call is one transaction."""

    def __init__(self, projection: Projection[Any]) -> None:
        self._hold = HOLD.format(schema=projection.schema)
        self._first_row = FIRST_ROW.format(schema=projection.schema, version=projection.version)

    @asynccontextmanager
    async def __call__(self, connection: Any, tenant_id: UUID, seconds_max: float | None = None) -> AsyncIterator[int]:
        """A transaction in which nobody else moves the tenant's checkpoint; its position.

        PostgreSQL gives it in the order in which it was asked for. Raises LockNotAvailableError after ``seconds_max``;
        None: after HEALZ_LOCK_TIMEOUT_SECONDS.
        """
        waits = None if seconds_max is None else str(round(seconds_max * 1000))
        async with connection.transaction():
            if (position := await connection.fetchval(self._hold, tenant_id, waits)) is None:
                # Nothing to hold: two could write this tenant's first rows at once.
                await connection.execute(self._first_row, tenant_id)
                position = await connection.fetchval(self._hold, tenant_id, waits)
            yield position
