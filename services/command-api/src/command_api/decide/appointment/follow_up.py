"""Who is to be reminded that their last visit asked for another."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from command_api.decide.appointment.state import AppointmentState, PatientAppointments
from command_api.decide.journey.rules import JourneyRules
from command_api.decide.limits import Limits
from command_api.decide.patient.state import Status


def reminder_of(appointment_id: UUID) -> UUID:
    """The id of a visit's one follow-up reminder: whoever sends it, whenever."""
    return uuid5(appointment_id, "follow-up")


def due(
    state: PatientAppointments,
    patient_status: Status | None,
    clinic_id: UUID,
    at: datetime,
    rules: JourneyRules,
    limits: Limits,
) -> AppointmentState | None:
    """The clinic's last completed visit, when its reminder is due at ``at``; None when there is nothing to send.

    It asked for a follow-up, long enough ago; nothing is booked for after it; the reminder was not recorded yet.
    """
    there = [appointment for appointment in state.appointments.values() if appointment.clinic_id == clinic_id]
    visits = [(appointment.completed_at, appointment) for appointment in there if appointment.completed_at is not None]
    if patient_status != "active" or not visits:
        return None
    completed_at, last = max(visits, key=lambda visit: visit[0])
    nothing_booked = not any(
        appointment.is_live and appointment.scheduled_for > last.scheduled_for for appointment in there
    )
    long_enough = at - completed_at >= timedelta(days=rules.follow_up_days)
    may_be_reminded = len(last.reminders) < limits.reminders_per_appointment_max
    recorded = reminder_of(last.appointment_id) in last.reminders
    if last.requires_follow_up and long_enough and nothing_booked and may_be_reminded and not recorded:
        return last
    return None
