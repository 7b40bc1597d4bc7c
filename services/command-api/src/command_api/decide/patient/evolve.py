"""The fold of a patient's record."""

from datetime import date

from msgspec.structs import replace

from command_api.decide.patient.age import is_minor
from command_api.decide.patient.state import DEFAULT_PREFERENCES, PatientState
from healz.events import Event
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientMedicalHistoryUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)
from healz.events.patient_merging import PatientAbsorbed, PatientMerged


def _who_holds(state: PatientState) -> tuple[str, date | None, bool]:
    """What says whose the phone is."""
    return state.phone, state.birth_date, state.shares_phone


def evolve(state: PatientState, event: Event) -> PatientState:
    """The state after ``event``."""
    match event:
        case PatientRegistered():
            return PatientState(
                status="active",
                phone=event.phone,
                full_name=event.full_name,
                email=event.email,
                birth_date=event.birth_date,
                cpf=event.cpf,
                guardian_phone=event.guardian_phone,
                preferences=DEFAULT_PREFERENCES.model_copy(
                    update={
                        "preferred_clinic_id": event.preferred_clinic_id,
                        "preferred_doctor_id": event.preferred_doctor_id,
                    }
                ),
                shares_phone=event.shares_phone,
                holds_phone=not event.shares_phone and not is_minor(event.birth_date, event.registered_at),
                registered_at=event.registered_at,
            )
        case PatientContactUpdated():
            after = replace(
                state,
                phone=event.new_phone or state.phone,
                full_name=event.new_full_name or state.full_name,
                email=event.new_email if event.changes("new_email") else state.email,
                birth_date=event.new_birth_date if event.changes("new_birth_date") else state.birth_date,
                cpf=event.new_cpf if event.changes("new_cpf") else state.cpf,
                guardian_phone=event.new_guardian_phone
                if event.changes("new_guardian_phone")
                else state.guardian_phone,
                address=event.address if event.changes("address") else state.address,
                # Of another phone nobody has said so yet.
                shares_phone=(state.shares_phone and event.new_phone is None)
                if event.new_shares_phone is None
                else event.new_shares_phone,
            )
            if after.phone == state.other_phone:
                after = replace(after, other_phone=None, holds_other_phone=False)
            if _who_holds(after) == _who_holds(state):
                return after  # growing up alone takes no phone: it may still be the guardian's
            holds = not after.shares_phone and not is_minor(after.birth_date, event.updated_at)
            return replace(after, holds_phone=holds)
        case PatientPreferencesUpdated(preferences=preferences):
            return replace(state, preferences=preferences)
        case PatientStatusChanged(new_status=status):
            return replace(state, status=status)
        case PatientMedicalHistoryUpdated(medical_history=medical_history):
            return replace(state, medical_history=medical_history)
        case PatientAnonymized():
            return PatientState(status="anonymized")
        case PatientAbsorbed(known_since=since, other_phone=other):
            known = replace(state, registered_at=min(since, state.registered_at or since))
            if other is None:
                return known
            return replace(known, other_phone=other, holds_other_phone=event.holds_other_phone)
        case PatientMerged(merged_into=into):
            return PatientState(status="merged", merged_into=into)
        case _:
            return state
