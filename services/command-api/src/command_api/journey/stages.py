"""The stage table: where a fact leads from a stage. Pure."""

from datetime import datetime, timedelta

from command_api.journey.state import ClinicJourney
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentEvent,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.conversation import ConversationEvent, ConversationStarted, MessageReceived
from healz.events.stages import Stage

RETURN_AFTER = timedelta(days=7)


def stages(
    fact: AppointmentEvent | ConversationEvent, journey: ClinicJourney, last_visit_at: datetime | None
) -> list[tuple[Stage, datetime]]:
    """The stages that the fact leads to, in order. ``journey`` counts the fact already; ``last_visit_at`` does not."""
    match fact, journey.stage:
        case ConversationStarted(started_at=at) | MessageReceived(timestamp=at), "initiated":
            return [("first_contact", at)]
        case AppointmentScheduled(scheduled_at=at), (
            "initiated" | "first_contact" | "recovered" | "no_show" | "at_risk" | "attended"
        ):
            return [("scheduled", at)]
        case AppointmentScheduled(scheduled_at=at), "follow_up":
            long_ago = last_visit_at is not None and at - last_visit_at >= RETURN_AFTER
            return [("returned" if long_ago else "scheduled", at)]
        case AppointmentConfirmed(confirmed_at=at), stage if stage not in ("attended", "follow_up"):
            return [("confirmed", at)]
        case AppointmentCompleted(completed_at=at, requires_follow_up=again), _:
            return [("attended", at), ("follow_up", at)] if again else [("attended", at)]
        case AppointmentMarkedAsNoShow(marked_at=at), stage:
            if journey.no_shows >= 2:
                return [("at_risk", at)]
            return [("no_show", at)] if stage != "at_risk" else []
        case (
            AppointmentCancelled(cancelled_at=at) | AppointmentRescheduled(rescheduled_at=at),
            "scheduled" | "confirmed" | "returned",
        ):
            return [(_after_a_change(journey), at)]
        case _:
            return []


def _after_a_change(journey: ClinicJourney) -> Stage:
    if any(journey.live.values()):
        return "confirmed"
    if journey.live:
        return "returned" if journey.stage == "returned" else "scheduled"
    return "follow_up" if journey.last_visit_at is not None else "first_contact"
