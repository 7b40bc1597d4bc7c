"""A cache of patients' cases, so that a command reads and folds only what is new about its patient.

A case here is folded from what was read in the store, and from what this process has committed there, as the reader
reads it back; never from what is only about to be appended. So it may be older than the store, and never newer, unless
the store was restored to an earlier moment. The append finds out either: it compares the number of facts that was
decided on, and the time of the last, with the store's.
"""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from command_api.append import Append
from command_api.decide.case import Case
from command_api.fold.limits import FoldLimits
from command_api.fold.lines import Busy, LongFolds
from command_api.fold.prefix import FACT_BYTES, Last, Prefix, go_on
from command_api.recorded import LogBroken
from healz.events import Recorded
from healz.kept import Kept

WHOSE_BYTES = 300
NOTHING = Prefix(Case())
PATIENT_LOG_BROKEN = "the events of patient %s are not the %d that its log counts, or a version is missing"
STILL_READING = "this patient's history is long and is still being read; try again shortly, it goes on from there"


@dataclass(frozen=True)
class Page:
    """A page of a patient's events, in one snapshot: whose aggregate it is, how many events (``facts``) there are in
    all, and those that come next. ``is_known``: the store holds what was known already, and they come after it.
    ``row`` is all that was read."""

    patient_id: UUID | None
    facts: int
    is_known: bool
    envelopes: list[str]
    row: Any


Read = Callable[[Last | None], Awaitable[Page]]
"""The page after this event of the patient's, or the first one."""


class Cases:
    """The cases that were used last, by tenant and patient."""

    def __init__(self, limits: FoldLimits) -> None:
        self._limits = limits
        self._kept: Kept[tuple[UUID, UUID], Prefix[Case]] = Kept(limits.kept_bytes_max)
        self._whose: Kept[tuple[UUID, UUID], UUID] = Kept(limits.kept_bytes_max // 8)
        self._shared: Kept[tuple[UUID, UUID], float] = Kept(limits.kept_bytes_max // 8)
        self.long = LongFolds(limits)

    def whose(self, tenant_id: UUID, aggregate_id: UUID) -> UUID:
        """The patient, as far as it is known: an aggregate never goes over to another. Else the aggregate itself."""
        return self._whose.get((tenant_id, aggregate_id)) or aggregate_id

    def kept(self, tenant_id: UUID, aggregate_id: UUID) -> tuple[UUID, Prefix[Case]] | None:
        """The patient whose aggregate this is, and their case as it was last known here.

        None: it is not kept, or likely to be out of date: another process wrote of this patient a short time ago.
        """
        patient_id = self.whose(tenant_id, aggregate_id)
        if (self._shared.get((tenant_id, patient_id)) or -math.inf) > time.monotonic():
            return None
        prefix = self._kept.get((tenant_id, patient_id))
        return None if prefix is None else (patient_id, prefix)

    def committed(self, append: Append, position: int, last_at: datetime) -> None:
        """Keeps the case as it is after this commit, whose last event has this position and time."""
        if not append.events:
            return
        key = (append.tenant_id, append.patient_id)
        before = self._kept.get(key)
        weighs = append.bytes + (before.bytes if before is not None else NOTHING.bytes + FACT_BYTES * append.facts)
        last = Last(append.events[-1].event_id, position, last_at)
        self._kept.put(key, Prefix(append.after, append.facts + len(append.events), last, weighs), weighs)
        for event in append.events:
            self._whose.put((append.tenant_id, event.aggregate_id), append.patient_id, WHOSE_BYTES)

    async def load(self, tenant_id: UUID, aggregate_id: UUID, read: Read) -> tuple[Case, Page]:
        """The case of the patient whose aggregate this is, and the page with which it was whole.

        Raises LogBroken, and Busy where the history is long and others, or it alone, take too long.
        """
        known = self._known(tenant_id, self.whose(tenant_id, aggregate_id))
        page = await read(known.last)
        if page.patient_id is None:
            return NOTHING.state, page
        self._whose.put((tenant_id, aggregate_id), page.patient_id, WHOSE_BYTES)
        if known is NOTHING and (kept := self._known(tenant_id, page.patient_id)) is not NOTHING:
            known, page = kept, await read(kept.last)
        if known is not NOTHING and page.facts > known.facts:
            assert page.patient_id is not None
            until = time.monotonic() + self._limits.shared_seconds
            self._shared.put((tenant_id, page.patient_id), until, WHOSE_BYTES)
        case = await self._with(tenant_id, known, page)
        if case.facts != page.facts:
            async with self.long.turn(tenant_id):
                case, page = await self._rest(tenant_id, case, page, read)
        return case.state, page

    async def _rest(self, tenant_id: UUID, case: Prefix[Case], page: Page, read: Read) -> tuple[Prefix[Case], Page]:
        """Page by page, from the furthest that is known by now: whoever had the turn before may have read it."""
        assert page.patient_id is not None
        give_up_at = time.monotonic() + self._limits.seconds_max
        case = max(case, self._known(tenant_id, page.patient_id), key=lambda prefix: prefix.facts)
        while time.monotonic() < give_up_at:
            page = await read(case.last)
            case = await self._with(tenant_id, case, page)
            if case.facts == page.facts:
                return case, page
        raise Busy(STILL_READING)

    def _known(self, tenant_id: UUID, patient_id: UUID) -> Prefix[Case]:
        return self._kept.get((tenant_id, patient_id)) or NOTHING

    async def _with(self, tenant_id: UUID, known: Prefix[Case], page: Page) -> Prefix[Case]:
        """What was known and the page, kept from now on. A store that contradicts itself is read anew next time."""
        assert page.patient_id is not None
        key = (tenant_id, page.patient_id)
        broken = LogBroken(PATIENT_LOG_BROKEN % (page.patient_id, page.facts))

        def step(case: Case, event: Recorded) -> Case:
            # First: what lacks the event that it begins with can't be folded.
            if case.versions.get(event.aggregate_id, 0) + 1 != event.aggregate_version:
                raise broken
            return case.after([event.event_data])

        try:
            begin = known if page.is_known else NOTHING
            case = await go_on(begin, page.envelopes, step, self._limits.slice_seconds)
        except Exception:  # whatever is wrong with it: it is read anew next time, and raised as it is
            self._kept.drop(key)
            raise
        if case.facts > page.facts or (case.facts < page.facts and not page.envelopes):
            self._kept.drop(key)
            raise broken
        self._kept.put(key, case, case.bytes)
        return case
