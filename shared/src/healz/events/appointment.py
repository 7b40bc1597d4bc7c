"""What can happen to an appointment."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from healz.events.appointment_change import AppointmentChanged
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import (
    DURATION_MINUTES_MAX,
    Account,
    AppointmentEvent,
    AppointmentType,
    ConfirmationMethod,
)
from healz.events.delivery import DeliveryStatus
from healz.events.fields import Actor, Instant, Name, Notes, Reason
from healz.events.patient_details import Channel
from healz.events.personal import NOT_THE_PATIENTS


class AppointmentScheduled(AppointmentEvent, interaction=True):
    """An appointment was booked."""

    doctor_name: Annotated[Name, NOT_THE_PATIENTS]
    """The doctor's name on the day of the booking."""
    scheduled_for: Instant
    """When it begins."""
    duration: int = Field(ge=1, le=DURATION_MINUTES_MAX)
    """How long it takes, in minutes."""
    appointment_type: AppointmentType
    """What kind of appointment it is."""
    notes: Notes | None = None
    """What the clinic wrote down about it."""
    squeeze_in: bool | None = None
    """Whether it was squeezed in: beside what the doctor has then, and taking nobody's time."""
    scheduled_by: Actor
    """Who booked it."""
    scheduled_at: Instant
    """When it was booked."""


class AppointmentConfirmed(AppointmentEvent, interaction=True):
    """The patient means to come. Confirming again is allowed; the last one counts."""

    confirmed_by: Actor
    """Who said so."""
    confirmation_method: ConfirmationMethod
    """By which way."""
    confirmed_at: Instant
    """When."""
    confirmation_count: int = Field(ge=1)
    """How many confirmations there are since the booking or the last reschedule, this one included."""


class AppointmentRescheduled(AppointmentEvent, interaction=True):
    """It was moved to another time. It is unconfirmed again, and its reminders are void."""

    previous_scheduled_for: Instant
    """When it was to begin."""
    new_scheduled_for: Instant
    """When it begins from now on."""
    reason: Reason | None = None
    """Why, in somebody's words."""
    squeeze_in: bool | None = None
    """Whether it is squeezed in at the new time."""
    rescheduled_by: Actor
    """Who moved it."""
    on_whose_account: Account | None = None
    """Whose doing it was, whoever entered it; where nobody said: the patient's. The clinic's does not count against
    the patient."""
    rescheduled_at: Instant
    """When it was moved."""


class AppointmentCancelled(AppointmentEvent, interaction=True):
    """It will not take place."""

    reason: Reason | None = None
    """Why, in somebody's words; ``patient_inactive`` or ``patient_anonymized`` when the patient left."""
    cancelled_by: Actor
    """Who cancelled it."""
    on_whose_account: Account | None = None
    """Whose doing it was, whoever entered it; where nobody said: the patient's. The clinic's does not count against
    the patient."""
    cancelled_at: Instant
    """When."""


class AppointmentArrived(AppointmentEvent, interaction=True):
    """The patient has come to the reception, on the appointment's day. A reschedule makes it void."""

    recorded_by: Actor
    """Who said so."""
    arrived_at: Instant
    """When they came."""


class AppointmentMarkedAsNoShow(AppointmentEvent):
    """The patient did not come."""

    scheduled_for: Instant
    """When it was to begin."""
    marked_by: Actor
    """Who noticed."""
    marked_at: Instant
    """When it was noted."""
    notes: Notes | None = None
    """What the clinic wrote down about it."""


class AppointmentCompleted(AppointmentEvent, interaction=True):
    """The visit took place."""

    completed_at: Instant
    """When it ended."""
    notes: Notes | None = None
    """What the clinic wrote down about it."""
    requires_follow_up: bool
    """Whether the patient should be seen again: the journey goes on in ``follow_up``."""


class AppointmentReminderSent(AppointmentEvent):
    """A reminder went out. A later delivery status of a reminder is this event again with the same ``reminder_id``;
    one that says no more than what is known makes no event."""

    reminder_id: UUID
    """Which reminder."""
    channel: Channel
    """By which way it went."""
    sent_at: Instant
    """When it went out, or when this status was reported."""
    delivery_status: DeliveryStatus
    """How far it got."""


class AppointmentReminderFailed(AppointmentEvent):
    """A reminder could not be sent."""

    reminder_id: UUID
    """Which reminder."""
    channel: Channel
    """By which way it should have gone."""
    failed_at: Instant
    """When it failed."""
    error: Reason
    """What the messenger answered."""


_ELSEWHERE = (AppointmentChanged, AppointmentOutcomeCorrected)
EVENTS: tuple[type[AppointmentEvent], ...] = (
    *(event for event in AppointmentEvent.__subclasses__() if event not in _ELSEWHERE),
    *_ELSEWHERE,
)
"""All of them, in the order of this file; a change and a correction have files of their own."""
