"""Bounds that the deciders keep."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Limits:
    """Each is a setting."""

    clock_ahead: timedelta = timedelta(minutes=5)
    booking_behind: timedelta = timedelta(0)
    """How far behind the clock the staff may still book; the minute that has begun always."""
    message_age: timedelta = timedelta(days=30)
    """How long ago a message may have been written that is recorded now; an import may record older ones."""
    outcome_age: timedelta = timedelta(days=30)
    """How long ago it may have been what the staff now say became of an appointment."""
    reminders_per_appointment_max: int = 20
    corrections_per_appointment_max: int = 20
    event_bytes_max: int = 64 * 1024
    """Of a payload, as JSON."""
    merged_events_max: int = 500
    """How long a history may be that is told again in one commit, when two records become one."""


DEFAULT_LIMITS = Limits()
