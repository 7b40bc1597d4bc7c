"""A batch's way through the database: read, fold, write where the read model still is as it was read, and remember."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from healz.projection import halted
from healz.projection.fold import Changed, Logged, fold, operation_of, patients
from healz.projection.folded import Folded
from healz.projection.halted import Halt, reason_of
from healz.projection.metrics import ProjectionMetrics
from healz.projection.parked import ROW_REFUSED, Parked, Parking
from healz.projection.received import Received
from healz.projection.shape import PatientKey, Projection
from healz.projection.step import TenantStep, next_step
from healz.projection.stored import Stored, Wanted
from healz.projection.tables import Move, Tables
from healz.projection.tenants_logged import tenants_logged
from healz.projection.written import Written

Rows = TypeVar("Rows")

log = logging.getLogger(__name__)

JUST_THE_CHECKPOINT = Wanted(0, 0)
NEXT_EVENT = Wanted(None, 1)


class Moves(Generic[Rows]):
    """Moves a read model on by tenants' next events; errors are the engine's business."""

    def __init__(self, projection: Projection[Rows], patients_kept_max: int, metrics: ProjectionMetrics) -> None:
        self._projection = projection
        self._metrics = metrics
        self._tables = Tables(projection)
        self._written = Written(projection.empty, patients_kept_max, projection.looks_back)

    async def on_written(self, connection: Any, received: Mapping[UUID, Received]) -> dict[UUID, int]:
        """Folds onto what this process wrote last, without a read; returns how many events, of whom that could be done.

        The write finds out whether the read model still is there, and whether the store has these very events.
        """
        moves: dict[UUID, Move] = {}
        changed: Changed[Rows] = {}
        before: dict[PatientKey, Rows | Parked[Rows]] = {}
        given: dict[UUID, dict[PatientKey, list[Logged]]] = {}
        for tenant_id, own in received.items():
            known = self._written.tenant(tenant_id)
            log = None if known is None else own.following(known.last.position)
            events = patients(log or ())
            rows = self._written.before(events)
            if known is None or not log or rows is None:
                continue
            folded, parked = fold(self._projection, rows, events)
            if not parked:
                moves[tenant_id] = Move(known.last.position, known.refolds, log[-1], [known.last, *log])
                given[tenant_id] = events
                changed |= folded
                before |= rows
        moved = await self._move(connection, moves, changed, {}, before) if moves else ()
        for tenant_id in moved:
            self._metrics.applied(tenant_id, _folded(given[tenant_id], before, {}))
        return {tenant_id: len(moves[tenant_id].confirmed) - 1 for tenant_id in moved}

    async def on_read(
        self,
        connection: Any,
        asked: Mapping[UUID, Wanted],
        received: Mapping[UUID, Received],
        missing_max: int,
    ) -> Folded:
        """Of whom nothing was ``received``, from the store; of the others what is missing, up to ``missing_max``."""
        keys = [(tenant_id, patient) for tenant_id, own in received.items() for patient in own.patients]
        seen, before = await self._tables.read(connection, asked, keys, ())
        self._forget_moved(seen)
        steps: dict[UUID, TenantStep] = {}
        for tenant_id, answer in seen.items():
            own = received.get(tenant_id)
            if answer.halted is None or own is None:
                step = await next_step(connection, tenant_id, answer, own, missing_max)
                if step is not None:
                    steps[tenant_id] = step
        # Whose events came from the store alone: their rows are of a later moment, at which the write still holds
        # the checkpoint to be where it was.
        events = {key: own for step in steps.values() for key, own in step.events.items()}
        whole = {key for key, own in events.items() if self._projection.looks_back(own)}
        more = events.keys() - set(keys) | whole
        if more:
            before |= (await self._tables.read(connection, {}, more, whole))[1]
        made = await self._write(connection, seen, before, steps)
        await self._tell(connection, seen, made)
        filled = {tenant_id: step.filled for tenant_id, step in made.items() if step.filled and tenant_id in received}
        if filled:
            log.info("filled holes from the store", extra={"tenants": len(filled), "events": sum(filled.values())})
            self._metrics.holes_filled(sum(filled.values()))
        on_their_way = {tenant_id for tenant_id, step in made.items() if step.halt is None}
        return Folded(
            applied=sum(len(step.log) for step in made.values()),
            left_out=frozenset(asked.keys() - on_their_way),
            contended=frozenset(steps.keys() - made.keys()),
            unconfirmed={tenant_id: step.unconfirmed for tenant_id, step in made.items() if step.unconfirmed},
        )

    async def next_or_park(self, connection: Any, tenant_id: UUID) -> int:
        """Applies the next event alone, or parks whose it is where it is refused. Returns how many that were."""
        seen, _ = await self._tables.read(connection, {tenant_id: NEXT_EVENT}, ())
        known = seen[tenant_id].checkpoint
        step = await next_step(connection, tenant_id, seen[tenant_id], None, 1)
        if step is None or not step.log:
            return 0
        whole = [key for key, own in step.events.items() if self._projection.looks_back(own)]
        _, before = await self._tables.read(connection, {}, step.events, whole)
        try:
            return len(await self._write(connection, seen, before, {tenant_id: step}))
        except ROW_REFUSED as error:
            reason = reason_of(error)
        event = step.log[0]
        # As it was read: should somebody else have moved it since, it was another event that was refused.
        move = Move(known.position if known.exists else None, known.refolds, event)
        patient = tenant_id, event.patient_id
        why = Parking(event.position, event.event_type, reason, operation_of(event))
        return len(await self._move(connection, {tenant_id: move}, {}, {patient: why}, before))

    async def halt(self, connection: Any, tenant_id: UUID, reason: str) -> None:
        """Writes down that the tenant halts at its next event."""
        seen, _ = await self._tables.read(connection, {tenant_id: JUST_THE_CHECKPOINT}, ())
        halt = Halt(seen[tenant_id].checkpoint.position + 1, reason)
        await self._tell(connection, seen, {tenant_id: TenantStep([], halt)})

    async def contradicting(self, connection: Any, tenants: Sequence[UUID]) -> list[UUID]:
        """Those whose read model was not folded from the log that the store has now."""
        seen, _ = await self._tables.read(connection, dict.fromkeys(tenants, JUST_THE_CHECKPOINT), ())
        return [tenant_id for tenant_id, answer in seen.items() if answer.problem is not None]

    def _forget_moved(self, seen: Mapping[UUID, Stored]) -> None:
        set_back: list[UUID] = []
        for tenant_id, answer in seen.items():
            known = self._written.tenant(tenant_id)
            now = answer.checkpoint.position, answer.checkpoint.refolds
            if known is not None and (known.last.position, known.refolds) != now:
                self._written.forget([tenant_id])
            if self._written.set_back(tenant_id, answer.checkpoint.position):
                set_back.append(tenant_id)
        if set_back:
            log.warning("behind what was written here: was the read model restored?", extra=tenants_logged(set_back))

    async def _write(
        self,
        connection: Any,
        seen: Mapping[UUID, Stored],
        before: Mapping[PatientKey, Rows | Parked[Rows]],
        steps: Mapping[UUID, TenantStep],
    ) -> dict[UUID, TenantStep]:
        """Folds, and writes what came of it. Returns the steps that were made: of those who were there to move, all."""
        moves: dict[UUID, Move] = {}
        events = {key: own for step in steps.values() for key, own in step.events.items()}
        changed, parked = fold(self._projection, before, events)
        for tenant_id, step in steps.items():
            if step.log:
                known = seen[tenant_id]
                moves[tenant_id] = Move(
                    known.checkpoint.position if known.checkpoint.exists else None,
                    known.checkpoint.refolds,
                    step.log[-1],
                    filled=step.filled,
                    ends_halt=known.halted is not None and step.halt is None,
                )
        if not moves:
            return dict(steps)
        rows = {key: before.get(key, self._projection.empty) for key in events}
        moved = await self._move(connection, moves, changed, parked, rows)
        for tenant_id in moved:
            self._metrics.applied(tenant_id, _folded(steps[tenant_id].events, before, parked))
        return {tenant_id: step for tenant_id, step in steps.items() if tenant_id in moved or tenant_id not in moves}

    async def _move(
        self,
        connection: Any,
        moves: Mapping[UUID, Move],
        changed: Changed[Rows],
        parked: Mapping[PatientKey, Parking],
        before: Mapping[PatientKey, Rows | Parked[Rows]],
    ) -> Collection[UUID]:
        """Writes, and remembers what was written; ``before``: the rows of all whose events these were."""
        moved = await self._tables.write(connection, moves, changed, parked)
        self._written.forget(moves.keys() - moved)
        rows = {key: self._after(key, own, changed, parked) for key, own in before.items()}
        self._written.moved({tenant_id: moves[tenant_id] for tenant_id in moved}, rows)
        for (tenant_id, _), why in parked.items():
            if tenant_id in moved:
                about = {"tenant_id": tenant_id, "position": why.position, "event_type": why.event_type}
                log.error("a patient is parked", extra={**about, **why.operation, "reason": why.error})
                self._metrics.error("patient")
        return moved

    def _after(
        self,
        key: PatientKey,
        before: Rows | Parked[Rows],
        changed: Changed[Rows],
        parked: Collection[PatientKey],
    ) -> Rows | Parked[Rows]:
        """What is remembered of a patient's rows: what the next fold usually needs."""
        own = before.rows if isinstance(before, Parked) else before
        after = self._projection.without_seldom(changed[key][1] if key in changed else own)
        return Parked(after) if key in parked or isinstance(before, Parked) else after

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


def _folded(
    events: Mapping[PatientKey, Sequence[Logged]],
    before: Mapping[PatientKey, Rows | Parked[Rows]],
    parked: Mapping[PatientKey, Parking],
) -> Iterator[Logged]:
    """Those that the rows now hold: not what is passed over because a patient was parked, or is from then on."""
    for patient, own in events.items():
        if not isinstance(before.get(patient), Parked):
            why = parked.get(patient)
            yield from own if why is None else (event for event in own if event.position < why.position)
