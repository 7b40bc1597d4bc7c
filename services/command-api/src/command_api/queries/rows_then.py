"""Rows as they were: folded a page of events at a time, and for long histories gone on with from where one got to."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from command_api.cases import STILL_READING
from command_api.fold.kept import Kept
from command_api.fold.limits import FoldLimits
from command_api.fold.lines import Busy, LongFolds
from command_api.fold.prefix import Last, Prefix, go_on
from healz.read_models.patient import evolve
from healz.read_models.patient_row import PatientRow

RowPrefix = Prefix[PatientRow | None]
NOTHING: RowPrefix = Prefix(None)

Read = Callable[[Last | None], Awaitable[tuple[list[str], bool] | None]]
"""The page of events after this one, up to the time that is asked about, and whether more follow; None: the store does
not hold that event any more."""


class RowsThen:
    """Of each patient with a long history the row that was folded last, for whoever asks about a time after it."""

    def __init__(self, limits: FoldLimits, kept_bytes_max: int, long: LongFolds) -> None:
        self.limits = limits
        self._kept: Kept[tuple[UUID, UUID], RowPrefix] = Kept(kept_bytes_max)
        self._long = long

    async def row(self, tenant_id: UUID, patient_id: UUID, then: datetime, read: Read) -> PatientRow | None:
        """The patient's row at ``then``; None: there was none yet.

        Raises Busy where the history is long and others, or it alone, take too long.
        """
        key = (tenant_id, patient_id)
        known, more = await self._go_on(self._known(key, then), read)
        if not more:
            return known.state
        async with self._long.turn(tenant_id):
            give_up_at = time.monotonic() + self.limits.seconds_max
            # Whoever had the turn before may have got further.
            known = max(known, self._known(key, then), key=lambda prefix: prefix.facts)
            while more and time.monotonic() < give_up_at:
                known, more = await self._go_on(known, read)
                self._kept.put(key, known, known.bytes)
        if more:
            raise Busy(STILL_READING)
        return known.state

    def _known(self, key: tuple[UUID, UUID], then: datetime) -> RowPrefix:
        kept = self._kept.get(key)
        return kept if kept is not None and kept.last is not None and kept.last.created_at <= then else NOTHING

    async def _go_on(self, known: RowPrefix, read: Read) -> tuple[RowPrefix, bool]:
        page = await read(known.last)
        if page is None:
            known, page = NOTHING, await read(None)
            assert page is not None
        envelopes, more = page
        return await go_on(known, envelopes, evolve, self.limits.slice_seconds), more
