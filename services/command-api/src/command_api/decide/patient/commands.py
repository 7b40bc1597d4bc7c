"""What may be asked of a patient's record."""

from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, model_validator

from command_api.decide.command import Command
from command_api.decide.patient.identifiers import CpfGiven, EmailGiven, NameGiven, PhoneGiven
from command_api.decide.times import DayGiven
from healz.events.fields import Reason
from healz.events.json_kinds import Flag, whole
from healz.events.patient import AnonymizationReason, PatientStatus, RegistrationSource
from healz.events.patient_details import Address, Channel, MedicalHistory, ReminderMinutes


class PatientCommand(Command):
    """Any of them."""


Update = TypeVar("Update", bound=Command)


def refuse_clearing(command: Update, *fields: str) -> Update:
    """``command``, unless one of these fields is given as null. Raises ValueError."""
    for field in fields:
        if field in command.model_fields_set and getattr(command, field) is None:
            raise ValueError(f"{field} can be changed but not cleared")
    return command


def never_null(*fields: str) -> ConfigDict:
    """Says in the document what ``refuse_clearing`` does."""

    def say(schema: dict[str, Any]) -> None:
        for field in fields:
            told = schema["properties"][field]
            del told["default"]
            told |= next(one for one in told.pop("anyOf") if one != {"type": "null"})

    return ConfigDict(json_schema_extra=say)


class RegisterPatient(PatientCommand):
    """``registration_source`` follows the role where it is left out: bot whatsapp, import import, else manual."""

    phone: PhoneGiven
    full_name: NameGiven
    registration_source: RegistrationSource | None = None
    email: EmailGiven | None = None
    birth_date: DayGiven | None = None
    cpf: CpfGiven | None = None
    guardian_phone: PhoneGiven | None = None
    preferred_clinic_id: UUID | None = None
    preferred_doctor_id: UUID | None = None


class UpdatePatientContact(PatientCommand):
    """Absent means unchanged, null means cleared (never phone or name)."""

    model_config = never_null("phone", "full_name")

    phone: PhoneGiven | None = None
    full_name: NameGiven | None = None
    email: EmailGiven | None = None
    birth_date: DayGiven | None = None
    cpf: CpfGiven | None = None
    guardian_phone: PhoneGiven | None = None
    address: Address | None = None

    @model_validator(mode="after")
    def _phone_and_name_stay(self) -> Self:
        return refuse_clearing(self, "phone", "full_name")


class UpdatePatientPreferences(PatientCommand):
    """Absent means unchanged, null means cleared (only a preferred clinic or doctor can be)."""

    model_config = never_null("communication_channel", "reminder_enabled", "reminder_time_before")

    communication_channel: Channel | None = None
    reminder_enabled: Flag | None = None
    reminder_time_before: Annotated[ReminderMinutes, BeforeValidator(whole)] | None = None
    preferred_clinic_id: UUID | None = None
    preferred_doctor_id: UUID | None = None

    @model_validator(mode="after")
    def _the_rest_stays(self) -> Self:
        return refuse_clearing(self, "communication_channel", "reminder_enabled", "reminder_time_before")


class ChangePatientStatus(PatientCommand):
    status: PatientStatus
    reason: Reason | None = None


class UpdatePatientMedicalHistory(PatientCommand):
    medical_history: MedicalHistory


class AnonymizePatient(PatientCommand):
    """The reason is one of a few: words of one's own might name the patient, and stand in the log for ever."""

    reason: AnonymizationReason
