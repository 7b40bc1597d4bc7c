"""Catches up tenants that Kafka leaves behind: quiet after a loss, skipped by a batch, or with the broker away."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from healz.postgres import AWAY
from healz.projection.engine import Engine
from healz.projection.tenants_logged import tenants_logged

log = logging.getLogger(__name__)

SERVER_STARTED_AT = "SELECT pg_postmaster_start_time()"


@dataclass(frozen=True)
class LookDone:
    """``applied`` counts events. ``moved_on``: of the tenants that the look before left behind, some were brought on
    since by a batch, here or of another instance."""

    applied: int
    moved_on: bool


class Reconcile:
    """Looks every so often; takes the tenants whose checkpoint has not moved since the look before.

    One that moved is simply on its way. It needs neither Kafka nor an assignment: instances share the work, since
    of two who fold the same events one writes. ``engine_lock`` keeps it and the batches of this process apart.

    Halted tenants are tried at each look, and go on by themselves once they can. After each start of PostgreSQL every
    read model is compared with the log: either may have been restored.
    """

    def __init__(
        self,
        engine: Engine[Any],
        pool: Any,
        engine_lock: asyncio.Lock,
        *,
        look_seconds_max: float = 20.0,
        halted_told_seconds: float = 60.0,
    ) -> None:
        self._engine = engine
        self._pool = pool
        self._engine_lock = engine_lock
        self._look_seconds_max = look_seconds_max
        self._halted_told_seconds = halted_told_seconds
        self._halted_logged_at = time.monotonic()
        self._seen: dict[UUID, int] = {}
        self._left_behind: dict[UUID, int] = {}
        self._server_started_at: datetime | None = None

    async def look(self) -> LookDone:
        """One look. Raises errors that concern all tenants."""
        suspects = await self._contradicting()
        astray = await self._engine.checkpoints.astray(self._pool, self._engine.component)
        behind = {
            tenant_id: tenant.checkpoint for tenant_id, tenant in astray.items() if tenant.checkpoint < tenant.head
        }
        stuck = [tenant_id for tenant_id, position in behind.items() if self._seen.get(tenant_id) == position]
        suspects += [
            tenant_id for tenant_id, tenant in astray.items() if tenant.halted or tenant.checkpoint > tenant.head
        ]
        moved_on = any(behind.get(tenant_id) != position for tenant_id, position in self._left_behind.items())
        self._seen = behind
        applied, moved = 0, set[UUID]()
        waiting = list(dict.fromkeys([*stuck, *suspects]))
        give_up_at = time.monotonic() + self._look_seconds_max
        # Round by round, so that a tenant far behind keeps none waiting.
        while waiting and time.monotonic() < give_up_at:
            filled = {tenant_id: await self._fill(tenant_id) for tenant_id in waiting}
            applied += sum(filled.values())
            for tenant_id in behind.keys() & filled.keys():
                self._seen[tenant_id] += filled[tenant_id]
            waiting = [tenant_id for tenant_id, events in filled.items() if events]
            moved.update(waiting)
        self._left_behind = {own: position for own, position in behind.items() if position < astray[own].head}
        if applied:
            log.info("reconciled", extra={"tenants": len(moved), "events": applied})
        self._log_halted([tenant_id for tenant_id, tenant in astray.items() if tenant.halted])
        return LookDone(applied, moved_on)

    async def _contradicting(self) -> list[UUID]:
        started_at = await self._pool.fetchval(SERVER_STARTED_AT)
        if started_at == self._server_started_at:
            return []
        contradicting = await self._engine.contradicting()
        self._server_started_at = started_at
        return contradicting

    async def _fill(self, tenant_id: UUID) -> int:
        async with self._engine_lock:
            return await self._engine.fill(tenant_id)

    def _log_halted(self, halted: list[UUID]) -> None:
        now = time.monotonic()
        if halted and now - self._halted_logged_at >= self._halted_told_seconds:
            self._halted_logged_at = now
            log.error("tenants are halted", extra=tenants_logged(halted))


async def keep_reconciling(reconcile: Reconcile, interval_ms: int, progressed: Callable[[LookDone], None]) -> None:
    """Looks for ever; a database that is away is no reason to stop. ``progressed`` is told of each look done."""
    while True:
        try:
            progressed(await reconcile.look())
        except AWAY as error:
            log.warning("reconcile waits for the database", extra={"reason": repr(error)})
        # The pace of the look-out.
        await asyncio.sleep(interval_ms / 1000)
