"""A time of a row, as the clinic's clock on the wall showed it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from command_api.imports.rows.row import RowRefused
from healz.events.fields import INSTANT_MAX, INSTANT_MIN

INSTANTLY = timedelta(microseconds=1)


def instant(column: str, at: datetime, zone: ZoneInfo) -> datetime:
    """In UTC. What the clinic's clock showed twice or never is refused: who wrote it must say which it was."""
    try:
        if at.tzinfo is None:
            early, late = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
            if early.utcoffset() != late.utcoffset():
                if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == at:
                    rule, how = "local_time_ambiguous", "showed this time twice"
                else:
                    rule, how = "local_time_skipped", "never showed this time"
                raise RowRefused(rule, f"the clinic's clock ({zone.key}) {how}; write the offset, like -03:00", column)
            at = early
        instant = at.astimezone(UTC)
    except OverflowError:
        instant = INSTANT_MAX + INSTANTLY
    if not INSTANT_MIN <= instant <= INSTANT_MAX:
        raise RowRefused("cell_invalid", f"give a time from {INSTANT_MIN:%Y} to {INSTANT_MAX:%Y}", column)
    return instant
