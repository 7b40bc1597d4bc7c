"""Rows as of a time: folded from the log a page at a time; of a long history the fold is cached and continued.

Whatever else is folded for a question about one patient goes the same way, under the same bounds.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from command_api.cases import STILL_READING
from command_api.fold.limits import FoldLimits
from command_api.fold.lines import Busy, LongFolds
from command_api.fold.prefix import Last, Prefix, go_on
from command_api.http.queries.left_out import AllLeftOut, LeftOut
from healz.events import Recorded
from healz.kept import Kept
from healz.read_models import journey, patient
from healz.read_models.journey_row import JourneyRows
from healz.read_models.patient_row import PatientRow
from healz.read_models.why import Evolve


@dataclass(frozen=True)
class Rows:
    """A patient's row, None before there was one; and their journeys', for who sees some clinics alone."""

    patient: PatientRow | None = None
    journeys: JourneyRows = field(default_factory=JourneyRows)


State = TypeVar("State")
Clinics = frozenset[UUID] | None

Read = Callable[[Last | None], Awaitable[tuple[list[str], bool] | None]]
"""The page of events after this one, up to the position that is asked about, and whether more follow; None: the store
does not hold that event any more."""


@dataclass(frozen=True)
class Folding(Generic[State]):
    """What is folded of a patient's events. The cache tells foldings apart by their ``name``."""

    name: str
    empty: State
    evolve: Callable[[State, Recorded], State]


@dataclass(frozen=True)
class Whose:
    """A patient, as who sees these clinics sees them (None: all), without what the read models leave out."""

    tenant_id: UUID
    patient_id: UUID
    clinics: Clinics
    left_out: tuple[LeftOut, ...] = ()


class RowsThen:
    """A cache: of each patient with a long history what was folded last, for whoever asks about a time after that."""

    def __init__(self, limits: FoldLimits, kept_bytes_max: int, long: LongFolds) -> None:
        self.limits = limits
        self._kept: Kept[tuple[str, Whose], Prefix[Any]] = Kept(kept_bytes_max)
        self._long = long

    async def folded(self, folding: Folding[State], whose: Whose, until: int, read: Read) -> State:
        """The fold of all that ``read`` gives, which goes up to the position ``until``.

        Raises Busy where the history is long and others, or it alone, take too long.
        """
        nothing = Prefix(folding.empty)

        def kept() -> Prefix[State]:
            prefix = self._kept.get((folding.name, whose))
            return (
                prefix if prefix is not None and prefix.last is not None and prefix.last.position <= until else nothing
            )

        async def go_further(known: Prefix[State]) -> tuple[Prefix[State], bool]:
            page = await read(known.last)
            if page is None:
                known, page = nothing, await read(None)
                assert page is not None
            envelopes, more = page
            return await go_on(known, envelopes, folding.evolve, self.limits.slice_seconds), more

        known, more = await go_further(kept())
        if not more:
            return known.state
        async with self._long.turn(whose.tenant_id):
            give_up_at = time.monotonic() + self.limits.seconds_max
            # Whoever had the turn before may have got further.
            known = max(known, kept(), key=lambda prefix: prefix.facts)
            while more and time.monotonic() < give_up_at:
                known, more = await go_further(known)
                self._kept.put((folding.name, whose), known, known.bytes)
        if more:
            raise Busy(STILL_READING)
        return known.state


def rows_folding(clinics: Clinics, left_out: AllLeftOut) -> Folding[Rows]:
    """The fold of a patient's rows, for who sees these clinics."""
    evolve_patient = left_out["patient"].around(patient.evolve)
    if clinics is None:
        return Folding("rows", Rows(), partial(_whole, evolve_patient))
    return Folding("rows", Rows(), partial(_in_clinics, evolve_patient, left_out["journey"].around(journey.evolve)))


def _whole(evolve_patient: Evolve[PatientRow | None], rows: Rows, event: Recorded) -> Rows:
    return Rows(evolve_patient(rows.patient, event))


def _in_clinics(
    evolve_patient: Evolve[PatientRow | None], evolve_journeys: Evolve[JourneyRows], rows: Rows, event: Recorded
) -> Rows:
    return Rows(evolve_patient(rows.patient, event), evolve_journeys(rows.journeys, event))
