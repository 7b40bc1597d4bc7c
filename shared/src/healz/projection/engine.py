"""From events to rows: claim, look at the store, fill holes, load, fold, save, advance; in one transaction."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from healz.events import Recorded
from healz.projection import halted, stored
from healz.projection.checkpoint import Checkpoints
from healz.projection.fold import Changed, fold, patients
from healz.projection.halted import Halt
from healz.projection.received import Received, by_tenant
from healz.projection.shape import Projection
from healz.projection.step import TenantStep, next_step, wanted
from healz.projection.stored import Wanted

Rows = TypeVar("Rows")

log = logging.getLogger(__name__)

TENANTS_PER_LOOK = 500


@dataclass(frozen=True)
class Folded:
    """What came of a batch: events applied, tenants left to reconcile, events that the store doesn't have."""

    applied: int = 0
    left_out: frozenset[UUID] = frozenset()
    unconfirmed: Mapping[UUID, Sequence[int]] = field(default_factory=dict)
    """Positions, by tenant."""


class Engine(Generic[Rows]):
    """Projects events onto one read model.

    An error that concerns all is raised, with nothing written, and the caller tries again. An error of one tenant (an
    event that can't be read or folded, a log with a gap, a read model of another log) halts that tenant alone.
    """

    def __init__(self, pool: asyncpg.Pool, projection: Projection[Rows], hole_events_max: int) -> None:
        self._pool = pool
        self._projection = projection
        self._hole_events_max = hole_events_max
        self.component = projection.component
        self.checkpoints = Checkpoints(projection.schema)

    async def fold(self, received: Iterable[Recorded]) -> Folded:
        """Applies a batch, of any tenants, in any state of being known already, incomplete, or not the store's at all.

        A tenant is left out whose checkpoint someone else holds, who is halted, who has a hole larger than
        ``hole_events_max``, or whose events alone can't be written. Raises errors that concern all.
        """
        batch = by_tenant(received)
        try:
            return await self._fold(batch)
        except Exception as error:  # whatever a fold or a row raises: whose it is, is_everybodys tells
            if halted.is_everybodys(error):
                raise
            return await self._one_by_one(batch, error)

    async def fill(self, tenant_id: UUID) -> int:
        """Applies the next events of this tenant from the store, at most ``hole_events_max``; returns how many.

        Halts the tenant where that can't be done, and lets them go on where it can. Raises errors that concern all.
        """
        try:
            return (await self._fold({tenant_id: None}, filling=True)).applied
        except Exception as error:  # whatever it is, the tenant is halted with it
            if halted.is_everybodys(error):
                raise
            await self._halt(tenant_id, halted.reason_of(error))
            return 0

    async def contradicting(self) -> list[UUID]:
        """Tenants whose read model was not folded from the log that the store has now."""
        found: list[UUID] = []
        async with self._pool.acquire() as connection:
            known = list((await self.checkpoints.all(connection)).items())
            for n in range(0, len(known), TENANTS_PER_LOOK):
                asked = {
                    tenant_id: Wanted(checkpoint, checkpoint.position, 0)
                    for tenant_id, checkpoint in known[n : n + TENANTS_PER_LOOK]
                }
                async with connection.transaction():
                    await self.checkpoints.show(connection, asked)
                    seen = await stored.look(connection, self.component, asked)
                found += [tenant_id for tenant_id, answer in seen.items() if answer.problem is not None]
        return found

    async def _fold(self, received: Mapping[UUID, Received | None], *, filling: bool = False) -> Folded:
        """``filling``: a halted tenant is tried again."""
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await self.checkpoints.claim(connection, sorted(received), all_new=filling)
            asked = {
                tenant_id: wanted(checkpoint, received[tenant_id], self._hole_events_max)
                for tenant_id, checkpoint in claimed.items()
            }
            seen = await stored.look(connection, self.component, asked)
            steps: dict[UUID, TenantStep] = {}
            for tenant_id, answer in seen.items():
                if answer.halted is None or filling:
                    position = claimed[tenant_id].position
                    step = await next_step(connection, tenant_id, position, answer, received[tenant_id])
                    if step is not None:
                        steps[tenant_id] = step
            steps = await self._apply(connection, steps)
            for tenant_id, step in steps.items():
                if step.halt is not None:
                    await halted.write_down(connection, self.component, tenant_id, step.halt)
                elif seen[tenant_id].halted is not None:
                    await halted.take_back(connection, self.component, tenant_id)
        self.checkpoints.committed(claimed)
        on_their_way = {tenant_id for tenant_id, step in steps.items() if step.halt is None}
        return Folded(
            applied=sum(len(step.log) for step in steps.values()),
            left_out=frozenset(received.keys() - on_their_way),
            unconfirmed={tenant_id: step.unconfirmed for tenant_id, step in steps.items() if step.unconfirmed},
        )

    async def _one_by_one(self, batch: Mapping[UUID, Received], error: Exception) -> Folded:
        """One tenant's events undid the others' work: each in a transaction of its own. All of several: not theirs."""
        if len(batch) > 1:
            log.warning("a batch failed, its tenants go one by one", extra={"reason": halted.reason_of(error)})
        folded = Folded()
        failed: set[UUID] = set()
        for tenant_id, received in batch.items():
            try:
                alone = await self._fold({tenant_id: received})
            except Exception as own:  # whatever it is, the others go on
                if halted.is_everybodys(own):
                    raise
                about = {"tenant_id": tenant_id, "reason": halted.reason_of(own)}
                log.error("a tenant's events can't be applied", extra=about)  # noqa: TRY400  # a traceback shows values
                failed.add(tenant_id)
            else:
                folded = Folded(
                    folded.applied + alone.applied,
                    folded.left_out | alone.left_out,
                    {**folded.unconfirmed, **alone.unconfirmed},
                )
        if 1 < len(batch) == len(failed):
            raise error
        return replace(folded, left_out=folded.left_out | failed)

    async def _apply(self, connection: Any, steps: dict[UUID, TenantStep]) -> dict[UUID, TenantStep]:
        """Rows are read only now, under the checkpoint's lock. Returns the steps that were made."""
        events = {tenant_id: patients(step.log) for tenant_id, step in steps.items()}
        keys = sorted(patient for own in events.values() for patient in own)
        if not keys:
            return steps
        before = await self._projection.load(connection, keys)
        changed: Changed[Rows] = {}
        made: dict[UUID, TenantStep] = {}
        for tenant_id, step in steps.items():
            own, halt = fold(self._projection, before, events[tenant_id])
            changed |= own
            if halt is not None:
                kept = [event for event in step.log if event.position < halt.position]
                step = replace(step, log=kept, halt=halt)
            made[tenant_id] = step
        await self._projection.save(connection, changed.values())
        newest = {tenant_id: step.log[-1] for tenant_id, step in made.items() if step.log}
        if newest:
            await self.checkpoints.advance(connection, newest)
        return made

    async def _halt(self, tenant_id: UUID, reason: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            claimed = await self.checkpoints.claim(connection, [tenant_id], all_new=True)
            if tenant_id in claimed:
                halt = Halt(claimed[tenant_id].position + 1, reason)
                await halted.write_down(connection, self.component, tenant_id, halt)
