"""The patient read model: one row per patient, and what each fact does to it."""

import unicodedata
from collections.abc import Container
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from healz.events import Recorded
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.fields import rfc3339
from healz.events.journey import INACTIVE_STAGES, JourneyStageChanged, JourneyStarted
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientMedicalHistoryUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)
from healz.read_models.interaction import interaction_at
from healz.read_models.live_appointments import LiveAppointments, earliest, follow_live

ANONYMIZED_NAME = "Anonymized patient"


def name_search(full_name: str) -> str:
    """Lower case, no accents, single spaces: what a search for a name is compared with."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", full_name) if not unicodedata.combining(c))
    return " ".join(plain.lower().split())


def shown_journey(journeys: dict[str, dict[str, Any]], clinics: Container[str] | None = None) -> dict[str, Any] | None:
    """The journey that stands for the patient: the newest started of the active ones, else the last to end.

    ``clinics`` narrows it to those; None when there is no journey.
    """
    seen = [one for one in journeys.values() if clinics is None or one["clinic_id"] in clinics]
    active = [one for one in seen if one["active"]]
    if active:
        return max(active, key=lambda one: one["started_at"])
    return max(seen, key=lambda one: one["ended_at"], default=None)


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A row of ``patient.patient_view``, a field per column."""

    tenant_id: UUID
    patient_id: UUID
    version: int
    phone: str
    full_name: str
    email: str | None
    birth_date: date | None
    cpf: str | None
    registration_source: str
    status: str
    last_interaction_at: datetime
    first_contact_at: datetime
    preferred_clinic_id: UUID | None
    preferred_doctor_id: UUID | None
    guardian_phone: str | None
    name_search: str
    updated_at: datetime
    current_journey_stage: str | None = None
    risk_score: Decimal = Decimal("0.00")
    total_appointments: int = 0
    completed_appointments: int = 0
    cancelled_appointments: int = 0
    no_show_count: int = 0
    interaction_count: int = 1
    last_appointment_at: datetime | None = None
    next_appointment_at: datetime | None = None
    address: dict[str, Any] | None = None
    preferences: dict[str, Any] | None = None
    live_appointments: LiveAppointments = field(default_factory=dict)
    journeys: dict[str, dict[str, Any]] = field(default_factory=dict)


def evolve(patient: PatientRow | None, event: Recorded) -> PatientRow | None:
    """The row after ``event``; the same object when nothing in it changed. ``updated_at`` follows any other change."""
    if patient is None:
        match event.event_data:
            case PatientRegistered() as registered:
                return _registered(registered, event)
            case _:
                return None
    changed = _interacted(_appointments(_record(patient, event), event), event)
    if event.aggregate_id == patient.patient_id:
        changed = replace(changed, version=event.aggregate_version)
    return patient if changed == patient else replace(changed, updated_at=event.created_at)


def _registered(registered: PatientRegistered, event: Recorded) -> PatientRow:
    return PatientRow(
        tenant_id=event.tenant_id,
        patient_id=registered.patient_id,
        version=event.aggregate_version,
        phone=registered.phone,
        full_name=registered.full_name,
        email=registered.email,
        birth_date=registered.birth_date,
        cpf=registered.cpf,
        registration_source=registered.registration_source,
        status="active",
        last_interaction_at=registered.registered_at,
        first_contact_at=registered.registered_at,
        preferred_clinic_id=registered.preferred_clinic_id,
        preferred_doctor_id=registered.preferred_doctor_id,
        guardian_phone=registered.guardian_phone,
        name_search=name_search(registered.full_name),
        updated_at=event.created_at,
    )


def _record(patient: PatientRow, event: Recorded) -> PatientRow:
    match event.event_data:
        case PatientContactUpdated() as updated:
            return _contact(patient, updated)
        case PatientPreferencesUpdated(preferences=preferences):
            return replace(
                patient,
                preferences=preferences.model_dump(mode="json"),
                preferred_clinic_id=preferences.preferred_clinic_id,
                preferred_doctor_id=preferences.preferred_doctor_id,
            )
        case PatientStatusChanged(new_status=status):
            return replace(patient, status=status)
        case PatientAnonymized():
            return replace(
                patient,
                full_name=ANONYMIZED_NAME,
                name_search=name_search(ANONYMIZED_NAME),
                phone="",
                email=None,
                birth_date=None,
                cpf=None,
                guardian_phone=None,
                address=None,
                status="inactive",
            )
        case JourneyStarted(journey_id=journey_id, clinic_id=clinic_id, started_at=at):
            started = {"clinic_id": str(clinic_id), "stage": "initiated", "active": True, "started_at": rfc3339(at)}
            return _with_journey(patient, journey_id, started | {"ended_at": None})
        case JourneyStageChanged(journey_id=journey_id, new_stage=stage, changed_at=at):
            ended = stage in INACTIVE_STAGES
            moved = {"stage": stage, "active": not ended, "ended_at": rfc3339(at) if ended else None}
            return _with_journey(patient, journey_id, patient.journeys[str(journey_id)] | moved)
        case PatientMedicalHistoryUpdated() | _:
            return patient


def _contact(patient: PatientRow, updated: PatientContactUpdated) -> PatientRow:
    changes: dict[str, Any] = {}
    if updated.new_phone is not None:
        changes["phone"] = updated.new_phone
    if updated.new_full_name is not None:
        changes |= {"full_name": updated.new_full_name, "name_search": name_search(updated.new_full_name)}
    for column, payload in (
        ("email", "new_email"),
        ("birth_date", "new_birth_date"),
        ("cpf", "new_cpf"),
        ("guardian_phone", "new_guardian_phone"),
    ):
        if updated.changes(payload):
            changes[column] = getattr(updated, payload)
    if updated.changes("address"):
        changes["address"] = updated.address.model_dump(mode="json") if updated.address else None
    return replace(patient, **changes)


def _with_journey(patient: PatientRow, journey_id: UUID, journey: dict[str, Any]) -> PatientRow:
    journeys = patient.journeys | {str(journey_id): journey}
    shown = shown_journey(journeys)
    return replace(patient, journeys=journeys, current_journey_stage=shown and shown["stage"])


def _appointments(patient: PatientRow, event: Recorded) -> PatientRow:
    live = follow_live(patient.live_appointments, event.event_data)
    if live is not patient.live_appointments:
        patient = replace(patient, live_appointments=live, next_appointment_at=earliest(live))
    match event.event_data:
        case AppointmentScheduled():
            return replace(patient, total_appointments=patient.total_appointments + 1)
        case AppointmentCancelled():
            return replace(patient, cancelled_appointments=patient.cancelled_appointments + 1)
        case AppointmentMarkedAsNoShow():
            return replace(patient, no_show_count=patient.no_show_count + 1)
        case AppointmentCompleted(completed_at=at):
            last = max(at, patient.last_appointment_at or at)
            return replace(patient, completed_appointments=patient.completed_appointments + 1, last_appointment_at=last)
        case AppointmentRescheduled() | AppointmentConfirmed() | _:
            return patient


def _interacted(patient: PatientRow, event: Recorded) -> PatientRow:
    at = interaction_at(event.event_data)
    return patient if at is None or at <= patient.last_interaction_at else replace(patient, last_interaction_at=at)
