"""Keyset pagination over one tenant's log, each page in a transaction of its own: no long snapshot keeps the database
from tidying up. That the pages fit together needs none: what lies before the head never changes."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg

# Enters the tenant, with all clinics: the row-level security of healz_reader lets nothing else be seen.
HEAD = "SELECT ops.projection_position($1, 'log', NULL::uuid[])"
# Positions have no hole, so that LIMIT takes nothing away: it tells the planner to go by the index.
PAGE = """
SELECT e.position, event_store.envelope(e) AS envelope
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.position BETWEEN $2 AND $3
 ORDER BY e.position
 LIMIT $3 - $2 + 1
"""
ANONYMIZED = "SELECT patient_id FROM event_store.events WHERE tenant_id = $1 AND event_type = 'PatientAnonymized'"
PAGE_EVENTS = 500
"""An event is at most 64 KiB, and mostly one."""


class LogHasGap(Exception):
    """The store lacks a position of the tenant."""


async def head(connection: asyncpg.Connection, tenant_id: UUID) -> int:
    """The last position; 0: nobody knows the tenant."""
    async with connection.transaction(readonly=True):
        position: int = await connection.fetchval(HEAD, tenant_id)
        return position


async def pages(connection: asyncpg.Connection, tenant_id: UUID, first: int, last: int) -> AsyncIterator[list[str]]:
    """Envelopes from ``first`` to ``last``, in order. Raises LogHasGap."""
    while first <= last:
        until = min(last, first + PAGE_EVENTS - 1)
        async with connection.transaction(readonly=True):
            await connection.fetchval(HEAD, tenant_id)
            page = await connection.fetch(PAGE, tenant_id, first, until)
        for position, row in zip(range(first, until + 1), page, strict=False):
            if row["position"] != position:
                raise LogHasGap(f"position {position} is not in the log")
        if len(page) <= until - first:
            raise LogHasGap(f"position {first + len(page)} is not in the log")
        yield [row["envelope"] for row in page]
        first = until + 1


async def anonymized(connection: asyncpg.Connection, tenant_id: UUID) -> set[str]:
    """The patients who are, as of now."""
    async with connection.transaction(readonly=True):
        await connection.fetchval(HEAD, tenant_id)
        return {str(row["patient_id"]) for row in await connection.fetch(ANONYMIZED, tenant_id)}
