"""HTTP to patient commands."""

from uuid import UUID

from litestar import Response, patch, post, put
from litestar.di import NamedDependency

from command_api.decide.merging.commands import MergePatients
from command_api.decide.patient.commands import (
    AmendPatientMedicalHistory,
    AnonymizePatient,
    ChangePatientStatus,
    RegisterPatient,
    UpdatePatientContact,
    UpdatePatientMedicalHistory,
    UpdatePatientPreferences,
)
from command_api.http.auth import STAFF, allow
from command_api.http.command_request import Answer, Commands

OPEN_TO_ALL_WRITERS = [allow(*STAFF, "bot", "import")]


@post("/", guards=OPEN_TO_ALL_WRITERS, summary="Register a patient")
async def register_patient(data: RegisterPatient, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data)


@put("/{patient_id:uuid}/contact", guards=OPEN_TO_ALL_WRITERS, summary="Update name, phone, e-mail, address …")
async def update_patient_contact(
    patient_id: UUID, data: UpdatePatientContact, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, patient_id)


@put("/{patient_id:uuid}/preferences", guards=OPEN_TO_ALL_WRITERS, summary="Update how a patient wants to be reached")
async def update_patient_preferences(
    patient_id: UUID, data: UpdatePatientPreferences, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, patient_id)


@put("/{patient_id:uuid}/status", guards=[allow(*STAFF, "import")], summary="Set a patient active, inactive, suspended")
async def change_patient_status(
    patient_id: UUID, data: ChangePatientStatus, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, patient_id)


@put(
    "/{patient_id:uuid}/medical-history",
    guards=[allow("admin", "manager", "doctor", "import")],
    summary="All allergies, conditions, medications; a list that would be lost by being left out is refused",
)
async def update_patient_medical_history(
    patient_id: UUID, data: UpdatePatientMedicalHistory, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, patient_id)


@patch(
    "/{patient_id:uuid}/medical-history",
    guards=[allow("admin", "manager", "doctor", "import")],
    summary="Change the lists of a medical history that are named",
)
async def amend_patient_medical_history(
    patient_id: UUID, data: AmendPatientMedicalHistory, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, patient_id)


@post("/{patient_id:uuid}/anonymize", guards=[allow("admin", "manager")], summary="Forget who a patient is")
async def anonymize_patient(
    patient_id: UUID, data: AnonymizePatient, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, patient_id)


@post(
    "/{patient_id:uuid}/merge",
    guards=[allow("admin", "manager")],
    summary="Two records of one person become this one",
    description="The other record is over, and points here. Nothing takes it back.",
)
async def merge_patients(
    patient_id: UUID, data: MergePatients, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, patient_id)


handlers = [
    register_patient,
    update_patient_contact,
    update_patient_preferences,
    change_patient_status,
    update_patient_medical_history,
    amend_patient_medical_history,
    anonymize_patient,
    merge_patients,
]
