"""A doctor's day in a clinic as stretches of time, one after the other: taken, free, or nobody there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

FREE_MINUTES_MIN = 5
"""A shorter gap is nobody's to give away."""
TAKES_TIME = frozenset(("scheduled", "confirmed", "completed"))
"""Of an appointment's statuses; who cancelled or did not come leaves the time free."""


@dataclass(frozen=True)
class DayStretch:
    """``[begins, ends)``; ``appointment`` None: free."""

    begins: datetime
    ends: datetime
    appointment: Mapping[str, Any] | None = None

    @property
    def minutes(self) -> int:
        return round((self.ends - self.begins).total_seconds() / 60)


@dataclass(frozen=True)
class DoctorsDay:
    """``hours_known`` False: nobody said when the doctor is there, so nothing is called free.

    ``is_there``: in some hours of the day, be they over.
    """

    doctor_id: str
    name: str
    stretches: Sequence[DayStretch]
    hours_known: bool
    is_there: bool

    @property
    def taken_minutes(self) -> int:
        return sum(one.minutes for one in self.stretches if one.appointment and _takes_time(one.appointment))

    @property
    def free_minutes(self) -> int:
        return sum(one.minutes for one in self.stretches if one.appointment is None)


def windows(day: date, zone: ZoneInfo, clinic: Mapping[str, Any], doctor: Mapping[str, Any]) -> list[DayStretch] | None:
    """When the doctor is in the clinic that day: by their schedule, else by the clinic's hours; None: nobody said."""
    if doctor["schedule"] is not None:
        here = [one for one in doctor["schedule"] if one["clinic_id"] == clinic["clinic_id"]]
        hours = [(one["weekday"], one["from"], one["until"]) for one in here]
    elif clinic["opening_hours"] is not None:
        hours = [(one["weekday"], one["opens_at"], one["closes_at"]) for one in clinic["opening_hours"]]
    else:
        return None
    return [
        DayStretch(_at(day, begins, zone), _at(day, ends, zone))
        for weekday, begins, ends in sorted(hours)
        if weekday == day.isoweekday()
    ]


def doctors_day(
    doctor: Mapping[str, Any],
    there: Sequence[DayStretch] | None,
    appointments: Iterable[Mapping[str, Any]],
    now: datetime,
) -> DoctorsDay:
    """The doctor's stretches in time order: all appointments, and what is free between them in the hours of duty.

    What is past at ``now`` is nobody's to give away.
    """
    booked = sorted((_stretch(one) for one in appointments), key=lambda one: one.begins)
    ahead = [DayStretch(max(one.begins, now), one.ends) for one in there or () if one.ends > now]
    free = _free(ahead, [one for one in booked if one.appointment and _takes_time(one.appointment)])
    both = sorted([*booked, *free], key=lambda one: one.begins)
    return DoctorsDay(doctor["doctor_id"], doctor["full_name"], both, there is not None, bool(there))


def _free(there: Sequence[DayStretch], booked: Sequence[DayStretch]) -> Iterator[DayStretch]:
    for window in there:
        within = [one for one in booked if one.ends > window.begins and one.begins < window.ends]
        ends = [window.begins, *(one.ends for one in within)]
        begins = [*(one.begins for one in within), window.ends]
        # Where two overlap (a squeeze-in) the later end counts.
        latest = window.begins
        for end, begin in zip(ends, begins, strict=True):
            latest = max(latest, end)
            if begin - latest >= timedelta(minutes=FREE_MINUTES_MIN):
                yield DayStretch(latest, begin)


def _stretch(appointment: Mapping[str, Any]) -> DayStretch:
    begins = datetime.fromisoformat(appointment["scheduled_for"])
    return DayStretch(begins, begins + timedelta(minutes=appointment["duration"]), appointment)


def _takes_time(appointment: Mapping[str, Any]) -> bool:
    return appointment["status"] in TAKES_TIME


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    hour, minute = map(int, clock.split(":"))
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
