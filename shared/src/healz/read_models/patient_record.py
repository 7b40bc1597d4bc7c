"""What the patient's own events do to the patient's row."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from healz.events import Recorded
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)
from healz.events.patient_merging import PatientAbsorbed, PatientMerged
from healz.read_models.patient_merged import merged
from healz.read_models.patient_row import ANONYMIZED_NAME, PatientRow, name_search

FORGOTTEN: Mapping[str, Any] = {
    "full_name": ANONYMIZED_NAME,
    "name_search": name_search(ANONYMIZED_NAME),
    "phone": "",
    "other_phone": None,
    "email": None,
    "birth_date": None,
    "cpf": None,
    "guardian_phone": None,
    "address": None,
    "preferences": None,
    "preferred_clinic_id": None,
    "preferred_doctor_id": None,
}
"""What is personal in the row, as it is once the patient was anonymised."""


def registered(fact: PatientRegistered, event: Recorded) -> PatientRow:
    """The row of a new patient."""
    return PatientRow(
        tenant_id=event.tenant_id,
        patient_id=fact.patient_id,
        version=event.aggregate_version,
        phone=fact.phone,
        full_name=fact.full_name,
        email=fact.email,
        birth_date=fact.birth_date,
        cpf=fact.cpf,
        registration_source=fact.registration_source,
        status="active",
        last_interaction_at=fact.registered_at,
        first_contact_at=fact.registered_at,
        preferred_clinic_id=fact.preferred_clinic_id,
        preferred_doctor_id=fact.preferred_doctor_id,
        guardian_phone=fact.guardian_phone,
        name_search=name_search(fact.full_name),
        updated_at=event.created_at,
    )


def recorded(patient: PatientRow, event: Recorded) -> PatientRow:
    """The row after one of the patient's own events; the same object after any other.

    Nothing personal comes back to a patient who was anonymised.
    """
    match event.event_data:
        case PatientContactUpdated() | PatientPreferencesUpdated() if patient.is_anonymized:
            return patient
        case PatientContactUpdated() as updated:
            return _contact(patient, updated)
        case PatientPreferencesUpdated(preferences=preferences):
            return replace(
                patient,
                preferences=preferences.model_dump(mode="json"),
                preferred_clinic_id=preferences.preferred_clinic_id,
                preferred_doctor_id=preferences.preferred_doctor_id,
            )
        case PatientStatusChanged(new_status=status):
            return replace(patient, status=status)
        case PatientAnonymized():
            return replace(forgotten(patient), status="inactive")
        case PatientAbsorbed() | PatientMerged() as merging:
            return merged(patient, merging)
        case _:
            return patient


def forgotten(patient: PatientRow) -> PatientRow:
    """The row without anything personal: of a patient who was anonymised, at whatever time one looks."""
    return replace(patient, **FORGOTTEN)


def _contact(patient: PatientRow, updated: PatientContactUpdated) -> PatientRow:
    changes: dict[str, Any] = {}
    if updated.new_phone is not None:
        changes["phone"] = updated.new_phone
        if updated.new_phone == patient.other_phone:
            changes["other_phone"] = None
    if updated.new_full_name is not None:
        changes |= {"full_name": updated.new_full_name, "name_search": name_search(updated.new_full_name)}
    for column, payload in (
        ("email", "new_email"),
        ("birth_date", "new_birth_date"),
        ("cpf", "new_cpf"),
        ("guardian_phone", "new_guardian_phone"),
    ):
        if updated.changes(payload):
            changes[column] = getattr(updated, payload)
    if updated.changes("address"):
        changes["address"] = updated.address.model_dump(mode="json") if updated.address else None
    return replace(patient, **changes)
