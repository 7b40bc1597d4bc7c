"""The rules of corrections: what had been said to become of an appointment was a mistake."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from command_api.decide.appointment.booking import check_active, check_apart, days
from command_api.decide.appointment.outcome.commands import CorrectOutcome
from command_api.decide.appointment.state import AppointmentState, PatientAppointments
from command_api.decide.given import Given
from command_api.decide.journey.latest import latest
from command_api.decide.journey.past.ending import corrected_ending
from command_api.decide.journey.past.state import ClinicJourney
from command_api.decide.patient.anonymized import check_not_anonymized
from command_api.decide.patient.state import Status
from command_api.decide.rejected import Rejected
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import AppointmentStatus


def corrected(
    command: CorrectOutcome,
    state: PatientAppointments,
    journeys: Mapping[UUID, ClinicJourney],
    patient_status: Status | None,
    given: Given,
) -> AppointmentOutcomeCorrected:
    """What is right. Raises Rejected."""
    appointment, at = state.appointments[given.target], given.at(command)
    check_not_anonymized(patient_status)
    right = _right_status(command, appointment)
    _check_it_differs(command, appointment, right, given)
    since = _since(command, appointment, at, given)
    if right in ("scheduled", "confirmed"):
        check_active(patient_status)
        check_apart(appointment.scheduled_for, appointment.ends_at, state, appointment)
    journey = journeys[appointment.clinic_id]
    ending = corrected_ending(
        journey.endings[given.target], right, since, requires_follow_up=command.requires_follow_up
    )
    in_clinic, in_journey = latest(journey, given.target, ending)
    said = {
        "mistaken_account": appointment.on_whose_account if appointment.status == "cancelled" else None,
        "requires_follow_up": command.requires_follow_up if right == "completed" else None,
        "on_whose_account": command.on_whose_account,
        "in_journey": in_journey,
    }
    return AppointmentOutcomeCorrected(
        appointment_id=appointment.appointment_id,
        patient_id=given.patient_id,
        clinic_id=appointment.clinic_id,
        doctor_id=appointment.doctor_id,
        mistaken_outcome=appointment.status,
        right_status=right,
        right_since=since,
        scheduled_for=appointment.scheduled_for,
        reason=command.reason,
        corrected_by=given.actor(command),
        corrected_at=at,
        in_clinic=in_clinic,
        **{name: value for name, value in said.items() if value is not None},
    )


def _right_status(command: CorrectOutcome, appointment: AppointmentState) -> AppointmentStatus:
    if command.outcome == "live":
        return "confirmed" if appointment.confirmations else "scheduled"
    return command.outcome


def _check_it_differs(
    command: CorrectOutcome, appointment: AppointmentState, right: AppointmentStatus, given: Given
) -> None:
    if appointment.is_live:
        raise Rejected(
            "appointment_still_live",
            f"this appointment is {appointment.status}; say what became of it",
        )
    said = (appointment.status, appointment.requires_follow_up, appointment.on_whose_account)
    if said == (right, command.requires_follow_up, command.on_whose_account or "patient"):
        raise Rejected("nothing_to_correct", f"this appointment is {appointment.status} already, just so")
    if appointment.corrections >= given.limits.corrections_per_appointment_max:
        raise Rejected(
            "too_many_corrections", f"this appointment was corrected {appointment.corrections} times; that is the limit"
        )


def _since(command: CorrectOutcome, appointment: AppointmentState, at: datetime, given: Given) -> datetime:
    """When the mistake was made; but nobody came, or was missed, before it began."""
    mistaken_at = appointment.ended_at
    assert mistaken_at is not None
    if command.outcome not in ("completed", "no_show") or command.outcome == appointment.status:
        return mistaken_at
    if command.outcome == "completed":
        today, day = days(at, appointment, given)
        if today < day:
            raise Rejected("completion_before_the_day", f"the appointment is on {day}; it can't be completed before")
    elif at < appointment.scheduled_for:
        raise Rejected("no_show_before_the_start", f"it starts at {appointment.scheduled_for.isoformat()}; wait")
    return mistaken_at if mistaken_at >= appointment.scheduled_for else min(appointment.ends_at, at)
