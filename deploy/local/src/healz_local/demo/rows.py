"""The shape of the data: one row per appointment, as in the public data set "Medical Appointment No Shows"."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from command_api.decide.times import DEFAULT_TIME_ZONE
from healz_local.errors import LocalStackError

ZONE = ZoneInfo(DEFAULT_TIME_ZONE)
"""The times in the data are the clinic's wall clock."""
IDENTITY_LENGTH = 12
PROBLEMS_SHOWN_MAX = 5
FOREIGN_ID_LENGTH_MAX = 100


def _number(value: Any) -> Any:
    """62 of "62.0": some software writes an age, and an id, as a float."""
    if not isinstance(value, str):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return int(number) if number.is_finite() and number == number.to_integral_value() else value


def _in_the_past(day: date) -> date:
    if day >= datetime.now(ZONE).date():
        raise ValueError("lies ahead; only appointments of the past can be played")
    return day


ForeignId = Annotated[
    str,
    BeforeValidator(lambda value: str(_number(value))),
    Field(min_length=1, max_length=FOREIGN_ID_LENGTH_MAX),
]
"""Another system's: any text, "93779.52927" too. One that is a whole number is that, however it is written."""
Flag = Annotated[bool, BeforeValidator(lambda value: {"0": False, "1": True}.get(value, value))]
NoShow = Annotated[bool, BeforeValidator(lambda value: {"No": False, "Yes": True}.get(value, value))]
WallClock = Annotated[datetime, AfterValidator(lambda at: at.replace(tzinfo=ZONE))]
Day = Annotated[date, BeforeValidator(lambda value: value[:10] if isinstance(value, str) else value)]


class SourceRow(BaseModel):
    """One appointment: booked at ``booked_at`` for some time of ``day``; ``age`` in years at the booking."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True)

    patient: Annotated[ForeignId, Field(alias="PatientId")]
    appointment: Annotated[ForeignId, Field(alias="AppointmentID")]
    gender: Annotated[Literal["F", "M"], Field(alias="Gender")]
    booked_at: Annotated[WallClock, Field(alias="ScheduledDay")]
    day: Annotated[Day, AfterValidator(_in_the_past), Field(alias="AppointmentDay")]
    age: Annotated[int, BeforeValidator(_number), Field(alias="Age", ge=0, le=120)]
    neighbourhood: Annotated[str, Field(alias="Neighbourhood", min_length=1, max_length=200)]
    hypertension: Annotated[Flag, Field(alias="Hipertension")]
    diabetes: Annotated[Flag, Field(alias="Diabetes")]
    reminded: Annotated[Flag, Field(alias="SMS_received")]
    no_show: Annotated[NoShow, Field(alias="No_show")]


COLUMNS = tuple(str(field.alias) for field in SourceRow.model_fields.values())


@dataclass(frozen=True)
class Source:
    """Patients by their first booking, each with all their rows in the order of booking.

    ``identity`` is the same for the same content, wherever it lies. ``left_out``: what is wrong with rows that can't be
    played, each with its line and column.
    """

    name: str
    identity: str
    rows: tuple[SourceRow, ...]
    left_out: tuple[str, ...] = ()


def read_rows(file: Path) -> Source:
    """The rows of a CSV; one that is not as it must be is left out. Raises LocalStackError where none is left."""
    try:
        content = file.read_bytes()
        lines = content.decode("utf-8-sig").splitlines(keepends=True)
    except OSError as error:
        raise LocalStackError(f"{file} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LocalStackError(f"{file} is not a CSV in UTF-8: {error.reason} at byte {error.start}") from error
    left_out: list[str] = []
    try:
        rows = patient_by_patient(_rows(file, lines, left_out))
    except csv.Error as error:
        raise LocalStackError(f"{file} is not a CSV: {error}") from error
    if not rows:
        raise LocalStackError("\n".join([f"{file} has no rows that can be played", *left_out[:PROBLEMS_SHOWN_MAX]]))
    identity = hashlib.sha256(content).hexdigest()[:IDENTITY_LENGTH]
    return Source(file.name, identity, tuple(rows), tuple(left_out))


def patient_by_patient(rows: Iterable[SourceRow]) -> list[SourceRow]:
    """A patient's rows stand together, so that a run feeds whole patients and no fact comes after a later one."""
    # By length first: ids are mostly numbers, and 10 comes after 9.
    kept = sorted(rows, key=lambda row: (row.booked_at, len(row.appointment), row.appointment))
    rank: dict[str, int] = {}
    for row in kept:
        rank.setdefault(row.patient, len(rank))
    return sorted(kept, key=lambda row: rank[row.patient])


def _rows(file: Path, lines: list[str], left_out: list[str]) -> Iterator[SourceRow]:
    """The good ones; ``left_out`` grows by what is wrong with the others."""
    reader = csv.reader(lines)
    header = [name.strip().replace("-", "_") for name in next(reader, [])]
    if missing := [name for name in COLUMNS if name not in header]:
        raise LocalStackError(f"{file} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}")
    seen: dict[str, int] = {}
    for cells in reader:
        place = f"{file}, line {reader.line_num}"
        if len(cells) != len(header):
            left_out.append(f"{place}: {len(cells)} cells, but the header has {len(header)}")
            continue
        try:
            row = SourceRow.model_validate(dict(zip(header, cells, strict=True)))
        except ValidationError as error:
            left_out.append(f"{place}, {'; '.join(map(_problem, error.errors()[:PROBLEMS_SHOWN_MAX]))}")
            continue
        if row.appointment in seen:
            left_out.append(f"{place}, column AppointmentID: {row.appointment} is on line {seen[row.appointment]} too")
            continue
        seen[row.appointment] = reader.line_num
        yield row


def _problem(problem: Any) -> str:
    why = problem["msg"].removeprefix("Value error, ")
    return f"column {problem['loc'][0]}: {problem['input']!r} is not as it must be: {why}"
