"""The patient read model: one row per patient, and what each fact does to it."""

from msgspec.structs import replace

from healz.events import Recorded
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMarkedAsNoShow,
    AppointmentScheduled,
)
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import AppointmentEvent
from healz.events.journey import JourneyEvent
from healz.events.message import MessageReceived
from healz.events.patient import PatientRegistered
from healz.events.patient_event import PatientEvent
from healz.read_models.latest import follow_latest, last
from healz.read_models.live_appointments import earliest, follow_live
from healz.read_models.patient_journeys import followed
from healz.read_models.patient_record import recorded, registered
from healz.read_models.patient_row import PatientRow


def evolve(patient: PatientRow | None, event: Recorded) -> PatientRow | None:
    """The row after ``event``; the same object when nothing in it changed. ``updated_at`` follows any other change."""
    if patient is None:
        match event.event_data:
            case PatientRegistered() as registration:
                return registered(registration, event)
            case _:
                return None
    match event.event_data:
        case PatientEvent():
            changed = replace(recorded(patient, event), version=event.aggregate_version)
        case JourneyEvent():
            changed = followed(patient, event)
        case AppointmentEvent() as fact:
            changed = _appointments(patient, fact)
        case _:
            changed = patient
    changed = _interacted(changed, event)
    if (latest := follow_latest(patient.latest, event.event_data)) is not patient.latest:
        changed = replace(changed, latest=latest)
    if isinstance(event.event_data, AppointmentOutcomeCorrected):
        changed = _corrected(changed, event.event_data)
    return patient if changed == patient else replace(changed, updated_at=event.created_at)


def _appointments(patient: PatientRow, fact: AppointmentEvent) -> PatientRow:
    live = follow_live(patient.live_appointments, fact)
    if live is not patient.live_appointments:
        patient = replace(patient, live_appointments=live, next_appointment_at=earliest(live))
    match fact:
        case AppointmentScheduled():
            return replace(patient, total_appointments=patient.total_appointments + 1)
        case AppointmentCancelled(on_whose_account=account) if account != "clinic":
            return replace(patient, cancelled_appointments=patient.cancelled_appointments + 1)
        case AppointmentMarkedAsNoShow():
            return replace(patient, no_show_count=patient.no_show_count + 1)
        case AppointmentCompleted(completed_at=at):
            last = max(at, patient.last_appointment_at or at)
            return replace(patient, completed_appointments=patient.completed_appointments + 1, last_appointment_at=last)
        case _:
            return patient


def _interacted(patient: PatientRow, event: Recorded) -> PatientRow:
    if isinstance(event.event_data, MessageReceived):
        patient = replace(patient, interaction_count=patient.interaction_count + 1)
    at = event.event_data.interaction_at
    return patient if at is None or at <= patient.last_interaction_at else replace(patient, last_interaction_at=at)


def _corrected(patient: PatientRow, fact: AppointmentOutcomeCorrected) -> PatientRow:
    """As if the right outcome had been said at first."""
    first, interaction = patient.first_contact_at, last(patient.latest, "interaction")
    return replace(
        patient,
        completed_appointments=patient.completed_appointments + fact.change("completed"),
        cancelled_appointments=patient.cancelled_appointments + fact.change("cancelled"),
        no_show_count=patient.no_show_count + fact.change("no_show"),
        last_appointment_at=last(patient.latest, "visit"),
        last_interaction_at=max(first, interaction or first),
    )
