"""Rows as of a time: folded from the log a page at a time; of a long history the fold is cached and continued."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from command_api.cases import STILL_READING
from command_api.fold.limits import FoldLimits
from command_api.fold.lines import Busy, LongFolds
from command_api.fold.prefix import Last, Prefix, go_on
from healz.events import Recorded
from healz.kept import Kept
from healz.read_models import journey, patient
from healz.read_models.journey_row import JourneyRows
from healz.read_models.patient_row import PatientRow


@dataclass(frozen=True)
class Rows:
    """A patient's row, None before there was one; and their journeys', for who sees some clinics alone."""

    patient: PatientRow | None = None
    journeys: JourneyRows = field(default_factory=JourneyRows)


RowPrefix = Prefix[Rows]
NOTHING: RowPrefix = Prefix(Rows())
Clinics = frozenset[UUID] | None

Read = Callable[[Last | None], Awaitable[tuple[list[str], bool] | None]]
"""The page of events after this one, up to the time that is asked about, and whether more follow; None: the store does
not hold that event any more."""
Evolve = Callable[[Rows, Recorded], Rows]


class RowsThen:
    """A cache: of each patient with a long history the rows folded last, for whoever asks about a time after them."""

    def __init__(self, limits: FoldLimits, kept_bytes_max: int, long: LongFolds) -> None:
        self.limits = limits
        self._kept: Kept[tuple[UUID, UUID, Clinics], RowPrefix] = Kept(kept_bytes_max)
        self._long = long

    async def rows(self, tenant_id: UUID, patient_id: UUID, clinics: Clinics, then: datetime, read: Read) -> Rows:
        """The patient's rows at ``then``, of the events that who sees these clinics (None: all) may read.

        Raises Busy where the history is long and others, or it alone, take too long.
        """
        key = (tenant_id, patient_id, clinics)
        evolve = _whole if clinics is None else _in_clinics
        known, more = await self._go_on(self._known(key, then), read, evolve)
        if not more:
            return known.state
        async with self._long.turn(tenant_id):
            give_up_at = time.monotonic() + self.limits.seconds_max
            # Whoever had the turn before may have got further.
            known = max(known, self._known(key, then), key=lambda prefix: prefix.facts)
            while more and time.monotonic() < give_up_at:
                known, more = await self._go_on(known, read, evolve)
                self._kept.put(key, known, known.bytes)
        if more:
            raise Busy(STILL_READING)
        return known.state

    def _known(self, key: tuple[UUID, UUID, Clinics], then: datetime) -> RowPrefix:
        kept = self._kept.get(key)
        return kept if kept is not None and kept.last is not None and kept.last.created_at <= then else NOTHING

    async def _go_on(self, known: RowPrefix, read: Read, evolve: Evolve) -> tuple[RowPrefix, bool]:
        page = await read(known.last)
        if page is None:
            known, page = NOTHING, await read(None)
            assert page is not None
        envelopes, more = page
        return await go_on(known, envelopes, evolve, self.limits.slice_seconds), more


def _whole(rows: Rows, event: Recorded) -> Rows:
    return Rows(patient.evolve(rows.patient, event))


def _in_clinics(rows: Rows, event: Recorded) -> Rows:
    return Rows(patient.evolve(rows.patient, event), journey.evolve(rows.journeys, event))
