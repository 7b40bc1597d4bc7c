"""What can happen to a patient's record."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from healz.events.fields import Actor, BirthDate, Cpf, Email, Instant, Name, Phone, Reason
from healz.events.patient_details import Address, MedicalHistory, Preferences
from healz.events.patient_event import PatientEvent
from healz.events.patient_merging import PatientAbsorbed, PatientMerged
from healz.events.personal import Personal

RegistrationSource = Literal["whatsapp", "manual", "import"]
PatientStatus = Literal["active", "inactive", "suspended"]
AnonymizationReason = Literal["patient_request", "legal_obligation", "retention_over", "recorded_by_mistake", "other"]
"""Why a patient is forgotten: never in anybody's words, which might name them."""


class PatientRegistered(PatientEvent):
    """A patient is known from here on: they may be booked and written to."""

    phone: Phone
    """Where the patient is reached; E.164. A child may share a guardian's."""
    full_name: Name
    """What the patient is called."""
    registration_source: RegistrationSource
    """By which way they came: a conversation, a front desk, an import."""
    registered_at: Instant
    """When they were registered."""
    email: Email | None = None
    """Another way to reach them; unique in the tenant."""
    birth_date: BirthDate | None = None
    """Under 18 years a guardian's phone is needed."""
    cpf: Cpf | None = None
    """The Brazilian taxpayer number, 11 digits; unique in the tenant."""
    guardian_phone: Phone | None = None
    """The phone of who answers for a child."""
    preferred_clinic_id: Annotated[UUID, Personal("contact")] | None = None
    """Where they would rather be seen."""
    preferred_doctor_id: Annotated[UUID, Personal("contact")] | None = None
    """By whom they would rather be seen."""
    shares_phone: bool = False
    """Others are reached on this phone too: nobody's alone, so anybody else may be registered on it."""


class PatientContactUpdated(PatientEvent):
    """How a patient is called or reached has changed.

    Only what changed is there; of that, null means cleared (never phone or name).
    """

    updated_at: Instant
    """When it was changed."""
    previous_phone: Phone | None = None
    """The phone until now."""
    new_phone: Phone | None = None
    """The phone from now on."""
    previous_email: Email | None = None
    """The e-mail address until now; null where there was none."""
    new_email: Email | None = None
    """The e-mail address from now on."""
    new_full_name: Name | None = None
    """What they are called from now on."""
    new_birth_date: BirthDate | None = None
    """The birth date, as corrected."""
    new_cpf: Cpf | None = None
    """The CPF, as corrected."""
    new_guardian_phone: Phone | None = None
    """The guardian's phone from now on."""
    address: Annotated[Address, Personal("contact")] | None = None
    """The postal address from now on, whole."""
    new_shares_phone: bool | None = None
    """Whether others are reached on the phone too, from now on."""

    def changes(self, field: str) -> bool:
        """Whether ``field`` was changed, be it to null."""
        return field in self.model_fields_set


class PatientPreferencesUpdated(PatientEvent):
    """How and where a patient wants to be reached and seen has changed."""

    updated_at: Instant
    """When it was changed."""
    preferences: Annotated[Preferences, Personal("contact")]
    """All preferences as they are from now on, not only those that changed."""


class PatientStatusChanged(PatientEvent):
    """A patient became active, inactive or suspended. Only an active one is booked.

    Who becomes inactive leaves: live appointments, open conversations and journeys end in the same commit.
    """

    previous_status: PatientStatus
    """What they were."""
    new_status: PatientStatus
    """What they are from now on."""
    reason: Reason | None = None
    """Why, in somebody's words."""
    changed_at: Instant
    """When it was changed."""
    changed_by: Actor | None = None
    """Who changed it."""


class PatientMedicalHistoryUpdated(PatientEvent):
    """What is known of a patient's health has changed. No read model shows it; it is
    asked for by itself, and in the history, by those who treat."""

    updated_at: Instant
    """When it was changed."""
    medical_history: Annotated[MedicalHistory, Personal("medical")]
    """All of it as it is from now on, not only what changed."""


class PatientAnonymized(PatientEvent):
    """From here on nothing personal of the patient is shown. In version 1 the reason was any text."""

    schema_version: ClassVar[int] = 2

    reason: AnonymizationReason
    """Why, one of a few words."""
    requested_by: Actor
    """Who asked for it."""
    anonymized_at: Instant
    """When."""


_ELSEWHERE = (PatientAbsorbed, PatientMerged)
EVENTS: tuple[type[PatientEvent], ...] = (
    *(event for event in PatientEvent.__subclasses__() if event not in _ELSEWHERE),
    *_ELSEWHERE,
)
"""All of them, in the order of this file; what a merge says has a file of its own."""
