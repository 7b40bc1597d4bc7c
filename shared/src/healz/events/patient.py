"""What can happen to a patient's record."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from healz.events.envelope import Event
from healz.events.fields import NO_NUL, Actor, Cpf, Email, Instant, Name, Phone, Reason

RegistrationSource = Literal["whatsapp", "manual", "import"]
PatientStatus = Literal["active", "inactive", "suspended"]
Channel = Literal["whatsapp", "sms", "email"]

MEDICAL_ITEMS_MAX = 100
REMINDER_MINUTES_MAX = 14 * 24 * 60

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=NO_NUL)]
Lines = Annotated[tuple[Line, ...], Field(max_length=MEDICAL_ITEMS_MAX)]


class Address(BaseModel):
    """A Brazilian postal address; ``zip_code`` is the CEP's 8 digits, ``state`` its two letters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    street: Line
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20, pattern=NO_NUL)]
    complement: Line | None = None
    neighborhood: Line
    city: Line
    state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    zip_code: Annotated[str, StringConstraints(pattern=r"^\d{8}$")]


class Preferences(BaseModel):
    """How and where a patient wants to be reached; ``reminder_time_before`` in minutes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    communication_channel: Channel
    reminder_enabled: bool
    reminder_time_before: int = Field(ge=0, le=REMINDER_MINUTES_MAX)
    preferred_clinic_id: UUID | None = None
    preferred_doctor_id: UUID | None = None


class MedicalHistory(BaseModel):
    """Three lists of short lines, each at most ``MEDICAL_ITEMS_MAX`` long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allergies: Lines = ()
    chronic_conditions: Lines = ()
    medications: Lines = ()


class PatientEvent(Event):
    aggregate_type: ClassVar[str] = "Patient"

    @property
    def aggregate_id(self) -> UUID:
        return self.patient_id


class PatientRegistered(PatientEvent):
    phone: Phone
    full_name: Name
    registration_source: RegistrationSource
    registered_at: Instant
    email: Email | None = None
    birth_date: date | None = None
    cpf: Cpf | None = None
    guardian_phone: Phone | None = None
    preferred_clinic_id: UUID | None = None
    preferred_doctor_id: UUID | None = None


class PatientContactUpdated(PatientEvent):
    """Only what changed is there; of that, null means cleared (never phone or name)."""

    updated_at: Instant
    previous_phone: Phone | None = None
    new_phone: Phone | None = None
    previous_email: Email | None = None
    new_email: Email | None = None
    new_full_name: Name | None = None
    new_birth_date: date | None = None
    new_cpf: Cpf | None = None
    new_guardian_phone: Phone | None = None
    address: Address | None = None

    def changes(self, field: str) -> bool:
        """Whether ``field`` was changed, be it to null."""
        return field in self.model_fields_set


class PatientPreferencesUpdated(PatientEvent):
    updated_at: Instant
    preferences: Preferences


class PatientStatusChanged(PatientEvent):
    previous_status: PatientStatus
    new_status: PatientStatus
    reason: Reason | None = None
    changed_at: Instant
    changed_by: Actor | None = None


class PatientMedicalHistoryUpdated(PatientEvent):
    updated_at: Instant
    medical_history: MedicalHistory


class PatientAnonymized(PatientEvent):
    reason: Reason
    requested_by: Actor
    anonymized_at: Instant
