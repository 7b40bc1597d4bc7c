"""Where the appointment read model lives: a row per appointment, and the contact whose name stands on it."""

from collections.abc import Mapping, Sequence
from typing import Any

from healz.projection import PatientKey, Projection, Table, changed_rows
from healz.read_models.appointment import evolve
from healz.read_models.appointment_row import AppointmentRow, AppointmentRows
from healz.read_models.contact import PatientContact

PATIENT_CONTACT = Table(name="appointment.patient_contact", row=PatientContact, key=("tenant_id", "patient_id"))
APPOINTMENT_VIEW = Table(name="appointment.appointment_view", row=AppointmentRow, key=("tenant_id", "appointment_id"))


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
    pairs = changed.values()
    await PATIENT_CONTACT.save(connection, changed_rows(pairs, lambda rows: rows.contacts))
    await APPOINTMENT_VIEW.save(connection, changed_rows(pairs, lambda rows: rows.appointments))


PROJECTION = Projection(schema="appointment", empty=AppointmentRows(), evolve=evolve, load=load, save=save)
