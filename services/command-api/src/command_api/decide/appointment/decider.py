"""The rules of appointments. (A doctor's overlaps span patients: those are a guard in SQL.)"""

from command_api.decide.appointment.booking import check_active, check_doctor, check_squeeze_in, check_time, scheduled
from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.change.decider import changed
from command_api.decide.appointment.change.elsewhere import elsewhere
from command_api.decide.appointment.command import AppointmentCommand
from command_api.decide.appointment.commands import (
    BookAppointment,
    CancelAppointment,
    ConfirmAppointment,
    RescheduleAppointment,
)
from command_api.decide.appointment.outcome.commands import CompleteAppointment, MarkAppointmentAsNoShow, RecordArrival
from command_api.decide.appointment.outcome.decider import happened
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.appointment.reminder.decider import reminder
from command_api.decide.appointment.state import PatientAppointments
from command_api.decide.appointment.whose_doing import whose_doing
from command_api.decide.given import Given
from command_api.decide.patient.anonymized import check_not_anonymized
from command_api.decide.patient.state import Status
from command_api.decide.rejected import Rejected
from healz.events import appointment as events
from healz.events.appointment_event import AppointmentEvent


def decide(
    command: AppointmentCommand, state: PatientAppointments, patient_status: Status | None, given: Given
) -> list[AppointmentEvent]:
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
            squeezed = {"squeeze_in": True} if check_squeeze_in(command.squeeze_in, given) else {}
            return [
                events.AppointmentRescheduled(
                    **ids,
                    previous_scheduled_for=appointment.scheduled_for,
                    new_scheduled_for=new,
                    reason=command.reason,
                    **squeezed,
                    rescheduled_by=actor,
                    rescheduled_at=at,
                    **whose_doing(command, actor),
                )
            ]
        case ChangeAppointment(), "scheduled" | "confirmed":
            is_elsewhere = command.clinic_id not in (None, appointment.clinic_id)
            decide_change = elsewhere if is_elsewhere else changed
            return decide_change(command, appointment, state, patient_status, given, at, actor)
        case CancelAppointment(reason=reason), "scheduled" | "confirmed":
            whose = whose_doing(command, actor)
            return [events.AppointmentCancelled(**ids, reason=reason, cancelled_by=actor, cancelled_at=at, **whose)]
        case RecordArrival() | MarkAppointmentAsNoShow() | CompleteAppointment(), "scheduled" | "confirmed":
            return [happened(command, appointment, given, at, actor, ids)]
        case RecordReminder(), "scheduled" | "confirmed" | "completed":
            check_not_anonymized(patient_status)
            return reminder(command, appointment.reminders, given, at, ids)
        case _, status:
            raise Rejected("appointment_not_live", f"this appointment is {status}; that can't be done to it any more")
