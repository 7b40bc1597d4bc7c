"""In which order a batch's rows become commands, and which of them may be done side by side."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal
from uuid import UUID

from command_api.imports.rows.visit import Visit
from healz.events.fields import INSTANT_MIN

Kind = Literal["register", "book", "end"]
ORDER: tuple[Kind, ...] = ("register", "book", "end")


@dataclass(frozen=True)
class RowStep:
    """One command of a row, as of ``at``."""

    kind: Kind
    at: datetime
    visit: Visit
    patient_id: UUID


def lanes(visits: Iterable[Visit], patients: Mapping[int, UUID]) -> list[list[RowStep]]:
    """Divides rows into lanes, each in time order; two lanes share no patient, no phone, no CPF and no doctor's time.

    Lanes may be done side by side, and what is refused never hangs on which of two rows was faster.
    """
    visits = list(visits)
    together = _Together()
    for visit in visits:
        together.put(visit.number, ("patient", patients[visit.number]))
        for identity in visit.identities:
            together.put(visit.number, identity)
    for clashing in _clashing(visits):
        for visit in clashing[1:]:
            together.join(clashing[0].number, visit.number)
    found: defaultdict[int, list[RowStep]] = defaultdict(list)
    for visit in visits:
        found[together.lane(visit.number)] += _steps(visit, patients[visit.number])
    return [sorted(steps, key=_in_time) for steps in found.values()]


def _steps(visit: Visit, patient_id: UUID) -> list[RowStep]:
    at: dict[Kind, datetime] = {"register": visit.booked_at, "book": visit.booked_at, "end": visit.outcome_at}
    return [RowStep(kind, at[kind], visit, patient_id) for kind in ORDER]


def _in_time(step: RowStep) -> tuple[datetime, bool, int, int]:
    """At the same moment what ended comes before what begins: a time that was given back may be taken again."""
    ends_earlier_one = step.kind == "end" and step.visit.booked_at < step.at
    return step.at, not ends_earlier_one, step.visit.number, ORDER.index(step.kind)


def _clashing(visits: Iterable[Visit]) -> Iterable[list[Visit]]:
    """The visits of one doctor that overlap, or overlap what overlaps them."""
    by_doctor = sorted(visits, key=lambda visit: (visit.row.doctor_id, visit.scheduled_for, visit.number))
    for _, of_doctor in groupby(by_doctor, key=lambda visit: visit.row.doctor_id):
        chain: list[Visit] = []
        ends_at = INSTANT_MIN
        for visit in of_doctor:
            if chain and visit.scheduled_for >= ends_at:
                yield chain
                chain = []
            chain.append(visit)
            ends_at = max(ends_at, visit.ends_at)
        yield chain


class _Together:
    """Union-find over row numbers: rows that share something, be it through others, are in one lane."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        self._first: dict[Hashable, int] = {}

    def put(self, number: int, shared: Hashable) -> None:
        """The row has ``shared``, and belongs together with all others that have it."""
        self.join(number, self._first.setdefault(shared, number))

    def join(self, row: int, other: int) -> None:
        self._next[self.lane(row)] = self.lane(other)

    def lane(self, number: int) -> int:
        while (following := self._next.setdefault(number, number)) != number:
            self._next[number] = self._next.setdefault(following, following)
            number = following
        return number
