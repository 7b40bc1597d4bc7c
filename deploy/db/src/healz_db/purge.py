"""The job for every hour: idempotency keys that expired go, a batch at a time."""

from dataclasses import dataclass
from datetime import timedelta

import asyncpg

BATCH_ROWS = 2000
TENANTS = "SELECT tenant_id FROM event_store.tenant_log ORDER BY tenant_id"
PURGE = "SELECT event_store.purge_idempotency_keys($1, $2, $3)"


@dataclass(frozen=True)
class Purged:
    """How many keys, of how many tenants."""

    keys: int
    tenants: int


async def purge_idempotency_keys(connection: asyncpg.Connection, lifetime: timedelta) -> Purged:
    """Deletes what is older than ``lifetime``, which must be command-api's. Each batch is a transaction of its own."""
    keys = 0
    tenants = [row["tenant_id"] for row in await connection.fetch(TENANTS)]
    for tenant_id in tenants:
        while deleted := await connection.fetchval(PURGE, tenant_id, lifetime, BATCH_ROWS):
            keys += deleted
    return Purged(keys, len(tenants))
