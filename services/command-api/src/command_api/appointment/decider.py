"""The rules of appointments. Pure. (A doctor's overlaps span patients: those are a guard in SQL.)"""

from datetime import datetime, timedelta

from command_api.appointment.commands import (
    AppointmentCommand,
    BookAppointment,
    CancelAppointment,
    CompleteAppointment,
    ConfirmAppointment,
    MarkAppointmentAsNoShow,
    RecordReminder,
    RescheduleAppointment,
)
from command_api.appointment.state import AppointmentState, PatientAppointments
from command_api.decider import Given, Rejected
from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentEvent,
    AppointmentMarkedAsNoShow,
    AppointmentReminderFailed,
    AppointmentReminderSent,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.patient import PatientAnonymized, PatientStatusChanged


def decide(command: AppointmentCommand, state: PatientAppointments, given: Given) -> list[AppointmentEvent]:
    """The events that follow. Raises Rejected."""
    at, actor = given.at(command), given.actor(command)
    if isinstance(command, BookAppointment):
        return [_scheduled(command, state, given, at)]
    one = state.appointments[given.target]
    ids = {
        "appointment_id": one.appointment_id,
        "patient_id": given.patient_id,
        "clinic_id": one.clinic_id,
        "doctor_id": one.doctor_id,
    }
    match command, one.status:
        case ConfirmAppointment(confirmation_method=method), "scheduled" | "confirmed":
            count = one.confirmations + 1
            return [
                AppointmentConfirmed(
                    **ids, confirmed_by=actor, confirmation_method=method, confirmed_at=at, confirmation_count=count
                )
            ]
        case RescheduleAppointment(scheduled_for=new), "scheduled" | "confirmed":
            _check_active(state)
            _check_time(new, one.duration, state, given, moved=one)
            return [
                AppointmentRescheduled(
                    **ids,
                    previous_scheduled_for=one.scheduled_for,
                    new_scheduled_for=new,
                    reason=command.reason,
                    rescheduled_by=actor,
                    rescheduled_at=at,
                )
            ]
        case CancelAppointment(reason=reason), "scheduled" | "confirmed":
            return [AppointmentCancelled(**ids, reason=reason, cancelled_by=actor, cancelled_at=at)]
        case MarkAppointmentAsNoShow(notes=notes), "scheduled" | "confirmed":
            if at < one.scheduled_for:
                raise Rejected(
                    "no_show_before_the_start", f"it starts at {one.scheduled_for.isoformat()}; wait until then"
                )
            return [
                AppointmentMarkedAsNoShow(
                    **ids, scheduled_for=one.scheduled_for, marked_by=actor, marked_at=at, notes=notes
                )
            ]
        case CompleteAppointment(), "scheduled" | "confirmed":
            _check_day(at, one, given)
            return [
                AppointmentCompleted(
                    **ids, completed_at=at, notes=command.notes, requires_follow_up=command.requires_follow_up
                )
            ]
        case RecordReminder(), "scheduled" | "confirmed" | "completed":
            return [_reminder(command, one, given, at, ids)]
        case _, status:
            raise Rejected("appointment_not_live", f"this appointment is {status}; that can't be done to it any more")


def leave(fact: Event, state: PatientAppointments, given: Given) -> list[AppointmentEvent]:
    """What follows for the live appointments when a patient becomes inactive or is anonymised."""
    match fact:
        case PatientStatusChanged(new_status="inactive", changed_at=at) | PatientAnonymized(anonymized_at=at):
            return [
                AppointmentCancelled(
                    patient_id=fact.patient_id,
                    appointment_id=one.appointment_id,
                    clinic_id=one.clinic_id,
                    doctor_id=one.doctor_id,
                    reason="patient_inactive" if isinstance(fact, PatientStatusChanged) else "patient_anonymized",
                    cancelled_by="system",
                    cancelled_at=at,
                )
                for one in state.live
            ]
        case _:
            return []


def _scheduled(
    command: BookAppointment, state: PatientAppointments, given: Given, at: datetime
) -> AppointmentScheduled:
    _check_active(state)
    if given.clinic_zone is None:
        raise Rejected("clinic_unknown", "no such clinic; put its reference data first")
    if given.doctor is None:
        raise Rejected("doctor_unknown", "no such doctor; put their reference data first")
    if command.clinic_id not in given.doctor.clinic_ids:
        raise Rejected("doctor_not_in_clinic", "this doctor does not work in that clinic")
    _check_time(command.scheduled_for, command.duration, state, given)
    return AppointmentScheduled(
        appointment_id=given.target,
        patient_id=command.patient_id,
        clinic_id=command.clinic_id,
        doctor_id=command.doctor_id,
        doctor_name=given.doctor.full_name,
        scheduled_for=command.scheduled_for,
        duration=command.duration,
        appointment_type=command.appointment_type,
        notes=command.notes,
        scheduled_by=given.actor(command),
        scheduled_at=at,
    )


def _reminder(
    command: RecordReminder, one: AppointmentState, given: Given, at: datetime, ids: dict[str, object]
) -> AppointmentEvent:
    reminder_id = command.reminder_id or given.reminder_id
    known = reminder_id in one.reminders
    if not known and len(one.reminders) >= given.limits.reminders_per_appointment_max:
        raise Rejected("too_many_reminders", f"{len(one.reminders)} reminders were sent already; that is the limit")
    frame = {**ids, "reminder_id": reminder_id, "channel": command.channel}
    if command.error is not None:
        return AppointmentReminderFailed(**frame, failed_at=at, error=command.error)
    return AppointmentReminderSent(**frame, sent_at=at, delivery_status=command.delivery_status)


def _check_active(state: PatientAppointments) -> None:
    if state.patient_status != "active":
        raise Rejected("patient_not_active", f"the patient is {state.patient_status}; only an active one can be booked")


def _check_time(
    start: datetime, duration: int, state: PatientAppointments, given: Given, moved: AppointmentState | None = None
) -> None:
    if start < given.now and not given.importing:
        raise Rejected("appointment_in_the_past", "scheduled_for lies in the past; choose a time to come")
    end = start + timedelta(minutes=duration)
    for other in state.live:
        if other is not moved and start < other.ends_at and other.scheduled_for < end:
            raise Rejected(
                "patient_overlap",
                f"the patient has another appointment from {other.scheduled_for.isoformat()} to {other.ends_at.isoformat()}",
            )


def _check_day(at: datetime, one: AppointmentState, given: Given) -> None:
    if given.clinic_zone is None:
        raise Rejected("clinic_unknown", "no such clinic; put its reference data first")
    day = one.scheduled_for.astimezone(given.clinic_zone).date()
    if at.astimezone(given.clinic_zone).date() < day:
        raise Rejected("completion_before_the_day", f"the appointment is on {day}; it can't be completed before")
