"""What can happen to a patient's record."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from healz.events.envelope import Event
from healz.events.fields import Actor, BirthDate, Cpf, Email, Instant, Name, Phone, Reason
from healz.events.patient_details import Address, MedicalHistory, Preferences
from healz.events.personal import Personal

RegistrationSource = Literal["whatsapp", "manual", "import"]
PatientStatus = Literal["active", "inactive", "suspended"]
AnonymizationReason = Literal["patient_request", "legal_obligation", "retention_over", "recorded_by_mistake", "other"]
"""Why a patient is forgotten: never in anybody's words, which might name them."""


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
    birth_date: BirthDate | None = None
    cpf: Cpf | None = None
    guardian_phone: Phone | None = None
    preferred_clinic_id: Annotated[UUID, Personal("contact")] | None = None
    preferred_doctor_id: Annotated[UUID, Personal("contact")] | None = None


class PatientContactUpdated(PatientEvent):
    """Only what changed is there; of that, null means cleared (never phone or name)."""

    updated_at: Instant
    previous_phone: Phone | None = None
    new_phone: Phone | None = None
    previous_email: Email | None = None
    new_email: Email | None = None
    new_full_name: Name | None = None
    new_birth_date: BirthDate | None = None
    new_cpf: Cpf | None = None
    new_guardian_phone: Phone | None = None
    address: Annotated[Address, Personal("contact")] | None = None

    def changes(self, field: str) -> bool:
        """Whether ``field`` was changed, be it to null."""
        return field in self.model_fields_set


class PatientPreferencesUpdated(PatientEvent):
    updated_at: Instant
    preferences: Annotated[Preferences, Personal("contact")]


class PatientStatusChanged(PatientEvent):
    previous_status: PatientStatus
    new_status: PatientStatus
    reason: Reason | None = None
    changed_at: Instant
    changed_by: Actor | None = None


class PatientMedicalHistoryUpdated(PatientEvent):
    updated_at: Instant
    medical_history: Annotated[MedicalHistory, Personal("medical")]


class PatientAnonymized(PatientEvent):
    """From here on nothing personal of the patient is shown. In version 1 the reason was any text."""

    schema_version: ClassVar[int] = 2

    reason: AnonymizationReason
    requested_by: Actor
    anonymized_at: Instant


EVENTS: tuple[type[PatientEvent], ...] = tuple(PatientEvent.__subclasses__())
"""All of them, in the order of this file."""
