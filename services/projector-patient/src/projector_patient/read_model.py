"""Where the patient read model lives: one row per patient."""

from collections.abc import Mapping, Sequence
from typing import Any

from healz.projection import PatientKey, Projection, Table
from healz.read_models.patient import evolve
from healz.read_models.patient_row import PatientRow

PATIENT_VIEW = Table(
    name="patient.patient_view",
    row=PatientRow,
    key=("tenant_id", "patient_id"),
    columns={
        "tenant_id": "uuid",
        "patient_id": "uuid",
        "version": "integer",
        "phone": "text",
        "full_name": "text",
        "email": "text",
        "birth_date": "date",
        "cpf": "text",
        "registration_source": "text",
        "status": "text",
        "current_journey_stage": "text",
        "risk_score": "numeric",
        "total_appointments": "integer",
        "completed_appointments": "integer",
        "cancelled_appointments": "integer",
        "no_show_count": "integer",
        "last_interaction_at": "timestamptz",
        "interaction_count": "integer",
        "first_contact_at": "timestamptz",
        "last_appointment_at": "timestamptz",
        "next_appointment_at": "timestamptz",
        "preferred_clinic_id": "uuid",
        "preferred_doctor_id": "uuid",
        "guardian_phone": "text",
        "name_search": "text",
        "address": "jsonb",
        "preferences": "jsonb",
        "live_appointments": "jsonb",
        "journeys": "jsonb",
        "updated_at": "timestamptz",
    },
)


async def load(connection: Any, patients: Sequence[PatientKey]) -> dict[PatientKey, PatientRow | None]:
    """The rows of those patients that have one."""
    rows = await PATIENT_VIEW.of_patients(connection, *map(list, zip(*patients, strict=True)))
    return {(row.tenant_id, row.patient_id): row for row in rows}


async def save(connection: Any, changed: Mapping[PatientKey, tuple[PatientRow | None, PatientRow | None]]) -> None:
    """Writes the rows that changed."""
    await PATIENT_VIEW.save(connection, (after for _, after in changed.values() if after is not None))


PROJECTION: Projection[PatientRow | None] = Projection(
    schema="patient", empty=None, evolve=evolve, load=load, save=save
)
