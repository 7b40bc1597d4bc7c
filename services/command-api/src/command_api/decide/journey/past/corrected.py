"""A correction in the journeys' states: what is right takes the place of the mistake."""

from msgspec.structs import replace

from command_api.decide.journey.past.ending import corrected_ending
from command_api.decide.journey.past.state import ClinicJourney
from healz.events.appointment_correction import AppointmentOutcomeCorrected


def corrected(journey: ClinicJourney, event: AppointmentOutcomeCorrected) -> ClinicJourney:
    """With the counts and times as they are right. (The evidence is corrected already.)"""
    key = event.appointment_id
    right = corrected_ending(
        journey.endings[key],
        event.right_status,
        event.right_since,
        requires_follow_up=bool(event.requires_follow_up),
    )
    endings = journey.endings.delete(key) if right is None else journey.endings.set(key, right)
    after = replace(journey, endings=endings, last_ended=key, last_interaction_at=event.in_clinic.last_interaction_at)
    told = event.in_journey
    if told is None or told.journey_id != journey.journey_id:
        return after
    return replace(
        after,
        missed=journey.missed + event.change("no_show"),
        cancelled=journey.cancelled + event.change("cancelled"),
        last_visit_at=told.last_visit_at,
        escalated_at=None if told.calms else journey.escalated_at,
    )
