"""From events to rows: read store and rows, fill holes, fold, and write where nobody else has meanwhile.

The usual batch needs no read: what comes next is folded onto what was written last, and the write finds out.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

from healz.events import Recorded
from healz.projection import halted
from healz.projection.checkpoint import Checkpoints
from healz.projection.fold import Changed, fold, patients
from healz.projection.halted import Halt
from healz.projection.received import Received, by_tenant
from healz.projection.shape import PatientKey, Projection
from healz.projection.step import TenantStep, next_step, wanted
from healz.projection.stored import Stored, Wanted
from healz.projection.tables import Move, Tables
from healz.projection.written import PATIENTS_KEPT_MAX, Written

Rows = TypeVar("Rows")

log = logging.getLogger(__name__)

TENANTS_PER_LOOK = 500
JUST_THE_CHECKPOINT = Wanted(0, 0)


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

    def __init__(
        self,
        pool: asyncpg.Pool,
        projection: Projection[Rows],
        hole_events_max: int,
        patients_kept_max: int = PATIENTS_KEPT_MAX,
    ) -> None:
        self._pool = pool
        self._projection = projection
        self._hole_events_max = hole_events_max
        self._tables = Tables(projection)
        self._written = Written(projection.empty, patients_kept_max)
        self.component = projection.component
        self.checkpoints = Checkpoints(projection.schema)

    async def fold(self, received: Iterable[Recorded]) -> Folded:
        """Applies a batch, of any tenants, in any state of being known already, incomplete, or not the store's at all.

        A tenant is left out whose checkpoint someone else holds or has moved meanwhile, who is halted, who has a hole
        larger than ``hole_events_max``, or whose events alone can't be written. Raises errors that concern all.
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
            tenants = await self.checkpoints.tenants(connection)
            for n in range(0, len(tenants), TENANTS_PER_LOOK):
                asked = dict.fromkeys(tenants[n : n + TENANTS_PER_LOOK], JUST_THE_CHECKPOINT)
                seen, _ = await self._tables.read(connection, asked, ())
                found += [tenant_id for tenant_id, answer in seen.items() if answer.problem is not None]
        return found

    async def _fold(self, received: Mapping[UUID, Received | None], *, filling: bool = False) -> Folded:
        """``filling``: a halted tenant is tried again."""
        async with self._pool.acquire() as connection:
            applied = {} if filling else await self._on_written(connection, received)
            rest = {tenant_id: own for tenant_id, own in received.items() if tenant_id not in applied}
            folded = await self._on_read(connection, rest, filling=filling) if rest else Folded()
        return replace(folded, applied=folded.applied + sum(applied.values()))

    async def _on_written(self, connection: Any, received: Mapping[UUID, Received | None]) -> dict[UUID, int]:
        """Folds onto what this process wrote last, without a read; returns how many events, of whom that could be done.

        The write finds out whether the read model still is there, and whether the store has these very events.
        """
        moves: dict[UUID, Move] = {}
        changed: Changed[Rows] = {}
        before: dict[PatientKey, Rows] = {}
        for tenant_id, own in received.items():
            last = self._written.last(tenant_id)
            log = own.following(last.position) if own is not None and last is not None else None
            events = patients(log or ())
            rows = self._written.before(events)
            if last is None or not log or rows is None:
                continue
            folded, halt = fold(self._projection, rows, events)
            if halt is None:
                moves[tenant_id] = Move(last.position, log[-1], [last, *log])
                changed |= folded
                before |= rows
        moved = await self._move(connection, moves, changed, before) if moves else ()
        return {tenant_id: len(moves[tenant_id].confirmed) - 1 for tenant_id in moved}

    async def _on_read(self, connection: Any, received: Mapping[UUID, Received | None], *, filling: bool) -> Folded:
        asked = {tenant_id: wanted(own, self._hole_events_max) for tenant_id, own in received.items()}
        keys = [(tenant_id, patient) for tenant_id, own in received.items() if own for patient in own.patients]
        seen, before = await self._tables.read(connection, asked, keys)
        for tenant_id, answer in seen.items():
            last = self._written.last(tenant_id)
            if last is not None and last.position != answer.checkpoint.position:
                self._written.forget([tenant_id])
        steps: dict[UUID, TenantStep] = {}
        for tenant_id, answer in seen.items():
            if answer.halted is None or filling:
                step = await next_step(connection, tenant_id, answer, received[tenant_id], self._hole_events_max)
                if step is not None:
                    steps[tenant_id] = step
        # Whose events came from the store alone: their rows are of a later moment, at which the write still holds
        # the checkpoint to be where it was.
        more = {key for step in steps.values() for key in step.events}.difference(keys)
        if more:
            before |= (await self._tables.read(connection, {}, more))[1]
        steps = await self._write(connection, seen, before, steps)
        await self._tell(connection, seen, steps)
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

    async def _write(
        self,
        connection: Any,
        seen: Mapping[UUID, Stored],
        before: Mapping[PatientKey, Rows],
        steps: Mapping[UUID, TenantStep],
    ) -> dict[UUID, TenantStep]:
        """Folds, and writes what came of it. Returns the steps that were made: of those who were there to move, all."""
        made: dict[UUID, TenantStep] = {}
        moves: dict[UUID, Move] = {}
        changed: Changed[Rows] = {}
        for tenant_id, step in steps.items():
            own, halt = fold(self._projection, before, step.events)
            if halt is not None:
                step = replace(step, log=[event for event in step.log if event.position < halt.position], halt=halt)
            changed |= own
            made[tenant_id] = step
            if step.log:
                known = seen[tenant_id]
                moves[tenant_id] = Move(
                    known.checkpoint.position if known.checkpoint.exists else None,
                    step.log[-1],
                    ends_halt=known.halted is not None and step.halt is None,
                )
        if moves:
            keys = (key for tenant_id in moves for key in made[tenant_id].events)
            rows = {key: before.get(key, self._projection.empty) for key in keys}
            moved = await self._move(connection, moves, changed, rows)
            made = {tenant_id: step for tenant_id, step in made.items() if tenant_id in moved or tenant_id not in moves}
        return made

    async def _move(
        self, connection: Any, moves: Mapping[UUID, Move], changed: Changed[Rows], before: Mapping[PatientKey, Rows]
    ) -> Collection[UUID]:
        """Writes, and remembers what was written; ``before``: the rows of all whose events these were."""
        moved = await self._tables.write(connection, moves, changed)
        self._written.forget(moves.keys() - moved)
        rows = {key: changed[key][1] if key in changed else own for key, own in before.items()}
        self._written.moved({tenant_id: moves[tenant_id].last for tenant_id in moved}, rows)
        return moved

    async def _tell(self, connection: Any, seen: Mapping[UUID, Stored], steps: Mapping[UUID, TenantStep]) -> None:
        """Writes down who halts, and takes back who goes on."""
        for tenant_id, step in steps.items():
            if step.halt is not None:
                position = step.log[-1].position if step.log else seen[tenant_id].checkpoint.position
                await halted.write_down(connection, self._projection.schema, tenant_id, step.halt, position)
            elif seen[tenant_id].halted is not None:
                if not step.log:  # else the write has done it
                    await halted.take_back(connection, self._projection.schema, tenant_id)
                log.warning("a halted tenant goes on", extra={"tenant_id": tenant_id})

    async def _halt(self, tenant_id: UUID, reason: str) -> None:
        async with self._pool.acquire() as connection:
            seen, _ = await self._tables.read(connection, {tenant_id: JUST_THE_CHECKPOINT}, ())
            halt = Halt(seen[tenant_id].checkpoint.position + 1, reason)
            await self._tell(connection, seen, {tenant_id: TenantStep([], halt)})
