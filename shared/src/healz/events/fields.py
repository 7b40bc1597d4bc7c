"""The fields that events are made of, with their limits.

Each text is at most as long as the read-model column that it fills, so no accepted event can fail a projection;
none holds U+0000, which PostgreSQL can't store.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, PlainSerializer, StringConstraints

from healz.events.personal import Personal

NAME_LENGTH_MAX = 255
EMAIL_LENGTH_MAX = 254
REASON_LENGTH_MAX = 500
NOTES_LENGTH_MAX = 2000

NO_NUL = r"^[^\x00]*$"


def rfc3339(at: datetime) -> str:
    """UTC with microseconds, as it stands in an event: ``2026-03-01T12:00:00.000000Z``. ``at`` is aware."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


INSTANT_MIN = datetime(1900, 1, 1, tzinfo=UTC)
INSTANT_MAX = datetime(2200, 1, 1, tzinfo=UTC)
"""Wide enough for any fact, narrow enough that a time zone or a duration never leads out of what can be computed."""
OFFSET_MAX = timedelta(days=1)
"""A time that is written with a year between these may lie so far outside of them."""

Instant = Annotated[
    AwareDatetime,
    Field(ge=INSTANT_MIN - OFFSET_MAX, le=INSTANT_MAX + OFFSET_MAX),
    PlainSerializer(rfc3339, when_used="json"),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH_MAX, pattern=NO_NUL),
    Personal("name"),
]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=REASON_LENGTH_MAX, pattern=NO_NUL), Personal("reason")
]
Notes = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=NOTES_LENGTH_MAX, pattern=NO_NUL), Personal("note")
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"), Personal("contact")]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$", max_length=EMAIL_LENGTH_MAX),
    Personal("contact"),
]
Cpf = Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$"), Personal("document")]
BirthDate = Annotated[date, Personal("document")]

Actor = Literal["patient", "agent", "doctor", "bot", "system", "import"]
