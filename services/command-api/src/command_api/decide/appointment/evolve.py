"""The fold of a patient's appointments."""

from msgspec.structs import replace

from command_api.decide.appointment.reminder.state import reminded
from command_api.decide.appointment.state import LIVE, AppointmentState, PatientAppointments
from healz.events import Event
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


def evolve(state: PatientAppointments, event: Event) -> PatientAppointments:
    """The state after ``event``."""
    match event:
        case AppointmentScheduled():
            booked = AppointmentState(
                appointment_id=event.appointment_id,
                clinic_id=event.clinic_id,
                doctor_id=event.doctor_id,
                scheduled_for=event.scheduled_for,
                duration=event.duration,
                appointment_type=event.appointment_type,
                squeeze_in=bool(event.squeeze_in),
            )
            return state.with_appointment(booked)
        case AppointmentEvent(appointment_id=appointment_id):
            return state.with_appointment(_evolve_appointment(state.appointments[appointment_id], event))
        case _:
            return state


def _evolve_appointment(appointment: AppointmentState, event: AppointmentEvent) -> AppointmentState:
    match event:
        case AppointmentConfirmed(confirmation_count=count):
            return replace(appointment, status="confirmed", confirmations=count)
        case AppointmentRescheduled(new_scheduled_for=at):
            moved = replace(appointment, status="scheduled", confirmations=0, arrived_at=None, scheduled_for=at)
            return replace(moved, squeeze_in=bool(event.squeeze_in))
        case AppointmentChanged(doctor_id=doctor_id, duration=duration, appointment_type=kind):
            squeezed = appointment.squeeze_in if event.squeeze_in is None else event.squeeze_in
            changed = replace(appointment, doctor_id=doctor_id, duration=duration, appointment_type=kind)
            return replace(changed, squeeze_in=squeezed)
        case AppointmentArrived(arrived_at=at):
            return replace(appointment, arrived_at=at)
        case AppointmentCancelled(on_whose_account=account):
            whose = account or "patient"
            return replace(appointment, status="cancelled", ended_at=event.cancelled_at, on_whose_account=whose)
        case AppointmentMarkedAsNoShow(marked_at=at):
            return replace(appointment, status="no_show", ended_at=at)
        case AppointmentCompleted(completed_at=at, requires_follow_up=again):
            return replace(appointment, status="completed", ended_at=at, completed_at=at, requires_follow_up=again)
        case AppointmentOutcomeCorrected():
            return _corrected(appointment, event)
        case AppointmentReminderSent() | AppointmentReminderFailed():
            return replace(appointment, reminders=reminded(appointment.reminders, event))
        case _:
            return appointment


def _corrected(appointment: AppointmentState, event: AppointmentOutcomeCorrected) -> AppointmentState:
    """As if the right thing had been said at first. Who did not come never arrived."""
    status, at = event.right_status, event.right_since
    return replace(
        appointment,
        status=status,
        arrived_at=None if status == "no_show" else appointment.arrived_at,
        completed_at=at if status == "completed" else None,
        requires_follow_up=bool(event.requires_follow_up),
        on_whose_account=event.on_whose_account or "patient",
        ended_at=None if status in LIVE else at,
        corrections=appointment.corrections + 1,
    )
