"""An appointment by id, and the answer for a row of the appointment read model."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from pydantic import BaseModel

from command_api.decide.times import GivenInstant
from command_api.http.queries.disclosure import disclosed
from command_api.http.queries.reader import Keyset, Reader
from command_api.scope import NotFound
from healz.events.appointment_event import Account
from healz.events.personal import NOT_THE_PATIENTS, Personal
from healz.read_models.appointment_row import AppointmentRow

# By name: a prepared statement outlives a migration that adds a column or takes one away.
COLUMNS = ", ".join(AppointmentRow.__struct_fields__)
BY_ID = f"""
SELECT {COLUMNS}
  FROM appointment.appointment_view
 WHERE tenant_id = $1
   AND appointment_id = $2
"""  # noqa: S608  # the row's own columns
EARLIEST_FIRST = Keyset(scheduled_for=GivenInstant, appointment_id=UUID)


class AppointmentAnswer(BaseModel):
    """An appointment as the read model has it; ``duration`` in minutes. What the reader's role may not see is null."""

    appointment_id: UUID
    version: int
    clinic_id: UUID
    patient_id: UUID
    patient_name: Annotated[str, Personal("name")]
    patient_phone: Annotated[str, Personal("contact")] | None
    doctor_id: UUID
    doctor_name: Annotated[str, NOT_THE_PATIENTS]
    scheduled_for: datetime
    duration: int
    appointment_type: str
    status: str
    confirmed_at: datetime | None
    confirmed_by: str | None
    confirmation_method: str | None
    confirmation_count: int
    reminder_sent_at: datetime | None
    reminder_delivery_status: str | None
    arrived_at: datetime | None
    cancelled_at: datetime | None
    cancellation_reason: Annotated[str, Personal("reason")] | None
    on_whose_account: Account | None
    squeeze_in: bool
    completed_at: datetime | None
    notes: Annotated[str, Personal("note")] | None
    rescheduled_count: int
    original_scheduled_for: datetime | None
    created_at: datetime
    updated_at: datetime


@get("/{appointment_id:uuid}", summary="An appointment")
async def get_appointment(appointment_id: UUID, reader: NamedDependency[Reader]) -> Response[AppointmentAnswer]:
    row = await reader.row("appointment", BY_ID, appointment_id)
    if row is None:
        raise NotFound
    [appointment] = appointment_answers([row], reader)
    return Response(appointment, headers=reader.headers | {"ETag": f'"{row["version"]}"'})


def appointment_answers(rows: Iterable[Any], reader: Reader) -> list[AppointmentAnswer]:
    """The answers for rows of ``appointment.appointment_view``."""
    return [disclosed(AppointmentAnswer.model_validate(dict(row)), reader.user.role) for row in rows]


handlers = [get_appointment]
