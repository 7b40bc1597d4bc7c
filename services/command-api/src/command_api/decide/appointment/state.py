"""What the rules of appointments need to know of a patient's past."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from immutables import Map
from msgspec import Struct, field
from msgspec.structs import replace

from command_api.decide.appointment.reminder.state import Reminders
from healz.events.appointment_event import Account, AppointmentStatus, AppointmentType

LIVE: frozenset[AppointmentStatus] = frozenset({"scheduled", "confirmed"})


class AppointmentState(Struct, frozen=True):
    """One appointment; ``[scheduled_for, ends_at)`` is its time."""

    appointment_id: UUID
    clinic_id: UUID
    doctor_id: UUID
    scheduled_for: datetime
    duration: int
    appointment_type: AppointmentType
    status: AppointmentStatus = "scheduled"
    squeeze_in: bool = False
    confirmations: int = 0
    reminders: Reminders = field(default_factory=dict)
    arrived_at: datetime | None = None
    """At the reception, since the booking or the last reschedule."""
    completed_at: datetime | None = None
    requires_follow_up: bool = False
    on_whose_account: Account = "patient"
    """Whose doing the cancellation was."""
    ended_at: datetime | None = None
    """When it was completed, missed or cancelled."""
    corrections: int = 0

    @property
    def ends_at(self) -> datetime:
        return self.scheduled_for + timedelta(minutes=self.duration)

    @property
    def slot(self) -> tuple[UUID, datetime, datetime] | None:
        """Whose time it takes, and which; None: nobody's."""
        return (self.doctor_id, self.scheduled_for, self.ends_at) if self.is_live and not self.squeeze_in else None

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
