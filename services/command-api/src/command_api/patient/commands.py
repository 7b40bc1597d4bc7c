"""What may be asked of a patient's record."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

import phonenumbers
from pydantic import BeforeValidator, Field, model_validator
from validate_docbr import CPF

from command_api.decider import Command
from healz.events.fields import Cpf, Email, Name, Phone, Reason
from healz.events.patient import Address, MedicalHistory, PatientStatus, Preferences, RegistrationSource

_cpf = CPF()


def e164(value: Any) -> Any:
    """A phone number in E.164. Raises ValueError for one without country code or of an impossible length."""
    if not isinstance(value, str):
        return value
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException as error:
        raise ValueError("give the phone with its country code, like +5527999990000") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("no phone number of that country has this length")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def cpf_digits(value: Any) -> Any:
    """The 11 digits of a CPF, with or without its punctuation. Raises ValueError when the check digits don't agree."""
    if not isinstance(value, str):
        return value
    digits = value.replace(".", "").replace("-", "").strip()
    if len(digits) != 11 or not digits.isdigit() or not digits.isascii() or not _cpf.validate(digits):
        raise ValueError("the CPF's check digits don't agree; look at it once more")
    return digits


PhoneGiven = Annotated[Phone, BeforeValidator(e164), Field(examples=["+5527999990000"])]
CpfGiven = Annotated[Cpf, BeforeValidator(cpf_digits), Field(examples=["529.982.247-25"])]


class PatientCommand(Command):
    """Any of them."""


class RegisterPatient(PatientCommand):
    """``registration_source`` follows the role where it is left out: bot whatsapp, import import, else manual."""

    phone: PhoneGiven
    full_name: Name
    registration_source: RegistrationSource | None = None
    email: Email | None = None
    birth_date: date | None = None
    cpf: CpfGiven | None = None
    guardian_phone: PhoneGiven | None = None
    preferred_clinic_id: UUID | None = None
    preferred_doctor_id: UUID | None = None


class UpdatePatientContact(PatientCommand):
    """Absent means unchanged, null means cleared (never phone or name)."""

    phone: PhoneGiven | None = None
    full_name: Name | None = None
    email: Email | None = None
    birth_date: date | None = None
    cpf: CpfGiven | None = None
    guardian_phone: PhoneGiven | None = None
    address: Address | None = None

    @model_validator(mode="after")
    def _phone_and_name_stay(self) -> Self:
        for field in ("phone", "full_name"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} can be changed but not cleared")
        return self


class UpdatePatientPreferences(PatientCommand):
    preferences: Preferences


class ChangePatientStatus(PatientCommand):
    status: PatientStatus
    reason: Reason | None = None


class UpdatePatientMedicalHistory(PatientCommand):
    medical_history: MedicalHistory


class AnonymizePatient(PatientCommand):
    reason: Reason
