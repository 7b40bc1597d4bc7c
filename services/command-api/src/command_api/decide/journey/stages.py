"""The stage table: where a fact leads from a stage."""

from datetime import timedelta

from command_api.decide.journey.past.state import ClinicJourney
from command_api.decide.journey.rules import JourneyRules
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation import ConversationStarted
from healz.events.conversation_event import ConversationEvent
from healz.events.message import MessageReceived
from healz.events.stages import Stage


def stages(fact: AppointmentEvent | ConversationEvent, journey: ClinicJourney, rules: JourneyRules) -> list[Stage]:
    """The stages that the fact leads to, in order. ``journey`` counts the fact already."""
    match fact, journey.stage:
        case ConversationStarted() | MessageReceived(), "initiated":
            return ["first_contact"]
        case AppointmentScheduled(), ("initiated" | "first_contact" | "recovered" | "no_show" | "at_risk" | "attended"):
            return ["scheduled"]
        case AppointmentScheduled(scheduled_at=at), "follow_up":
            visit_at = journey.last_visit_at
            long_ago = visit_at is not None and at - visit_at >= timedelta(days=rules.return_days)
            return ["returned" if long_ago else "scheduled"]
        case AppointmentConfirmed(), stage if stage not in ("attended", "follow_up"):
            return ["confirmed"]
        case AppointmentCompleted(requires_follow_up=again), _:
            return ["attended", "follow_up"] if again else ["attended"]
        case AppointmentMarkedAsNoShow(), stage:
            if len(journey.evidence.no_shows) >= rules.no_shows_min:
                return ["at_risk"]
            return ["no_show"] if stage != "at_risk" else []
        case AppointmentCancelled() | AppointmentRescheduled(), "scheduled" | "confirmed" | "returned":
            return [after_a_change(journey)]
        case _:
            return []


def after_a_change(journey: ClinicJourney) -> Stage:
    """Of a journey of which an appointment was cancelled or moved."""
    if any(appointment.status == "confirmed" for appointment in journey.live.values()):
        return "confirmed"
    if journey.live:
        return "returned" if journey.stage == "returned" else "scheduled"
    return "follow_up" if journey.last_visit_at is not None else "first_contact"
