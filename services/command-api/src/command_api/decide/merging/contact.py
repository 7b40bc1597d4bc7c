"""What a record takes over of another that it has absorbed: what it lacks, and nothing that it has."""

from datetime import datetime
from typing import Any
from uuid import UUID

from command_api.decide.patient.state import DEFAULT_PREFERENCES, PatientState
from command_api.decide.rejected import Rejected
from healz.events import Event
from healz.events.patient import PatientContactUpdated, PatientMedicalHistoryUpdated, PatientPreferencesUpdated
from healz.events.patient_details import MEDICAL_ITEMS_MAX, MedicalHistory

NAMED = {
    "email": "new_email",
    "birth_date": "new_birth_date",
    "cpf": "new_cpf",
    "guardian_phone": "new_guardian_phone",
    "address": "address",
}


def taken_over(mine: PatientState, theirs: PatientState, patient_id: UUID, at: datetime) -> list[Event]:
    """Ordinary changes of this record. Raises Rejected."""
    changes: list[Event] = []
    lacking: dict[str, Any] = {
        payload: value
        for field, payload in NAMED.items()
        if getattr(mine, field) is None and (value := getattr(theirs, field)) is not None
    }
    if lacking:
        if "new_email" in lacking:
            lacking["previous_email"] = None
        changes.append(PatientContactUpdated(patient_id=patient_id, updated_at=at, **lacking))
    if mine.preferences == DEFAULT_PREFERENCES != theirs.preferences:
        changes.append(PatientPreferencesUpdated(patient_id=patient_id, updated_at=at, preferences=theirs.preferences))
    if theirs.medical_history is not None:
        both = _both(mine.medical_history or MedicalHistory(), theirs.medical_history)
        if both != mine.medical_history:
            changes.append(PatientMedicalHistoryUpdated(patient_id=patient_id, updated_at=at, medical_history=both))
    return changes


def _both(mine: MedicalHistory, theirs: MedicalHistory) -> MedicalHistory:
    """What either says. Nobody's allergy is left out: where there is too much, a person has to look at it."""
    lists = {
        field: tuple(dict.fromkeys((*getattr(mine, field), *getattr(theirs, field))))
        for field in MedicalHistory.model_fields
    }
    if too_long := [field for field, lines in lists.items() if len(lines) > MEDICAL_ITEMS_MAX]:
        raise Rejected(
            "medical_history_too_long",
            f"together the records have more than {MEDICAL_ITEMS_MAX} {', '.join(too_long)}; shorten one of them first",
        )
    return MedicalHistory(**lists)
