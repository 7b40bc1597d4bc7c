"""Times and days as a frontend gives them: RFC 3339, and nothing else that could be taken for one."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from healz.events.fields import Instant

DEFAULT_TIME_ZONE = "America/Sao_Paulo"
"""Where neither the clinic nor the organisation names one; ``reference.clinic_zone`` says the same in SQL."""
_MONTH_AND_DAY = "-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
ANY_DAY_PATTERN = f"(?!0000)[0-9]{{4}}{_MONTH_AND_DAY}"
"""Whoever was born before 1900 is told so by a rule of the domain."""
DAY_PATTERN = f"(?:19|20|21)[0-9]{{2}}{_MONTH_AND_DAY}"
"""A day of the years 1900 to 2199."""
TIME_PATTERN = (
    f"{DAY_PATTERN}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{{1,9}})?"
    "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
"""A time of such a day, with its offset."""
ANY_DAY = re.compile(ANY_DAY_PATTERN)
DAY = re.compile(DAY_PATTERN)
TIME = re.compile(TIME_PATTERN)
DAY_WANTED = "give the date as YYYY-MM-DD"
TIME_WANTED = "give the time with its offset, like 2030-03-14T15:30:00-03:00, of a year from 1900 to 2199"


def time(value: Any) -> datetime:
    """A time that is written out, with its day and its offset.

    Raises ValueError for anything else: also for a number, which may count seconds or milliseconds, and for a week or a
    day of the year, which are easily taken for a date.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not TIME.fullmatch(value):
        raise ValueError(TIME_WANTED)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such time") from None


GivenInstant = Annotated[
    Instant,
    BeforeValidator(time),
    AfterValidator(lambda at: at.astimezone(UTC)),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": f"^{TIME_PATTERN}$"}),
]
"""A time as a frontend gives it, with any offset; UTC from here on."""


def day(value: Any) -> date:
    """A day that is written as one. Raises ValueError for anything else, and for a day that there is not."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not ANY_DAY.fullmatch(value):
        raise ValueError(DAY_WANTED)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day") from None


def day_asked(text: str) -> date:
    """A day of a query. Raises ValueError for one before 1900 or after 2199, too."""
    if not DAY.fullmatch(text):
        raise ValueError(f"{DAY_WANTED}, of a year from 1900 to 2199")
    return day(text)


DayGiven = Annotated[
    date,
    BeforeValidator(day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{ANY_DAY_PATTERN}$", "examples": ["1985-07-14"]}),
    Field(examples=["1985-07-14"]),
]
