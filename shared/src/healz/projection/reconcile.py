"""Catches up tenants that Kafka leaves behind: quiet after a loss, skipped by a batch, or with the broker away."""

import asyncio
import logging
from typing import Any
from uuid import UUID

from healz.postgres import AWAY
from healz.projection.engine import Engine

log = logging.getLogger(__name__)


class TenantsStuck(Exception):
    """Some tenants could not be caught up; all others were. It is tried again at the next look."""


class Reconcile:
    """Looks every so often; takes the tenants whose checkpoint has not moved since the look before.

    One that moved is simply on its way. It needs neither Kafka nor an assignment: instances share the work through the
    checkpoint locks. ``engine_lock`` keeps it and the batches of this process apart.
    """

    def __init__(self, engine: Engine[Any], pool: Any, engine_lock: asyncio.Lock) -> None:
        self._engine = engine
        self._pool = pool
        self._engine_lock = engine_lock
        self._seen: dict[UUID, int] = {}

    async def look(self) -> int:
        """One look; returns how many events were applied. Raises what the database raises, and TenantsStuck."""
        lagging = await self._engine.checkpoints.lagging(self._pool)
        stuck = [tenant_id for tenant_id, position in lagging.items() if self._seen.get(tenant_id) == position]
        self._seen = lagging
        applied = failed = 0
        for tenant_id in stuck:
            try:
                while filled := await self._fill(tenant_id):
                    applied += filled
                    self._seen[tenant_id] += filled
            except AWAY:
                raise
            except Exception:
                # An event of a newer release, a hole in the store: that tenant waits, the others don't.
                log.exception("a tenant can't be caught up", extra={"tenant_id": tenant_id})
                failed += 1
        if applied:
            log.info("reconciled", extra={"tenants": len(stuck) - failed, "events": applied})
        if failed:
            raise TenantsStuck(f"{failed} of {len(stuck)} tenants")
        return applied

    async def _fill(self, tenant_id: UUID) -> int:
        async with self._engine_lock:
            return await self._engine.fill(tenant_id)


async def keep_reconciling(reconcile: Reconcile, interval_ms: int, progressed: Any) -> None:
    """Looks for ever; a database that is away is no reason to stop. ``progressed(applied)`` follows each look done."""
    while True:
        try:
            progressed(await reconcile.look())
        except AWAY as error:
            log.warning("reconcile waits for the database", extra={"reason": repr(error)})
        except TenantsStuck as error:
            # No progress is told: where nothing else gets on either, the watchdog ends the process.
            log.warning("reconcile leaves tenants behind", extra={"reason": str(error)})
        # The pace of the look-out.
        await asyncio.sleep(interval_ms / 1000)
