"""Which doctor sees whom and when: the data says only the day. Pure; the same rows always give the same times."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from uuid import UUID, uuid5

from healz_local.demo.rows import ZONE, SourceRow
from healz_local.errors import LocalStackError
from healz_local.settings import DEMO_TENANT

DURATION = timedelta(minutes=30)
QUARTER_S = 15 * 60
OPENS = time(7)
CLOSES = time(18)
"""The last start. Who books later than that on the day itself is seen within the next two hours."""
WAIT_QUARTERS_MAX = 8
SMALL_WORDS = {"da", "das", "de", "do", "dos", "e"}


@dataclass(frozen=True)
class PlannedVisit:
    """A row with its clinic, doctor and start; it lasts DURATION. ``is_first``: of this patient."""

    row: SourceRow
    is_first: bool
    clinic_id: UUID
    doctor_id: UUID
    starts_at: datetime

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + DURATION


def allocate(rows: Iterable[SourceRow]) -> list[PlannedVisit]:
    """A visit for each row, in their order. Nobody is in two places at once; a full clinic gets one more doctor."""
    doctors: defaultdict[str, list[_Diary]] = defaultdict(list)
    patients: defaultdict[str, _Diary] = defaultdict(_Diary)
    return [_visit(row, doctors[row.neighbourhood], patients[row.patient]) for row in rows]


def clinic_name(neighbourhood: str) -> str:
    """Clínica Jardim da Penha, for JARDIM DA PENHA."""
    words = [word if word in SMALL_WORDS else word.capitalize() for word in neighbourhood.lower().split()]
    return f"Clínica {' '.join(words)}"


class _Diary:
    """The visits of one doctor or patient, each by the quarter-hour, counted from 1970, in which it starts."""

    def __init__(self) -> None:
        self._starts: set[int] = set()

    @property
    def empty(self) -> bool:
        return not self._starts

    def free(self, quarter: int) -> bool:
        return self._starts.isdisjoint((quarter - 1, quarter, quarter + 1))

    def enter(self, quarter: int) -> None:
        self._starts.add(quarter)


def _visit(row: SourceRow, doctors: list[_Diary], patient: _Diary) -> PlannedVisit:
    opens, closes, last = (_quarter(row.day, at) for at in (OPENS, CLOSES, time(23, 30)))
    earliest = max(opens, -int(-row.booked_at.timestamp() // QUARTER_S))
    latest = min(last, max(closes, earliest + WAIT_QUARTERS_MAX))
    places: Iterator[tuple[int, int]] = chain(
        ((quarter, number) for quarter in range(earliest, latest + 1) for number in range(len(doctors))),
        # Full: one more doctor, or any other time of the day (a booking that was written down after the visit, too).
        _anywhere(doctors, chain(range(earliest, last + 1), range(min(earliest - 1, last), opens - 28, -1))),
    )
    for quarter, number in places:
        if not patient.free(quarter):
            continue
        if number == len(doctors):
            doctors.append(_Diary())
        if doctors[number].free(quarter):
            clinic_id = uuid5(DEMO_TENANT, row.neighbourhood)
            starts_at = datetime.fromtimestamp(quarter * QUARTER_S, UTC)
            visit = PlannedVisit(row, patient.empty, clinic_id, uuid5(clinic_id, f"doctor {number + 1}"), starts_at)
            patient.enter(quarter)
            doctors[number].enter(quarter)
            return visit
    raise LocalStackError(f"The patient {row.patient} has more appointments on {row.day} than fit into a day")


def _anywhere(doctors: Sequence[_Diary], quarters: Iterable[int]) -> Iterator[tuple[int, int]]:
    return ((quarter, number) for quarter in quarters for number in range(len(doctors) + 1))


def _quarter(day: date, at: time) -> int:
    return int(datetime.combine(day, at, ZONE).timestamp()) // QUARTER_S
