"""The appointment read model: one row per appointment, and what each fact does to it."""

from msgspec.structs import replace

from healz.events import Recorded
from healz.events.appointment import (
    AppointmentArrived,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMarkedAsNoShow,
    AppointmentReminderFailed,
    AppointmentReminderSent,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.appointment_change import AppointmentChanged
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import AppointmentEvent
from healz.events.patient_merging import PatientMerged
from healz.read_models import contact as patient_contact
from healz.read_models import correction
from healz.read_models.appointment_reminder import reminded
from healz.read_models.appointment_row import OF_THE_NEW_TIME, AppointmentRow, AppointmentRows, named
from healz.read_models.contact import PatientContact


def evolve(rows: AppointmentRows, event: Recorded) -> AppointmentRows:
    """The patient's rows after ``event``; rows that did not change are the same objects."""
    contact = patient_contact.evolve(rows.contact, event)
    if contact is not rows.contact:
        assert contact is not None
        at = event.created_at
        return AppointmentRows(
            contact, {key: named(replace(row, updated_at=at), contact) for key, row in rows.appointments.items()}
        )
    match event.event_data:
        case PatientMerged():
            nothing = AppointmentRows(contact)
            return rows if rows == nothing else nothing
        case AppointmentScheduled() as scheduled if contact is not None:
            row = _scheduled(scheduled, contact, event)
        case AppointmentEvent() as fact:
            changed = _happened(rows.appointments[fact.appointment_id], fact)
            row = replace(changed, version=event.aggregate_version, updated_at=event.created_at)
        case _:
            return rows
    if contact is not None and contact.is_anonymized:
        row = named(row, contact)
    return AppointmentRows(contact, rows.appointments | {row.appointment_id: row})


def _scheduled(scheduled: AppointmentScheduled, contact: PatientContact, event: Recorded) -> AppointmentRow:
    return AppointmentRow(
        tenant_id=event.tenant_id,
        appointment_id=scheduled.appointment_id,
        version=event.aggregate_version,
        clinic_id=scheduled.clinic_id,
        patient_id=scheduled.patient_id,
        patient_name=contact.full_name,
        patient_phone=contact.phone,
        doctor_id=scheduled.doctor_id,
        doctor_name=scheduled.doctor_name,
        scheduled_for=scheduled.scheduled_for,
        duration=scheduled.duration,
        appointment_type=scheduled.appointment_type,
        notes=scheduled.notes,
        squeeze_in=bool(scheduled.squeeze_in),
        created_at=scheduled.scheduled_at,
        updated_at=event.created_at,
    )


def _happened(row: AppointmentRow, fact: AppointmentEvent) -> AppointmentRow:
    match fact:
        case AppointmentConfirmed():
            return replace(
                row,
                status="confirmed",
                confirmed_at=fact.confirmed_at,
                confirmed_by=fact.confirmed_by,
                confirmation_method=fact.confirmation_method,
                confirmation_count=fact.confirmation_count,
            )
        case AppointmentRescheduled():
            return replace(
                row,
                status="scheduled",
                scheduled_for=fact.new_scheduled_for,
                squeeze_in=bool(fact.squeeze_in),
                rescheduled_count=row.rescheduled_count + 1,
                original_scheduled_for=row.original_scheduled_for or fact.previous_scheduled_for,
                **OF_THE_NEW_TIME,
            )
        case AppointmentChanged():
            return replace(
                row,
                doctor_id=fact.doctor_id,
                doctor_name=fact.doctor_name,
                duration=fact.duration,
                appointment_type=fact.appointment_type,
                squeeze_in=row.squeeze_in if fact.squeeze_in is None else fact.squeeze_in,
            )
        case AppointmentCancelled(reason=reason, cancelled_at=at, on_whose_account=whose):
            return replace(row, status="cancelled", cancelled_at=at, cancellation_reason=reason, on_whose_account=whose)
        case AppointmentArrived(arrived_at=at):
            return replace(row, arrived_at=at)
        case AppointmentMarkedAsNoShow(notes=notes):
            return replace(row, status="no_show", notes=notes or row.notes)
        case AppointmentCompleted(completed_at=at, notes=notes):
            return replace(row, status="completed", completed_at=at, notes=notes or row.notes)
        case AppointmentOutcomeCorrected():
            return correction.of_appointment(row, fact)
        case AppointmentReminderSent(reminder_id=reminder_id, sent_at=at, delivery_status=status):
            return reminded(row, reminder_id, status, at)
        case AppointmentReminderFailed(reminder_id=reminder_id):
            return reminded(row, reminder_id, "failed", None)
        case _:
            return row
