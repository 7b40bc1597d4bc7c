"""Where the journey read model lives: a row per journey, what is known of a patient in a clinic, and the contact."""

from collections.abc import Mapping, Sequence
from typing import Any

from healz.projection import PatientKey, Projection, Table
from healz.read_models.contact import PatientContact
from healz.read_models.journey import evolve
from healz.read_models.journey_row import JourneyRow, JourneyRows, PatientClinicRow

PATIENT_CONTACT = Table(
    name="journey.patient_contact",
    row=PatientContact,
    key=("tenant_id", "patient_id"),
    columns={"tenant_id": "uuid", "patient_id": "uuid", "full_name": "text", "phone": "text"},
)
PATIENT_CLINIC = Table(
    name="journey.patient_clinic",
    row=PatientClinicRow,
    key=("tenant_id", "patient_id", "clinic_id"),
    columns={
        "tenant_id": "uuid",
        "patient_id": "uuid",
        "clinic_id": "uuid",
        "live_appointments": "jsonb",
        "last_fact": "uuid",
    },
)
JOURNEY_VIEW = Table(
    name="journey.journey_view",
    row=JourneyRow,
    key=("tenant_id", "journey_id"),
    columns={
        "tenant_id": "uuid",
        "journey_id": "uuid",
        "version": "integer",
        "clinic_id": "uuid",
        "patient_id": "uuid",
        "current_stage": "text",
        "previous_stage": "text",
        "stage_changed_at": "timestamptz",
        "risk_score": "numeric",
        "risk_level": "text",
        "risk_indicators": "jsonb",
        "last_risk_calculated_at": "timestamptz",
        "first_contact_at": "timestamptz",
        "last_interaction_at": "timestamptz",
        "last_appointment_at": "timestamptz",
        "next_appointment_at": "timestamptz",
        "total_interactions": "integer",
        "total_appointments": "integer",
        "missed_appointments": "integer",
        "cancelled_appointments": "integer",
        "is_active": "boolean",
        "needs_follow_up": "boolean",
        "has_escalation": "boolean",
        "escalated_at": "timestamptz",
        "patient_name": "text",
        "patient_phone": "text",
        "started_at": "timestamptz",
        "completed_at": "timestamptz",
        "updated_at": "timestamptz",
    },
)


async def load(connection: Any, patients: Sequence[PatientKey]) -> dict[PatientKey, JourneyRows]:
    """All rows of those patients that have any."""
    keys = [list(ids) for ids in zip(*patients, strict=True)]
    loaded = {
        (contact.tenant_id, contact.patient_id): JourneyRows(contact)
        for contact in await PATIENT_CONTACT.of_patients(connection, *keys)
    }
    for clinic in await PATIENT_CLINIC.of_patients(connection, *keys):
        loaded[clinic.tenant_id, clinic.patient_id].clinics[clinic.clinic_id] = clinic
    for journey in await JOURNEY_VIEW.of_patients(connection, *keys):
        loaded[journey.tenant_id, journey.patient_id].journeys[journey.journey_id] = journey
    return loaded


async def save(connection: Any, changed: Mapping[PatientKey, tuple[JourneyRows, JourneyRows]]) -> None:
    """Writes the rows that changed, and only those."""
    pairs = changed.values()
    await PATIENT_CONTACT.save(
        connection, (after.contact for before, after in pairs if after.contact and after.contact is not before.contact)
    )
    await PATIENT_CLINIC.save(
        connection,
        (row for before, after in pairs for key, row in after.clinics.items() if row is not before.clinics.get(key)),
    )
    await JOURNEY_VIEW.save(
        connection,
        (row for before, after in pairs for key, row in after.journeys.items() if row is not before.journeys.get(key)),
    )


PROJECTION = Projection(schema="journey", empty=JourneyRows(), evolve=evolve, load=load, save=save)
