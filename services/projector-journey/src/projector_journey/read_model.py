"""Where the journey read model lives: a row per journey, a patient in a clinic, a conversation, and the contact."""

from collections.abc import Mapping, Sequence
from typing import Any

from healz.projection import PatientKey, Projection, Table, changed_rows
from healz.read_models.contact import PatientContact
from healz.read_models.journey import evolve
from healz.read_models.journey_row import ConversationRow, JourneyRow, JourneyRows, PatientClinicRow

PATIENT_CONTACT = Table(name="journey.patient_contact", row=PatientContact, key=("tenant_id", "patient_id"))
PATIENT_CLINIC = Table(
    name="journey.patient_clinic", row=PatientClinicRow, key=("tenant_id", "patient_id", "clinic_id")
)
JOURNEY_VIEW = Table(name="journey.journey_view", row=JourneyRow, key=("tenant_id", "journey_id"))
CONVERSATION = Table(name="journey.conversation", row=ConversationRow, key=("tenant_id", "conversation_id"))


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
    for talk in await CONVERSATION.of_patients(connection, *keys):
        loaded[talk.tenant_id, talk.patient_id].conversations[talk.conversation_id] = talk
    return loaded


async def save(connection: Any, changed: Mapping[PatientKey, tuple[JourneyRows, JourneyRows]]) -> None:
    """Writes the rows that changed, and only those."""
    pairs = changed.values()
    await PATIENT_CONTACT.save(connection, changed_rows(pairs, lambda rows: rows.contacts))
    await PATIENT_CLINIC.save(connection, changed_rows(pairs, lambda rows: rows.clinics))
    await JOURNEY_VIEW.save(connection, changed_rows(pairs, lambda rows: rows.journeys))
    await CONVERSATION.save(connection, changed_rows(pairs, lambda rows: rows.conversations))


PROJECTION = Projection(schema="journey", empty=JourneyRows(), evolve=evolve, load=load, save=save)
