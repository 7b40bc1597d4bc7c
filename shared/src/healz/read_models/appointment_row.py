"""The rows of the appointment read model."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from healz.read_models.contact import PatientContact


class AppointmentRow(Struct, frozen=True):
    """A row of ``appointment.appointment_view``, a field per column; ``duration`` in minutes."""

    tenant_id: UUID
    appointment_id: UUID
    version: int
    clinic_id: UUID
    patient_id: UUID
    patient_name: str
    patient_phone: str
    doctor_id: UUID
    doctor_name: str
    scheduled_for: datetime
    duration: int
    appointment_type: str
    created_at: datetime
    updated_at: datetime
    status: str = "scheduled"
    notes: str | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    confirmation_method: str | None = None
    confirmation_count: int = 0
    reminder_sent_at: datetime | None = None
    reminder_delivery_status: str | None = None
    reminder_id: UUID | None = None
    reminders_seen: list[str] = field(default_factory=list)
    cancelled_at: datetime | None = None
    cancellation_reason: str | None = None
    completed_at: datetime | None = None
    rescheduled_count: int = 0
    original_scheduled_for: datetime | None = None
    arrived_at: datetime | None = None
    on_whose_account: str | None = None
    squeeze_in: bool = False


OF_THE_NEW_TIME: dict[str, Any] = {
    "confirmed_at": None,
    "confirmed_by": None,
    "confirmation_method": None,
    "confirmation_count": 0,
    "reminder_sent_at": None,
    "reminder_delivery_status": None,
    "reminder_id": None,
    "arrived_at": None,
}
"""What a reschedule sets back: for the new time nobody has said anything yet."""


class AppointmentRows(Struct, frozen=True):
    """All of one patient's rows of this read model."""

    contact: PatientContact | None = None
    appointments: dict[UUID, AppointmentRow] = field(default_factory=dict)


def named(row: AppointmentRow, contact: PatientContact) -> AppointmentRow:
    """The row with the patient's name and phone on it; of an anonymised one without what somebody wrote of them."""
    row = replace(row, patient_name=contact.full_name, patient_phone=contact.phone)
    return replace(row, notes=None, cancellation_reason=None) if contact.is_anonymized else row
