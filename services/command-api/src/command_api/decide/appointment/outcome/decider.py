"""The rules of what becomes of a live appointment."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from command_api.decide.appointment.booking import days
from command_api.decide.appointment.outcome.commands import (
    CompleteAppointment,
    MarkAppointmentAsNoShow,
    RecordArrival,
)
from command_api.decide.appointment.state import AppointmentState
from command_api.decide.given import Given
from command_api.decide.rejected import Rejected
from healz.events import appointment as events
from healz.events.appointment_event import AppointmentEvent
from healz.events.fields import Actor

OutcomeCommand = RecordArrival | MarkAppointmentAsNoShow | CompleteAppointment


def happened(
    command: OutcomeCommand,
    appointment: AppointmentState,
    given: Given,
    at: datetime,
    actor: Actor,
    ids: dict[str, UUID],
) -> AppointmentEvent:
    """What the command says of an appointment that is live. Raises Rejected."""
    match command:
        case RecordArrival():
            if appointment.arrived_at is not None:
                raise Rejected(
                    "already_arrived", f"the patient has been there since {appointment.arrived_at.isoformat()}"
                )
            today, day = days(at, appointment, given)
            if today != day:
                raise Rejected("arrival_on_another_day", f"the appointment is on {day}, this is {today}; reschedule it")
            return events.AppointmentArrived(**ids, recorded_by=actor, arrived_at=at)
        case MarkAppointmentAsNoShow(notes=notes):
            if appointment.arrived_at is not None:
                raise Rejected(
                    "patient_arrived", f"the patient came at {appointment.arrived_at.isoformat()}; cancel it instead"
                )
            if at < appointment.scheduled_for:
                raise Rejected(
                    "no_show_before_the_start", f"it starts at {appointment.scheduled_for.isoformat()}; wait until then"
                )
            return events.AppointmentMarkedAsNoShow(
                **ids, scheduled_for=appointment.scheduled_for, marked_by=actor, marked_at=at, notes=notes
            )
        case CompleteAppointment():
            today, day = days(at, appointment, given)
            if today < day:
                raise Rejected(
                    "completion_before_the_day", f"the appointment is on {day}; it can't be completed before"
                )
            if appointment.arrived_at is not None and at < appointment.arrived_at and not given.importing:
                raise Rejected(
                    "completion_before_the_arrival", f"the patient came at {appointment.arrived_at.isoformat()}"
                )
            return events.AppointmentCompleted(
                **ids, completed_at=at, notes=command.notes, requires_follow_up=command.requires_follow_up
            )
        case _:
            assert_never(command)
