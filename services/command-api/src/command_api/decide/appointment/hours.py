"""When a clinic is open, or a doctor there: by the clock on the clinic's wall."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, order=True)
class Window:
    """``[begins, ends)`` of each such weekday, in minutes after 0:00; ``weekday`` as ISO counts: 1 is Monday."""

    weekday: int
    begins: int
    ends: int

    def holds(self, shown: datetime) -> bool:
        """Whether that clock shows a time in it."""
        return self.weekday == shown.isoweekday() and self.begins <= shown.hour * 60 + shown.minute < self.ends


Hours = frozenset[Window]
"""A week of them; empty: never."""


def first_outside(hours: Hours, start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """What the clock shows when, from ``start`` on, it first shows a time in no window. None: not before ``end``.

    It looks minute by minute: windows begin and end, and clocks are set, at full minutes. So midnight, windows that
    touch, an hour that is left out and one that comes twice need no rule of their own. ``end`` itself is outside.
    """
    at = start.astimezone(UTC)
    while at < end:
        shown = at.astimezone(zone)
        if not any(window.holds(shown) for window in hours):
            return shown
        at = at.replace(second=0, microsecond=0) + MINUTE
    return None


def in_words(hours: Hours, day: date) -> str:
    """The windows of that day, for people: "from 08:00 to 12:00 and from 13:00 to 18:00"; empty without any."""
    windows = sorted(window for window in hours if window.weekday == day.isoweekday())
    return " and ".join(f"from {_clock(window.begins)} to {_clock(window.ends)}" for window in windows)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
