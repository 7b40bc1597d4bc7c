"""What the rules of appointments need to know of a patient's past."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from command_api.decide.appointment.reminders import Reminders, reminded
from healz.events import Event
from healz.events.appointment import (
    AppointmentArrived,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentEvent,
    AppointmentMarkedAsNoShow,
    AppointmentReminderFailed,
    AppointmentReminderSent,
    AppointmentRescheduled,
    AppointmentScheduled,
    AppointmentStatus,
)

LIVE: frozenset[AppointmentStatus] = frozenset({"scheduled", "confirmed"})


class AppointmentState(Struct, frozen=True):
    """One appointment; ``[scheduled_for, ends_at)`` is its time."""

    appointment_id: UUID
    clinic_id: UUID
    doctor_id: UUID
    scheduled_for: datetime
    duration: int
    status: AppointmentStatus = "scheduled"
    confirmations: int = 0
    reminders: Reminders = field(default_factory=dict)
    arrived_at: datetime | None = None
    """At the reception, since the booking or the last reschedule."""
    completed_at: datetime | None = None
    requires_follow_up: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.scheduled_for + timedelta(minutes=self.duration)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class PatientAppointments(Struct, frozen=True):
    """All of a patient's appointments, in every clinic."""

    appointments: Map[UUID, AppointmentState] = field(default_factory=Map)
    live_by_id: Mapping[UUID, AppointmentState] = field(default_factory=dict)
    """Those that are scheduled or confirmed: few, however many there were."""

    @property
    def live(self) -> list[AppointmentState]:
        return list(self.live_by_id.values())

    def with_appointment(self, appointment: AppointmentState) -> "PatientAppointments":
        """With this appointment as it is now."""
        live = self.live_by_id
        if appointment.is_live:
            live = {**live, appointment.appointment_id: appointment}
        elif appointment.appointment_id in live:
            live = {key: other for key, other in live.items() if key != appointment.appointment_id}
        appointments = self.appointments.set(appointment.appointment_id, appointment)
        return replace(self, appointments=appointments, live_by_id=live)


INITIAL = PatientAppointments()


def evolve(state: PatientAppointments, event: Event) -> PatientAppointments:
    """The state after ``event``."""
    match event:
        case AppointmentScheduled():
            booked = AppointmentState(
                event.appointment_id, event.clinic_id, event.doctor_id, event.scheduled_for, event.duration
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
            return replace(appointment, status="scheduled", confirmations=0, arrived_at=None, scheduled_for=at)
        case AppointmentArrived(arrived_at=at):
            return replace(appointment, arrived_at=at)
        case AppointmentCancelled():
            return replace(appointment, status="cancelled")
        case AppointmentMarkedAsNoShow():
            return replace(appointment, status="no_show")
        case AppointmentCompleted(completed_at=at, requires_follow_up=again):
            return replace(appointment, status="completed", completed_at=at, requires_follow_up=again)
        case AppointmentReminderSent() | AppointmentReminderFailed():
            return replace(appointment, reminders=reminded(appointment.reminders, event))
        case _:
            return appointment
