"""What any event of the clinic changes in what is remembered of a patient there."""

from datetime import datetime

from msgspec.structs import replace

from command_api.decide.journey.past.ending import OutcomeEvent, ending_of
from command_api.decide.journey.past.state import ClinicJourney
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import JourneyEvent
from healz.events.work import work_after


def in_clinic(journey: ClinicJourney, event: AppointmentEvent | ConversationEvent | JourneyEvent) -> ClinicJourney:
    """After ``event``, whether a journey is active or not."""
    at, spoke_at = event.happened_at, event.interaction_at
    evidence, work = journey.evidence.after(event), work_after(journey.work, event)
    seen_at = at if journey.seen_at is None or at > journey.seen_at else journey.seen_at
    last = _later(spoke_at, journey.last_interaction_at)
    if isinstance(event, OutcomeEvent):
        ending = ending_of(event, journey.journey_id if journey.is_active else None, journey.stage)
        return replace(
            journey,
            evidence=evidence,
            work=work,
            seen_at=seen_at,
            last_interaction_at=last,
            endings=journey.endings.set(event.appointment_id, ending),
            last_ended=event.appointment_id,
        )
    if spoke_at is None:
        return replace(journey, evidence=evidence, work=work, seen_at=seen_at)
    return replace(
        journey,
        evidence=evidence,
        work=work,
        seen_at=seen_at,
        last_interaction_at=last,
        others_at=_later(spoke_at, journey.others_at),
        own_others_at=_later(spoke_at, journey.own_others_at) if journey.is_active else journey.own_others_at,
    )


def _later(at: datetime | None, known: datetime | None) -> datetime | None:
    """The later of two times, where there is one."""
    if at is None or (known is not None and known >= at):
        return known
    return at
