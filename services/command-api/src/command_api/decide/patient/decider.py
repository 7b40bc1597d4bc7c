"""The rules of a patient's record."""

from datetime import datetime
from typing import Any

from command_api.decide.given import Given
from command_api.decide.patient.age import BIRTHDAY_ZONE, is_minor
from command_api.decide.patient.anonymized import check_not_anonymized
from command_api.decide.patient.commands import (
    AmendPatientMedicalHistory,
    AnonymizePatient,
    ChangePatientStatus,
    PatientCommand,
    RegisterPatient,
    UpdatePatientContact,
    UpdatePatientMedicalHistory,
    UpdatePatientPreferences,
)
from command_api.decide.patient.medical import amended_history, whole_history
from command_api.decide.patient.state import PatientState
from command_api.decide.rejected import Rejected
from healz.events.fields import INSTANT_MIN
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)
from healz.events.patient_details import Preferences
from healz.events.patient_event import PatientEvent

MOVES = {("active", "inactive"), ("inactive", "active"), ("active", "suspended"), ("suspended", "active")}
SOURCES = {"bot": "whatsapp", "import": "import"}


def decide(command: PatientCommand, state: PatientState, given: Given) -> list[PatientEvent]:
    """The events that follow; none when nothing would change. Raises Rejected."""
    at, actor, patient_id = given.at(command), given.actor(command), given.target
    check_not_anonymized(state.status)
    match command, state.status:
        case RegisterPatient(), None:
            return [_registered(command, given, at)]
        case _, None:
            raise Rejected("patient_unknown", "register the patient first")
        case RegisterPatient(), _:
            raise Rejected("patient_registered_already", "this patient is registered; update the contact instead")
        case UpdatePatientContact(), _:
            return _contact(command, state, given, at)
        case UpdatePatientPreferences(), _:
            asked = command.model_dump(include=command.model_fields_set & Preferences.model_fields.keys())
            preferences = state.preferences.model_copy(update=asked)
            if preferences == state.preferences:
                return []
            return [PatientPreferencesUpdated(patient_id=patient_id, updated_at=at, preferences=preferences)]
        case UpdatePatientMedicalHistory(medical_history=history), _:
            return whole_history(history, state, patient_id, at)
        case AmendPatientMedicalHistory(medical_history=parts), _:
            return amended_history(parts, state, patient_id, at)
        case ChangePatientStatus(status=new), old:
            if new == old:
                return []
            if (old, new) not in MOVES:
                raise Rejected("status_move_impossible", f"a patient goes from {old} to active first, then to {new}")
            return [
                PatientStatusChanged(
                    patient_id=patient_id,
                    previous_status=old,
                    new_status=new,
                    reason=command.reason,
                    changed_at=at,
                    changed_by=actor,
                )
            ]
        case AnonymizePatient(reason=reason), _:
            return [PatientAnonymized(patient_id=patient_id, reason=reason, requested_by=actor, anonymized_at=at)]
        case _:
            raise AssertionError(command)


def _registered(command: RegisterPatient, given: Given, at: datetime) -> PatientRegistered:
    _check_age(command.birth_date, command.guardian_phone, at)
    fields = command.model_dump(
        exclude={"occurred_at", "on_behalf_of_patient", "registration_source"}, exclude_none=True
    )
    source = command.registration_source or SOURCES.get(given.role, "manual")
    return PatientRegistered(patient_id=given.target, registered_at=at, registration_source=source, **fields)


def _contact(command: UpdatePatientContact, state: PatientState, given: Given, at: datetime) -> list[PatientEvent]:
    asked = {field: getattr(command, field) for field in command.model_fields_set & set(CONTACT_FIELDS)}
    changed = {field: value for field, value in asked.items() if value != getattr(state, field)}
    if not changed:
        return []
    _check_age(changed.get("birth_date", state.birth_date), changed.get("guardian_phone", state.guardian_phone), at)
    payload: dict[str, Any] = {CONTACT_FIELDS[field]: value for field, value in changed.items()}
    for field in changed.keys() & {"phone", "email"}:
        payload[f"previous_{field}"] = getattr(state, field)
    return [PatientContactUpdated(patient_id=given.target, updated_at=at, **payload)]


CONTACT_FIELDS = {
    "phone": "new_phone",
    "full_name": "new_full_name",
    "email": "new_email",
    "birth_date": "new_birth_date",
    "cpf": "new_cpf",
    "guardian_phone": "new_guardian_phone",
    "address": "address",
    "shares_phone": "new_shares_phone",
}


def _check_age(birth_date: Any, guardian_phone: str | None, at: datetime) -> None:
    if birth_date is not None and birth_date > at.astimezone(BIRTHDAY_ZONE).date():
        raise Rejected("born_in_the_future", "the birth date lies in the future")
    if birth_date is not None and birth_date < INSTANT_MIN.date():
        raise Rejected("born_too_long_ago", f"the birth date lies before {INSTANT_MIN:%Y}; look at it once more")
    if is_minor(birth_date, at) and guardian_phone is None:
        raise Rejected("guardian_needed", "a patient under 18 needs guardian_phone")
