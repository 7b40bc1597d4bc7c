"""What a patient's rules need to know of their past."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from command_api.decide.patient.age import is_minor
from command_api.decide.patient.identifiers import mailbox_identities
from command_api.decide.patient.phones import spellings
from healz.events import Event
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientMedicalHistoryUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)
from healz.events.patient_details import Address, MedicalHistory, Preferences

DEFAULT_PREFERENCES = Preferences(communication_channel="whatsapp", reminder_enabled=True, reminder_time_before=24 * 60)
"""What holds until a patient says otherwise."""

Status = Literal["active", "inactive", "suspended", "anonymized"]
Identity = tuple[Literal["phone", "email", "cpf"], str]


class PatientState(Struct, frozen=True):
    """``status`` is None before the registration."""

    status: Status | None = None
    phone: str = ""
    full_name: str = ""
    email: str | None = None
    birth_date: date | None = None
    cpf: str | None = None
    guardian_phone: str | None = None
    address: Address | None = None
    preferences: Preferences = DEFAULT_PREFERENCES
    medical_history: MedicalHistory | None = None
    shares_phone: bool = False
    """Others are reached on the phone too, as somebody has said."""
    holds_phone: bool = False
    """Whether the phone is theirs alone: a minor's may be the guardian's, and one that is shared is nobody's."""
    registered_at: datetime | None = None

    @property
    def identities(self) -> frozenset[Identity]:
        """What nobody else in the tenant may have meanwhile."""
        held: set[Identity] = set()
        if self.holds_phone:
            held.update(("phone", form) for form in spellings(self.phone))
        if self.email is not None:
            held.update(("email", form) for form in mailbox_identities(self.email))
        if self.cpf is not None:
            held.add(("cpf", self.cpf))
        return frozenset(held)


INITIAL = PatientState()


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
        case _:
            return state
