"""Who is a minor."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from command_api.decide.times import DEFAULT_TIME_ZONE

ADULT_YEARS = 18
BIRTHDAY_ZONE = ZoneInfo(DEFAULT_TIME_ZONE)
"""Where a day begins for the one question of how old somebody is."""


def is_minor(birth_date: date | None, at: datetime) -> bool:
    """Whether somebody born then was under 18 at ``at``; an unknown birth date counts as an adult's."""
    if birth_date is None:
        return False
    day = at.astimezone(BIRTHDAY_ZONE).date()
    years = day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
    return years < ADULT_YEARS
