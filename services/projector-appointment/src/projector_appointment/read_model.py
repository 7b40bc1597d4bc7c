"""Where the appointment read model lives: a row per appointment, and the contact whose name stands on it."""

from collections.abc import Mapping, Sequence
from typing import Any

from healz.projection import PatientKey, Projection, Table
from healz.read_models.appointment import evolve
from healz.read_models.appointment_row import AppointmentRow, AppointmentRows
from healz.read_models.contact import PatientContact

PATIENT_CONTACT = Table(
    name="appointment.patient_contact",
    row=PatientContact,
    key=("tenant_id", "patient_id"),
    columns={"tenant_id": "uuid", "patient_id": "uuid", "full_name": "text", "phone": "text"},
)
APPOINTMENT_VIEW = Table(
    name="appointment.appointment_view",
    row=AppointmentRow,
    key=("tenant_id", "appointment_id"),
    columns={
        "tenant_id": "uuid",
        "appointment_id": "uuid",
        "version": "integer",
        "clinic_id": "uuid",
        "patient_id": "uuid",
        "patient_name": "text",
        "patient_phone": "text",
        "doctor_id": "uuid",
        "doctor_name": "text",
        "scheduled_for": "timestamptz",
        "duration": "integer",
        "appointment_type": "text",
        "status": "text",
        "confirmed_at": "timestamptz",
        "confirmed_by": "text",
        "confirmation_method": "text",
        "confirmation_count": "integer",
        "reminder_sent_at": "timestamptz",
        "reminder_delivery_status": "text",
        "reminder_id": "uuid",
        "reminders_seen": "jsonb",
        "cancelled_at": "timestamptz",
        "cancellation_reason": "text",
        "completed_at": "timestamptz",
        "notes": "text",
        "rescheduled_count": "integer",
        "original_scheduled_for": "timestamptz",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
    },
)


async def load(connection: Any, patients: Sequence[PatientKey]) -> dict[PatientKey, AppointmentRows]:
    """All rows of those patients that have any."""
    keys = [list(ids) for ids in zip(*patients, strict=True)]
    loaded = {
        (contact.tenant_id, contact.patient_id): AppointmentRows(contact)
        for contact in await PATIENT_CONTACT.of_patients(connection, *keys)
    }
    for row in await APPOINTMENT_VIEW.of_patients(connection, *keys):
        loaded[row.tenant_id, row.patient_id].appointments[row.appointment_id] = row
    return loaded


async def save(connection: Any, changed: Mapping[PatientKey, tuple[AppointmentRows, AppointmentRows]]) -> None:
    """Writes the rows that changed, and only those."""
    await PATIENT_CONTACT.save(
        connection,
        (
            after.contact
            for before, after in changed.values()
            if after.contact is not None and after.contact is not before.contact
        ),
    )
    await APPOINTMENT_VIEW.save(
        connection,
        (
            row
            for before, after in changed.values()
            for key, row in after.appointments.items()
            if row is not before.appointments.get(key)
        ),
    )


PROJECTION = Projection(schema="appointment", empty=AppointmentRows(), evolve=evolve, load=load, save=save)
