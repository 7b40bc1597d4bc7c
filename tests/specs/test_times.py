"""Times and days in a body: RFC 3339, and nothing else."""

from datetime import UTC, date, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from command_api.decide.times import DayGiven, GivenInstant

TIMES: TypeAdapter[datetime] = TypeAdapter(GivenInstant)
DAYS: TypeAdapter[date] = TypeAdapter(DayGiven)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00.5-03:00", datetime(2026, 3, 1, 13, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-01T10:00:00.123456789Z", datetime(2026, 3, 1, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("1900-01-01T00:00:00+23:59", datetime(1899, 12, 31, 0, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59-23:59", datetime(2200, 1, 1, 23, 58, 59, tzinfo=UTC)),
    ],
)
def test_a_time_is_written_out(text: str, at: datetime) -> None:
    assert TIMES.validate_python(text) == at


@pytest.mark.parametrize(
    "text",
    [
        *("2026-W09-1T10:00:00Z", "2026-060T10:00:00Z", "20260301T100000Z", "2026-03-01 10:00:00Z"),
        *("2026-03-01t10:00:00z", "2026-03-01T10:00Z", "2026-03-01T10:00:00", "2026-03-01T10:00:00+0300"),
        *("2026-02-30T10:00:00Z", "2026-03-01T24:00:00Z", "1772323200", 1772323200, "", None, True),
        *("2026-03-01T10:00:0\N{ARABIC-INDIC DIGIT ONE}Z", "2026-03-01T10:00:00Z\n", "1899-12-31T10:00:00Z"),
    ],
)
def test_what_is_not_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TIMES.validate_python(text)


@pytest.mark.parametrize("text", ["2026-W09-1", "2026-060", "20260301", "2026-02-30", "2026-03-01\n", "0000-01-01", 5])
def test_so_is_a_day(text: object) -> None:
    assert DAYS.validate_python("2026-03-01") == date(2026, 3, 1)
    with pytest.raises(ValidationError):
        DAYS.validate_python(text)
