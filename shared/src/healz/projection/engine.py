"""From events to rows: read store and rows, fill holes, fold, and write where nobody else has meanwhile.

The usual batch needs no read: what comes next is folded onto what was written last, and the write finds out.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from healz.events import Recorded
from healz.projection import halted
from healz.projection.checkpoint import Checkpoints
from healz.projection.folded import Folded
from healz.projection.halted import reason_of
from healz.projection.hold import Hold
from healz.projection.metrics import ProjectionMetrics
from healz.projection.moves import Moves
from healz.projection.parked import ROW_REFUSED
from healz.projection.received import Received, by_tenant
from healz.projection.shape import Projection
from healz.projection.step import wanted
from healz.projection.stored import Wanted
from healz.projection.written import PATIENTS_KEPT_MAX

Rows = TypeVar("Rows")

log = logging.getLogger(__name__)

TENANTS_PER_LOOK = 500
PAUSE_SECONDS = 0.005
"""Somebody else writes this tenant's rows: after so long a batch tries again, before it waits for its turn."""
TURN_SECONDS_MAX = 0.25
"""A refold holds a checkpoint for some ten milliseconds: a batch that waits longer leaves the tenant to reconcile, or
the other tenants would wait with it for a process that stands still."""


class Engine(Generic[Rows]):
    """Projects events onto one read model.

    A patient whose event can't be folded or saved is parked, and all others go on. An error that concerns all is
    raised, with nothing written, and the caller tries again. An error of one tenant (an event that only a newer release
    knows, a log with a gap, a read model of another log) halts that tenant alone.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        projection: Projection[Rows],
        hole_events_max: int,
        patients_kept_max: int = PATIENTS_KEPT_MAX,
        metrics: ProjectionMetrics | None = None,
    ) -> None:
        self._pool = pool
        self._projection = projection
        self._hole_events_max = hole_events_max
        self._metrics = metrics or ProjectionMetrics(projection)
        self._moves: Moves[Rows] = Moves(projection, patients_kept_max, self._metrics)
        self._hold = Hold(projection)
        self.component = projection.component
        self.checkpoints = Checkpoints(projection.schema)

    async def fold(self, received: Iterable[Recorded]) -> Folded:
        """Applies a batch, of any tenants, in any state of being known already, incomplete, or not the store's at all.

        A tenant is left out whose checkpoint someone else holds or has moved meanwhile, who is halted, who has a hole
        larger than ``hole_events_max``, or whose events alone can't be written. Raises errors that concern all.
        """
        batch = by_tenant(received)
        try:
            folded = await self._fold(batch)
            if folded.contended:
                await asyncio.sleep(PAUSE_SECONDS)  # as long as another projector's write needs
                folded = folded.then(await self._fold({tenant_id: batch[tenant_id] for tenant_id in folded.contended}))
            again = Folded()
            for tenant_id in folded.contended:
                again = again.beside(await self._in_turn(tenant_id, batch[tenant_id]))
            folded = folded.then(again)
        except Exception as error:  # whatever a fold or a row raises: whose it is, is_everybodys tells
            if halted.is_everybodys(error):
                raise
            return await self._one_by_one(batch, error)
        return folded

    async def fill(self, tenant_id: UUID) -> int:
        """Applies the next events of this tenant from the store, at most ``hole_events_max``; returns how many.

        Halts the tenant where that can't be done, and lets them go on where it can. Raises errors that concern all.
        """
        try:
            try:
                return (await self._fill(tenant_id, self._hole_events_max)).applied
            except ROW_REFUSED:
                return await self._around(tenant_id)
        except Exception as error:  # whatever it is, the tenant is halted with it
            if halted.is_everybodys(error):
                raise
            self._metrics.error("tenant")
            async with self._pool.acquire() as connection:
                await self._moves.halt(connection, tenant_id, reason_of(error))
            return 0

    async def contradicting(self) -> list[UUID]:
        """Tenants whose read model was not folded from the log that the store has now."""
        found: list[UUID] = []
        async with self._pool.acquire() as connection:
            tenants = await self.checkpoints.tenants(connection)
            for n in range(0, len(tenants), TENANTS_PER_LOOK):
                found += await self._moves.contradicting(connection, tenants[n : n + TENANTS_PER_LOOK])
        return found

    async def _fold(self, received: Mapping[UUID, Received]) -> Folded:
        async with self._pool.acquire() as connection:
            applied = await self._moves.on_written(connection, received)
            rest = {tenant_id: own for tenant_id, own in received.items() if tenant_id not in applied}
            folded = await self._on_read(connection, rest) if rest else Folded()
        return replace(folded, applied=folded.applied + sum(applied.values()))

    async def _on_read(self, connection: Any, received: Mapping[UUID, Received]) -> Folded:
        asked = {tenant_id: wanted(own, self._hole_events_max) for tenant_id, own in received.items()}
        return await self._moves.on_read(connection, asked, received, self._hole_events_max)

    async def _in_turn(self, tenant_id: UUID, received: Received) -> Folded:
        """Waits for the checkpoint like a refold does, and folds while nobody else can move it.

        Of several refolds one holds it nearly always: whoever only tries would never meet it free.
        """
        try:
            async with self._pool.acquire() as connection, self._hold(connection, tenant_id, TURN_SECONDS_MAX):
                return await self._on_read(connection, {tenant_id: received})
        except asyncpg.LockNotAvailableError:
            own = frozenset({tenant_id})
            return Folded(left_out=own, contended=own)

    async def _fill(self, tenant_id: UUID, events_max: int) -> Folded:
        """From the store alone; a halted tenant is tried again."""
        async with self._pool.acquire() as connection:
            return await self._moves.on_read(connection, {tenant_id: Wanted(None, events_max)}, {}, events_max)

    async def _next_or_park(self, tenant_id: UUID) -> int:
        async with self._pool.acquire() as connection:
            return await self._moves.next_or_park(connection, tenant_id)

    async def _around(self, tenant_id: UUID) -> int:
        """Applies a tenant's next events in ever smaller parts, until the one is alone that can't be written.

        Then its patient is parked. Returns how many events that were; raises what is no row's.
        """
        applied, suspects = 0, self._hole_events_max
        part = max(1, suspects // 2)
        while applied < self._hole_events_max:
            try:
                done = await self._next_or_park(tenant_id) if part == 1 else (await self._fill(tenant_id, part)).applied
            except ROW_REFUSED:
                if part == 1:
                    raise
                suspects, part = part, part // 2
                continue
            if not done:
                break
            applied += done
            suspects = (suspects - done) or self._hole_events_max
            part = max(1, suspects // 2)
        return applied

    async def _one_by_one(self, batch: Mapping[UUID, Received], error: Exception) -> Folded:
        """One tenant's events undid the others' work: each by itself. All of several: not theirs."""
        if len(batch) > 1:
            events = sum(map(len, batch.values()))
            extra = {"tenants": len(batch), "events": events, "reason": reason_of(error)}
            log.warning("a batch failed, its tenants go one by one", extra=extra)
        folded = Folded()
        failed: set[UUID] = set()
        for tenant_id, received in batch.items():
            try:
                alone = await self._alone(tenant_id, received)
            except Exception as own:  # whatever it is, the others go on
                if halted.is_everybodys(own):
                    raise
                about = {"tenant_id": tenant_id, "reason": reason_of(own)}
                log.error("a tenant's events can't be applied", extra=about)  # noqa: TRY400  # a traceback shows values
                self._metrics.error("tenant")
                failed.add(tenant_id)
            else:
                folded = folded.beside(alone)
        if 1 < len(batch) == len(failed):
            raise error
        return replace(folded, left_out=folded.left_out | failed)

    async def _alone(self, tenant_id: UUID, received: Received) -> Folded:
        try:
            return await self._fold({tenant_id: received})
        except ROW_REFUSED:
            # The events lie in the store too; whatever else came with them is of no account here.
            return Folded(applied=await self._around(tenant_id))
