"""Days and times of a week, as a body gives them."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from healz.events.json_kinds import whole

CLOCK = re.compile("(?:[01][0-9]|2[0-3]):[0-5][0-9]")
END_OF_DAY = "24:00"

Weekday = Annotated[
    int, Field(ge=1, le=7, description="as ISO counts: 1 is Monday, 7 is Sunday"), BeforeValidator(whole)
]


def time_of_day(text: str) -> str:
    """Raises ValueError for anything but HH:MM."""
    if not CLOCK.fullmatch(text):
        raise ValueError("give a time of day as HH:MM, like 08:00")
    return text


def end_of_window(text: str) -> str:
    """Nothing ends as the day begins, so 00:00, which is all that a time picker can say, is the day's end too."""
    return END_OF_DAY if text in (END_OF_DAY, "00:00") else time_of_day(text)


Begins = Annotated[
    str, AfterValidator(time_of_day), Field(examples=["08:00"], json_schema_extra={"pattern": f"^(?:{CLOCK.pattern})$"})
]
Ends = Annotated[
    str,
    AfterValidator(end_of_window),
    Field(
        examples=["12:00"],
        description="24:00, or 00:00, is the end of the day",
        json_schema_extra={"pattern": f"^(?:{CLOCK.pattern}|{END_OF_DAY})$"},
    ),
]


def check_order(begins: str, ends: str) -> None:
    """Raises ValueError for a window that ends before it has begun."""
    if ends <= begins:
        raise ValueError(
            f"{begins} to {ends} is no time within one day; let it end later, or write what lies after midnight"
            " as a window of the next weekday"
        )


def check_apart(windows: Iterable[tuple[int, str, str]]) -> None:
    """Weekday, begin, end. Raises ValueError where two share time; touching is fine."""
    for (weekday, begins, ends), (other, later, until) in pairwise(sorted(windows)):
        if weekday == other and later < ends:
            raise ValueError(f"on weekday {weekday}, {begins} to {ends} and {later} to {until} overlap; make them one")
