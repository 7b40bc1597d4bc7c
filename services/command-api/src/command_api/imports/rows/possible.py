"""What can't have been so: a row's times that lie ahead of the clock, or before each other."""

from datetime import datetime
from zoneinfo import ZoneInfo

from command_api.imports.rows.row import ImportRow, RowRefused

AHEAD = {
    "scheduled_for": "this lies ahead, so it can't be over; give scheduled or confirmed as outcome, or correct it",
    "outcome_at": "this lies ahead, so it can't have ended; give outcome_at, when it did",
    "booked_at": "this lies ahead; give when it was booked, or leave it out",
}
MAY_LIE_AHEAD = {
    "scheduled": ("scheduled_for", "outcome_at"),
    "confirmed": ("scheduled_for", "outcome_at"),
    "cancelled": ("scheduled_for",),
}
"""Whatever else has come of it is over."""


def check_past(
    row: ImportRow, scheduled_for: datetime, booked_at: datetime, outcome_at: datetime, latest: datetime
) -> None:
    """Raises RowRefused for what is said to be over and lies after ``latest``."""
    for column, at in (("scheduled_for", scheduled_for), ("booked_at", booked_at), ("outcome_at", outcome_at)):
        if at > latest and column not in MAY_LIE_AHEAD.get(row.outcome, ()):
            raise RowRefused("time_to_come", AHEAD[column], column)


def check_order(
    row: ImportRow, scheduled_for: datetime, booked_at: datetime, outcome_at: datetime, zone: ZoneInfo
) -> None:
    """Raises RowRefused for what the outcome's own command would refuse, before anything is booked that could not be
    ended."""
    if outcome_at < booked_at:
        raise RowRefused("outcome_before_booking", "it can't have ended before it was booked", "outcome_at")
    if row.outcome == "no_show" and outcome_at < scheduled_for:
        raise RowRefused("no_show_before_the_start", "nobody can have missed it before it began", "outcome_at")
    if row.outcome == "completed" and outcome_at.astimezone(zone).date() < scheduled_for.astimezone(zone).date():
        raise RowRefused("completion_before_the_day", "it can't be completed before its day", "outcome_at")
