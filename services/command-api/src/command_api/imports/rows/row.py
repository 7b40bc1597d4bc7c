"""A row, as it is written."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from command_api.decide.appointment.commands import DURATION_MINUTES_DEFAULT
from command_api.decide.patient.identifiers import CpfGiven, PhoneGiven
from command_api.decide.patient.names import NameGiven
from command_api.imports.rows import cells as written
from command_api.imports.rows.words import WORDS, meant
from healz.events.appointment_event import DURATION_MINUTES_MAX, Account, AppointmentType
from healz.events.fields import Notes, Reason


class RowRefused(Exception):
    """A row that is not imported. ``rule`` is a snake_case fact, stable; ``message`` holds nothing of a patient."""

    def __init__(self, rule: str, message: str, column: str | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.message = message
        self.column = column


Time = Annotated[datetime, BeforeValidator(written.time)]
"""With an offset, or without one: then what the clock on the clinic's wall showed."""
Phone = Annotated[PhoneGiven, BeforeValidator(written.phone)]
Outcome = Literal["completed", "no_show", "cancelled", "scheduled", "confirmed"]
"""The last two: it is still to come."""


class ImportRow(BaseModel):
    """The columns. Those without a default must be in the file; an empty cell is one that is not there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patient_phone: Phone
    patient_name: Annotated[NameGiven, BeforeValidator(written.name)]
    clinic_id: UUID
    doctor_id: UUID
    scheduled_for: Time
    appointment_type: AppointmentType
    outcome: Outcome
    booked_at: Time | None = None
    patient_birth_date: Annotated[date, BeforeValidator(written.birth_date)] | None = None
    patient_cpf: Annotated[CpfGiven, BeforeValidator(written.cpf)] | None = None
    patient_guardian_phone: Phone | None = None
    duration: int = Field(default=DURATION_MINUTES_DEFAULT, ge=1, le=DURATION_MINUTES_MAX)
    outcome_at: Time | None = None
    notes: Notes | None = None
    cancellation_reason: Reason | None = None
    requires_follow_up: bool = False
    shares_phone: bool = False
    """Others are reached on this phone too."""
    squeeze_in: bool = False
    """Taken beside what the doctor had already."""
    on_whose_account: Account | None = None
    """Who cancelled."""

    @property
    def is_to_come(self) -> bool:
        return self.outcome in ("scheduled", "confirmed")


REQUIRED = tuple(name for name, field in ImportRow.model_fields.items() if field.is_required())
OPTIONAL = tuple(name for name, field in ImportRow.model_fields.items() if not field.is_required())
MINUTES = f"give whole minutes, from 1 to {DURATION_MINUTES_MAX}"
OUR_WORDS = {
    **dict.fromkeys(("int_parsing", "greater_than_equal", "less_than_equal"), MINUTES),
    "string_too_long": "there are {max_length} characters at most; shorten it",
    "string_pattern_mismatch": "there is a character in it that can't be kept; write it anew",
}
"""By pydantic's kinds of errors, whose own words a clerk does not know."""
NO_VALUE = {"patient_birth_date": written.no_birth_date, "patient_cpf": written.no_cpf}
LEFT_OUT = {
    "patient_birth_date": "this birth date can't be right, so it was left out; give the patient's when you have it",
    "patient_cpf": "this is no CPF, so it was left out; give the patient's when you have it",
}


def read_row(cells: Mapping[str, str]) -> ImportRow:
    """The row of these cells. Raises RowRefused for the first that is not as it must be."""
    without = left_out(cells)
    try:
        return ImportRow.model_validate({name: text for name, text in cells.items() if name not in without})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        column = str(first["loc"][0])
        if first["type"] == "missing":
            raise RowRefused("cell_missing", f"{column} must not be empty", column) from None
        raise RowRefused("cell_invalid", _what_is_wrong(column, first), column) from None


def left_out(cells: Mapping[str, str]) -> tuple[str, ...]:
    """The columns whose cell says nothing although there is something in it: the row stands without."""
    return tuple(column for column, says_nothing in NO_VALUE.items() if says_nothing(cells.get(column, "")))


def _what_is_wrong(column: str, error: Mapping[str, Any]) -> str:
    if column in WORDS:
        return f"write one of: {meant(column)}; or say what your word means, with ?word={column}:YOURS:OURS"
    if column in ("clinic_id", "doctor_id"):
        return (
            f"give the id that it was put with, like 01900000-0000-7000-8000-0000000000c1; or say whose your word is, "
            f"with ?word={column}:YOURS:ID"
        )
    if error["type"] in OUR_WORDS:
        return OUR_WORDS[error["type"]].format(**error.get("ctx", {}))
    return str(error["msg"]).removeprefix("Value error, ")
