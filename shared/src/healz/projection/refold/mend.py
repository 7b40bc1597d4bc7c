"""Compares a patient's rows with what their events make of them, and puts right what differs."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from healz.projection.fold import fold_one, forgotten
from healz.projection.halted import reason_of
from healz.projection.parked import ROW_REFUSED, Parking
from healz.projection.refold.compare import RowDifference, differences
from healz.projection.refold.seen import SeenPatient, SeenSpan, Sight
from healz.projection.refold.span import Span, of_one
from healz.projection.refold.writing import Right, Writing
from healz.projection.shape import Projection

Rows = TypeVar("Rows")
TRIES_WITHOUT_LOCK = 3
ROWS_HELD_MAX = 250
"""So many rows, or one patient's, are written while the checkpoint is held: the projector waits for no more."""


@dataclass
class Refolded:
    """What came of some patients."""

    patients: int = 0
    events: int = 0
    wrong: list[RowDifference] = field(default_factory=list)
    parked: dict[UUID, Parking] = field(default_factory=dict)
    """Who is parked now."""
    freed: int = 0
    """How many are parked no more."""

    def add(self, other: "Refolded") -> None:
        """And what came of these."""
        self.patients += other.patients
        self.events += other.events
        self.wrong += other.wrong
        self.parked |= other.parked
        self.freed += other.freed


class Refold(Generic[Rows]):
    """Refolds patients of one read model, on a connection of its projector's."""

    def __init__(self, projection: Projection[Rows]) -> None:
        self._projection = projection
        self._sight = Sight(projection)
        self._writing = Writing(projection)

    async def read(self, connection: Any, span: Span) -> SeenSpan[Rows]:
        """What both begin with; whoever has many spans reads the next one meanwhile. Raises UnknownEvent."""
        return await self._sight.read(connection, span)

    async def verify(self, connection: Any, span: Span, seen: SeenSpan[Rows] | None = None) -> Refolded:
        """Compares and changes nothing; exact while commands and projector go on. Raises UnknownEvent."""
        seen = seen or await self._sight.read(connection, span)
        rights = {patient_id: self._right(patient, until_parked=True) for patient_id, patient in seen.patients.items()}
        return _told(seen, rights)

    async def mend(self, connection: Any, span: Span, seen: SeenSpan[Rows] | None = None) -> Refolded:
        """Writes what differs; who is parked is tried again. Whose events came or were dropped since is taken alone.

        Raises UnknownEvent.
        """
        refolded, again = Refolded(), set[UUID]()
        try:
            refolded, again = await self._mend(connection, span, seen)
        except ROW_REFUSED:
            again = set((await self._sight.read(connection, span)).patients)
        for patient_id in again:
            refolded.add(await self._one(connection, of_one(span.tenant_id, patient_id)))
        return refolded

    async def _one(self, connection: Any, span: Span) -> Refolded:
        try:
            for _ in range(TRIES_WITHOUT_LOCK):
                refolded, again = await self._mend(connection, span)
                if not again:
                    return refolded
            # Somebody writes to this patient without a pause: now nobody moves the checkpoint meanwhile.
            async with self._writing.held(connection, span.tenant_id):
                return (await self._mend(connection, span))[0]
        except ROW_REFUSED as error:
            return await self._around(connection, span, reason_of(error))

    async def _mend(
        self, connection: Any, span: Span, seen: SeenSpan[Rows] | None = None
    ) -> tuple[Refolded, set[UUID]]:
        """What was done, and whose events are others than were read, to whom nothing was done."""
        seen = seen or await self._sight.read(connection, span)
        rights = {patient_id: self._right(patient) for patient_id, patient in seen.patients.items()}
        todo = {
            patient_id: right
            for patient_id, right in rights.items()
            if right.wrong or right.parked != seen.patients[patient_id].parked
        }
        changed: set[UUID] = set()
        for some in _portions(todo):
            try:
                async with self._writing.held(connection, span.tenant_id) as position:
                    theirs = some.keys() & await self._writing.changed(connection, span, seen, position)
                    await self._writing.write(connection, span.tenant_id, but(some, theirs))
            except ROW_REFUSED:
                if len(seen.patients) == 1:
                    raise
                theirs = set(some)  # whose it is turns out when each is taken alone
            changed |= theirs
        return _told(seen, but(rights, changed)), changed

    async def _around(self, connection: Any, span: Span, error: str) -> Refolded:
        """One patient, whose rows the database refuses: parks them at the first event after which it does."""
        async with self._writing.held(connection, span.tenant_id):
            seen = await self._sight.read(connection, span)
            [(patient_id, patient)] = seen.patients.items()
            accepted, refused = 0, len(patient.events)
            while refused - accepted > 1:
                half = (accepted + refused) // 2
                right = self._right_until(patient, half, None)
                if await self._writing.is_accepted(connection, span.tenant_id, {patient_id: right}):
                    accepted = half
                else:
                    refused = half
            last = patient.events[accepted]
            right = self._right_until(patient, accepted, Parking(last.position, last.event_type, error))
            await self._writing.write(connection, span.tenant_id, {patient_id: right})
            return _told(seen, {patient_id: right})

    def _right(self, patient: SeenPatient[Rows], *, until_parked: bool = False) -> Right[Rows]:
        parked = patient.parked if until_parked else None
        until = len(patient.events)
        if parked is not None:
            until = sum(event.position < parked.position for event in patient.events)
        return self._right_until(patient, until, parked)

    def _right_until(self, patient: SeenPatient[Rows], until: int, parked: Parking | None) -> Right[Rows]:
        """Of somebody who is ``parked`` after so many of their events."""
        rows, stopped = fold_one(self._projection, self._projection.empty, patient.events[:until])
        rows = forgotten(self._projection, rows, patient.events[until:])
        return Right(rows, stopped or parked, list(differences(self._projection, patient.rows, rows)))


def _portions(todo: Mapping[UUID, Right[Rows]]) -> Iterator[dict[UUID, Right[Rows]]]:
    some: dict[UUID, Right[Rows]] = {}
    rows = 0
    for patient_id, right in todo.items():
        if some and rows + len(right.wrong) > ROWS_HELD_MAX:
            yield some
            some, rows = {}, 0
        some[patient_id] = right
        rows += len(right.wrong)
    if some:
        yield some


def but(patients: Mapping[UUID, Right[Rows]], left_out: Collection[UUID]) -> dict[UUID, Right[Rows]]:
    """All of them but those."""
    return {patient_id: right for patient_id, right in patients.items() if patient_id not in left_out}


def _told(seen: SeenSpan[Rows], rights: Mapping[UUID, Right[Rows]]) -> Refolded:
    return Refolded(
        patients=len(rights),
        events=seen.events,
        wrong=[one for right in rights.values() for one in right.wrong],
        parked={patient_id: right.parked for patient_id, right in rights.items() if right.parked is not None},
        freed=sum(1 for own, right in rights.items() if right.parked is None and seen.patients[own].parked is not None),
    )
