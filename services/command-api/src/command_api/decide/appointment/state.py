"""What the rules of appointments need to know of a patient's past."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from immutables import Map

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


@dataclass(frozen=True)
class AppointmentState:
    """One appointment; ``[scheduled_for, ends_at)`` is its time."""

    appointment_id: UUID
    clinic_id: UUID
    doctor_id: UUID
    scheduled_for: datetime
    duration: int
    status: AppointmentStatus = "scheduled"
    confirmations: int = 0
    reminders: frozenset[UUID] = frozenset()
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


@dataclass(frozen=True)
class PatientAppointments:
    """All of a patient's appointments, in every clinic."""

    appointments: Map[UUID, AppointmentState] = field(default_factory=Map)
    live_by_id: Mapping[UUID, AppointmentState] = field(default_factory=dict)
    """Those that are scheduled or confirmed: few, however many there were."""

    @property
    def live(self) -> list[AppointmentState]:
        return list(self.live_by_id.values())

    def with_one(self, one: AppointmentState) -> "PatientAppointments":
        """With this appointment as it is now."""
        live = self.live_by_id
        if one.is_live:
            live = {**live, one.appointment_id: one}
        elif one.appointment_id in live:
            live = {key: other for key, other in live.items() if key != one.appointment_id}
        return replace(self, appointments=self.appointments.set(one.appointment_id, one), live_by_id=live)


INITIAL = PatientAppointments()


def evolve(state: PatientAppointments, event: Event) -> PatientAppointments:
    """The state after ``event``."""
    match event:
        case AppointmentScheduled():
            booked = AppointmentState(
                event.appointment_id, event.clinic_id, event.doctor_id, event.scheduled_for, event.duration
            )
            return state.with_one(booked)
        case AppointmentEvent(appointment_id=appointment_id):
            return state.with_one(_evolve_one(state.appointments[appointment_id], event))
        case _:
            return state


def _evolve_one(one: AppointmentState, event: AppointmentEvent) -> AppointmentState:
    match event:
        case AppointmentConfirmed(confirmation_count=count):
            return replace(one, status="confirmed", confirmations=count)
        case AppointmentRescheduled(new_scheduled_for=at):
            return replace(one, status="scheduled", confirmations=0, arrived_at=None, scheduled_for=at)
        case AppointmentArrived(arrived_at=at):
            return replace(one, arrived_at=at)
        case AppointmentCancelled():
            return replace(one, status="cancelled")
        case AppointmentMarkedAsNoShow():
            return replace(one, status="no_show")
        case AppointmentCompleted(completed_at=at, requires_follow_up=again):
            return replace(one, status="completed", completed_at=at, requires_follow_up=again)
        case AppointmentReminderSent(reminder_id=reminder_id) | AppointmentReminderFailed(reminder_id=reminder_id):
            return replace(one, reminders=one.reminders | {reminder_id})
        case _:
            return one
