"""The rules of a patient's medical history: nothing that is known of somebody's health is lost by being left out."""

from datetime import datetime
from uuid import UUID

from command_api.decide.patient.medical_parts import MedicalHistoryParts
from command_api.decide.patient.state import PatientState
from command_api.decide.rejected import Rejected
from healz.events.patient import PatientMedicalHistoryUpdated
from healz.events.patient_details import MedicalHistory
from healz.events.patient_event import PatientEvent


def whole_history(history: MedicalHistory, state: PatientState, patient_id: UUID, at: datetime) -> list[PatientEvent]:
    """``history`` in place of what is known. Raises Rejected where that has lines in a list that is not named."""
    known = state.medical_history or MedicalHistory()
    unsaid = MedicalHistory.model_fields.keys() - history.model_fields_set
    lost = sorted(name for name in unsaid if getattr(known, name))
    if lost:
        raise Rejected(
            "part_left_out",
            f"a PUT replaces all, and {', '.join(lost)} would be lost: send it, or [] to have it no more; or PATCH what"
            " changes",
        )
    return _updated(history, state, patient_id, at)


def amended_history(
    parts: MedicalHistoryParts, state: PatientState, patient_id: UUID, at: datetime
) -> list[PatientEvent]:
    """What is known, with these lists in place of its own."""
    named = {name: getattr(parts, name) for name in parts.model_fields_set}
    return _updated((state.medical_history or MedicalHistory()).model_copy(update=named), state, patient_id, at)


def _updated(history: MedicalHistory, state: PatientState, patient_id: UUID, at: datetime) -> list[PatientEvent]:
    if history == state.medical_history:
        return []
    return [PatientMedicalHistoryUpdated(patient_id=patient_id, updated_at=at, medical_history=history)]
