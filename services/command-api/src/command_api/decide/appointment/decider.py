"""The rules of appointments. (A doctor's overlaps span patients: those are a guard in SQL.)"""

from command_api.decide.appointment.booking import check_active, check_doctor, check_time, days, scheduled
from command_api.decide.appointment.commands import (
    AppointmentCommand,
    BookAppointment,
    CancelAppointment,
    CompleteAppointment,
    ConfirmAppointment,
    MarkAppointmentAsNoShow,
    RecordArrival,
    RecordReminder,
    RescheduleAppointment,
)
from command_api.decide.appointment.reminders import reminder
from command_api.decide.appointment.state import PatientAppointments
from command_api.decide.given import Given
from command_api.decide.patient.anonymized import check_not_anonymized
from command_api.decide.patient.state import Status
from command_api.decide.rejected import Rejected
from healz.events import appointment as events


def decide(
    command: AppointmentCommand, state: PatientAppointments, patient_status: Status | None, given: Given
) -> list[events.AppointmentEvent]:
    """The events that follow. Raises Rejected."""
    at, actor = given.at(command), given.actor(command)
    if isinstance(command, BookAppointment):
        return [scheduled(command, state, patient_status, given, at)]
    appointment = state.appointments[given.target]
    ids = {
        "appointment_id": appointment.appointment_id,
        "patient_id": given.patient_id,
        "clinic_id": appointment.clinic_id,
        "doctor_id": appointment.doctor_id,
    }
    match command, appointment.status:
        case ConfirmAppointment(confirmation_method=method), "scheduled" | "confirmed":
            count = appointment.confirmations + 1
            return [
                events.AppointmentConfirmed(
                    **ids, confirmed_by=actor, confirmation_method=method, confirmed_at=at, confirmation_count=count
                )
            ]
        case RescheduleAppointment(scheduled_for=new), "scheduled" | "confirmed":
            if new == appointment.scheduled_for:
                return []  # asked twice: a confirmation that was given stays
            check_active(patient_status)
            check_doctor(appointment.clinic_id, given)
            check_time(new, appointment.duration, state, given, moved=appointment)
            return [
                events.AppointmentRescheduled(
                    **ids,
                    previous_scheduled_for=appointment.scheduled_for,
                    new_scheduled_for=new,
                    reason=command.reason,
                    rescheduled_by=actor,
                    rescheduled_at=at,
                )
            ]
        case CancelAppointment(reason=reason), "scheduled" | "confirmed":
            return [events.AppointmentCancelled(**ids, reason=reason, cancelled_by=actor, cancelled_at=at)]
        case RecordArrival(), "scheduled" | "confirmed":
            if appointment.arrived_at is not None:
                raise Rejected(
                    "already_arrived", f"the patient has been there since {appointment.arrived_at.isoformat()}"
                )
            today, day = days(at, appointment, given)
            if today != day:
                raise Rejected("arrival_on_another_day", f"the appointment is on {day}, this is {today}; reschedule it")
            return [events.AppointmentArrived(**ids, recorded_by=actor, arrived_at=at)]
        case MarkAppointmentAsNoShow(notes=notes), "scheduled" | "confirmed":
            if appointment.arrived_at is not None:
                raise Rejected(
                    "patient_arrived", f"the patient came at {appointment.arrived_at.isoformat()}; cancel it instead"
                )
            if at < appointment.scheduled_for:
                raise Rejected(
                    "no_show_before_the_start", f"it starts at {appointment.scheduled_for.isoformat()}; wait until then"
                )
            return [
                events.AppointmentMarkedAsNoShow(
                    **ids, scheduled_for=appointment.scheduled_for, marked_by=actor, marked_at=at, notes=notes
                )
            ]
        case CompleteAppointment(), "scheduled" | "confirmed":
            today, day = days(at, appointment, given)
            if today < day:
                raise Rejected(
                    "completion_before_the_day", f"the appointment is on {day}; it can't be completed before"
                )
            return [
                events.AppointmentCompleted(
                    **ids, completed_at=at, notes=command.notes, requires_follow_up=command.requires_follow_up
                )
            ]
        case RecordReminder(), "scheduled" | "confirmed" | "completed":
            check_not_anonymized(patient_status)
            return reminder(command, appointment.reminders, given, at, ids)
        case _, status:
            raise Rejected("appointment_not_live", f"this appointment is {status}; that can't be done to it any more")
