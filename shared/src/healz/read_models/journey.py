"""The journey read model: one row per journey, and what each fact does to it."""

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
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import JourneyEvent, JourneyStarted
from healz.events.patient_merging import PatientMerged
from healz.read_models import contact as patient_contact
from healz.read_models import correction
from healz.read_models.journey_conversation import talked
from healz.read_models.journey_course import began, calmed, went_on, worked
from healz.read_models.journey_row import JourneyRow, JourneyRows, PatientClinicRow
from healz.read_models.live_appointments import earliest, follow_live


def evolve(rows: JourneyRows, event: Recorded) -> JourneyRows:
    """The patient's rows after ``event``; rows that did not change are the same objects."""
    contact = patient_contact.evolve(rows.contact, event)
    if contact is not rows.contact:
        assert contact is not None
        named = {
            key: replace(row, patient_name=contact.full_name, patient_phone=contact.phone, updated_at=event.created_at)
            for key, row in rows.journeys.items()
        }
        return replace(rows, contact=contact, journeys=named)
    match event.event_data:
        case PatientMerged():
            nothing = JourneyRows(contact)
            return rows if rows == nothing else nothing
        case JourneyStarted() as started if contact is not None:
            return _with_journey(rows, began(rows, started, contact, event))
        case JourneyEvent() as fact:
            return _with_journey(rows, went_on(rows, fact, event))
        case AppointmentEvent() as fact:
            return _fact(rows, fact, event)
        case ConversationEvent() as fact:
            return talked(rows, fact, event)
        case _:
            return rows


def _fact(rows: JourneyRows, fact: AppointmentEvent, event: Recorded) -> JourneyRows:
    journey = rows.active_in(fact.clinic_id)
    before = rows.clinics.get(fact.clinic_id) or PatientClinicRow(event.tenant_id, fact.patient_id, fact.clinic_id)
    live = follow_live(before.live_appointments, fact)
    starts = journey is None and isinstance(fact, AppointmentScheduled)
    clinic = replace(before, live_appointments=live, last_fact=event.event_id if starts else before.last_fact)
    if clinic != before:
        rows = replace(rows, clinics=rows.clinics | {fact.clinic_id: clinic})
    if isinstance(fact, AppointmentOutcomeCorrected):
        rows = _corrected(rows, fact, event)
        journey = rows.active_in(fact.clinic_id)
    if journey is None:
        return rows
    counted = replace(_counted(rows, journey, fact), next_appointment_at=earliest(live))
    at = fact.interaction_at
    if at is not None and at > counted.last_interaction_at:
        counted = replace(counted, last_interaction_at=at)
    return rows if counted == journey else _with_journey(rows, replace(counted, updated_at=event.created_at))


def _corrected(rows: JourneyRows, fact: AppointmentOutcomeCorrected, event: Recorded) -> JourneyRows:
    """With the journey that counted the mistake as it is right, be it over or not."""
    if fact.in_journey is None or (row := rows.journeys.get(fact.in_journey.journey_id)) is None:
        return rows
    ahead = earliest(rows.clinics[fact.clinic_id].live_appointments)
    after = correction.of_journey(row, fact, ahead)
    after = calmed(rows, after) if fact.in_journey.calms else after
    return rows if after == row else _with_journey(rows, replace(after, updated_at=event.created_at))


def _counted(rows: JourneyRows, row: JourneyRow, fact: AppointmentEvent) -> JourneyRow:
    match fact:
        case AppointmentScheduled():
            return replace(row, total_appointments=row.total_appointments + 1)
        case AppointmentCancelled(on_whose_account=account) if account != "clinic":
            return replace(row, cancelled_appointments=row.cancelled_appointments + 1)
        case AppointmentMarkedAsNoShow():
            return replace(row, missed_appointments=row.missed_appointments + 1)
        case AppointmentCompleted(completed_at=at):
            if row.escalated_at is None or at >= row.escalated_at:  # a visit of before calms nobody
                row = calmed(rows, row)
            return replace(worked(row, fact), last_appointment_at=max(at, row.last_appointment_at or at))
        case _:
            return row


def _with_journey(rows: JourneyRows, row: JourneyRow) -> JourneyRows:
    return replace(rows, journeys=rows.journeys | {row.journey_id: row})
