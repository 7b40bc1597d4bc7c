"""Times and days as a frontend gives them. Pure."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from healz.events.fields import Instant

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")


def written_out(value: Any) -> Any:
    """A time that says its day.

    Raises ValueError for a number, also one that comes as a text: nobody can tell whether it counts seconds or
    milliseconds.
    """
    if isinstance(value, datetime) or (isinstance(value, str) and TIME.match(value)):
        return value
    raise ValueError("give the time with its offset, like 2030-03-14T15:30:00-03:00")


GivenInstant = Annotated[Instant, BeforeValidator(written_out), AfterValidator(lambda at: at.astimezone(UTC))]
"""A time as a frontend gives it, with any offset; UTC from here on."""


def day(value: Any) -> date:
    """A day that is written as one. Raises ValueError for anything else, and for a day that there is not."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError("give the date as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day") from None


DayGiven = Annotated[date, BeforeValidator(day), Field(examples=["1985-07-14"])]
