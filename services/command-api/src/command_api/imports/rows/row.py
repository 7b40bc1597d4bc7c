"""A row, as it is written."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from command_api.decide.appointment.commands import DURATION_MINUTES_DEFAULT
from command_api.decide.patient.identifiers import CpfGiven, NameGiven, PhoneGiven
from command_api.decide.times import DayGiven
from healz.events.appointment_event import DURATION_MINUTES_MAX, AppointmentType
from healz.events.fields import Notes, Reason

TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class RowRefused(Exception):
    """A row that is not imported. ``rule`` is a snake_case fact, stable; ``message`` holds nothing of a patient."""

    def __init__(self, rule: str, message: str, column: str | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.message = message
        self.column = column


def _time(text: Any) -> datetime:
    if not TIME.fullmatch(text):
        raise ValueError("give the time like 2019-03-14T15:30:00-03:00, or without the offset on the clinic's clock")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day or time") from None


Time = Annotated[datetime, BeforeValidator(_time)]
"""With an offset, or without one: then what the clock on the clinic's wall showed."""
Outcome = Literal["completed", "no_show", "cancelled"]


class ImportRow(BaseModel):
    """The columns. Those without a default must be in the file; an empty cell is one that is not there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patient_phone: PhoneGiven
    patient_name: NameGiven
    clinic_id: UUID
    doctor_id: UUID
    scheduled_for: Time
    booked_at: Time
    appointment_type: AppointmentType
    outcome: Outcome
    patient_birth_date: DayGiven | None = None
    patient_cpf: CpfGiven | None = None
    patient_guardian_phone: PhoneGiven | None = None
    duration: int = Field(default=DURATION_MINUTES_DEFAULT, ge=1, le=DURATION_MINUTES_MAX)
    outcome_at: Time | None = None
    notes: Notes | None = None
    cancellation_reason: Reason | None = None
    requires_follow_up: bool = False


REQUIRED = tuple(name for name, field in ImportRow.model_fields.items() if field.is_required())
OPTIONAL = tuple(name for name, field in ImportRow.model_fields.items() if not field.is_required())


def read_row(cells: dict[str, str]) -> ImportRow:
    """The row of these cells. Raises RowRefused for the first that is not as it must be."""
    try:
        return ImportRow.model_validate(cells)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        column = str(first["loc"][0])
        if first["type"] == "missing":
            raise RowRefused("cell_missing", f"{column} must not be empty", column) from None
        message = first["msg"].removeprefix("Value error, ")
        raise RowRefused("cell_invalid", message, column) from None
