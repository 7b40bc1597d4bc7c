"""What may be asked of a patient's record."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BeforeValidator

from command_api.decide.cast import ADDRESS, CLINIC, DOCTOR, MEDICAL_HISTORY, PATIENT_NAME, PATIENT_PHONE
from command_api.decide.clearing import Changes
from command_api.decide.command import Command
from command_api.decide.patient.identifiers import CpfGiven, EmailGiven, PhoneGiven, SharesPhone
from command_api.decide.patient.medical_parts import MedicalHistoryParts
from command_api.decide.patient.names import NameGiven
from command_api.decide.times import DayGiven
from healz.events import patient as events
from healz.events.fields import Reason
from healz.events.json_kinds import Flag, whole
from healz.events.patient import AnonymizationReason, PatientStatus, RegistrationSource
from healz.events.patient_details import Address, Channel, MedicalHistory, ReminderMinutes

WRONG_PERSON = ("born_in_the_future", "born_too_long_ago", "guardian_needed", "phone_taken", "email_taken", "cpf_taken")


class PatientCommand(Command):
    """Any command about a patient's record."""

    refusals = (*Command.refusals, "patient_anonymized", "patient_unknown")


class RegisterPatient(PatientCommand):
    """``registration_source`` follows the role where it is left out: bot whatsapp, import import, else manual."""

    leads_to = (events.PatientRegistered,)
    refusals = (*Command.refusals, "patient_anonymized", "patient_registered_already", *WRONG_PERSON)
    example: ClassVar = {
        "phone": PATIENT_PHONE,
        "full_name": PATIENT_NAME,
        "email": "maria.silva@example.com",
        "birth_date": "1985-07-14",
        "cpf": "529.982.247-25",
        "preferred_clinic_id": CLINIC,
        "preferred_doctor_id": DOCTOR,
    }
    phone: PhoneGiven
    full_name: NameGiven
    registration_source: RegistrationSource | None = None
    email: EmailGiven | None = None
    birth_date: DayGiven | None = None
    cpf: CpfGiven | None = None
    guardian_phone: PhoneGiven | None = None
    preferred_clinic_id: UUID | None = None
    preferred_doctor_id: UUID | None = None
    shares_phone: SharesPhone | None = None


class UpdatePatientContact(PatientCommand, Changes):
    """Absent means unchanged, null means cleared (never phone, name or whether the phone is shared)."""

    never_null = ("phone", "full_name", "shares_phone")
    leads_to = (events.PatientContactUpdated,)
    refusals = (*PatientCommand.refusals, *WRONG_PERSON)
    example: ClassVar = {"phone": "+5527988881111", "address": ADDRESS}
    phone: PhoneGiven | None = None
    full_name: NameGiven | None = None
    email: EmailGiven | None = None
    birth_date: DayGiven | None = None
    cpf: CpfGiven | None = None
    guardian_phone: PhoneGiven | None = None
    address: Address | None = None
    shares_phone: SharesPhone | None = None


class UpdatePatientPreferences(PatientCommand, Changes):
    """Absent means unchanged, null means cleared (only a preferred clinic or doctor can be)."""

    never_null = ("communication_channel", "reminder_enabled", "reminder_time_before")
    leads_to = (events.PatientPreferencesUpdated,)
    example: ClassVar = {"communication_channel": "whatsapp", "reminder_enabled": True, "reminder_time_before": 1440}
    communication_channel: Channel | None = None
    reminder_enabled: Flag | None = None
    reminder_time_before: Annotated[ReminderMinutes, BeforeValidator(whole)] | None = None
    preferred_clinic_id: UUID | None = None
    preferred_doctor_id: UUID | None = None


class ChangePatientStatus(PatientCommand):
    leads_to = (events.PatientStatusChanged,)
    refusals = (*PatientCommand.refusals, "status_move_impossible")
    example: ClassVar = {"status": "inactive", "reason": "moved to Belo Horizonte"}
    status: PatientStatus
    reason: Reason | None = None


class UpdatePatientMedicalHistory(PatientCommand):
    """All of it. A list that has lines and is left out is refused; an empty one clears it."""

    leads_to = (events.PatientMedicalHistoryUpdated,)
    refusals = (*PatientCommand.refusals, "part_left_out")
    example: ClassVar = {"medical_history": MEDICAL_HISTORY}
    medical_history: MedicalHistory


class AmendPatientMedicalHistory(PatientCommand):
    leads_to = (events.PatientMedicalHistoryUpdated,)
    example: ClassVar = {"medical_history": {"allergies": MEDICAL_HISTORY["allergies"]}}
    medical_history: MedicalHistoryParts


class AnonymizePatient(PatientCommand):
    """The reason is one of a few: words of one's own might name the patient, and stand in the log for ever."""

    leads_to = (events.PatientAnonymized,)
    example: ClassVar = {"reason": "patient_request"}
    reason: AnonymizationReason


COMMANDS: tuple[type[PatientCommand], ...] = tuple(PatientCommand.__subclasses__())
"""All of them, in the order of this file."""
