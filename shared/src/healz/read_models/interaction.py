"""What counts as an interaction: a sign of life of the patient towards the clinic."""

from datetime import datetime

from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.conversation import MessageReceived
from healz.events.journey import JourneyRecovered, JourneyStarted


def interaction_at(event: Event) -> datetime | None:
    """When the patient interacted by ``event``, UTC; None when it is no interaction.

    A message from them, a visit, a journey's start or recovery, and a booking, reschedule, cancellation or confirmation
    not by the system. Never a message to them, a reminder, a no-show.
    """
    match event:
        case MessageReceived(timestamp=at) | AppointmentCompleted(completed_at=at):
            return at
        case JourneyStarted(started_at=at) | JourneyRecovered(recovered_at=at):
            return at
        case AppointmentScheduled(scheduled_by=by, scheduled_at=at) if by != "system":
            return at
        case AppointmentRescheduled(rescheduled_by=by, rescheduled_at=at) if by != "system":
            return at
        case AppointmentCancelled(cancelled_by=by, cancelled_at=at) if by != "system":
            return at
        case AppointmentConfirmed(confirmed_by=by, confirmed_at=at) if by != "system":
            return at
        case _:
            return None
