"""The fold of a patient's journeys."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from command_api.decide.appointment.state import AppointmentState
from command_api.decide.journey.past.state import NO_SCORE, ClinicJourney, Journeys
from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentEvent,
    AppointmentMarkedAsNoShow,
    AppointmentScheduled,
)
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyEvent,
    JourneyRecovered,
    JourneyStageChanged,
    JourneyStarted,
    RiskScoreRecalculated,
)


def evolve(state: Journeys, event: Event, live: Mapping[UUID, AppointmentState]) -> Journeys:
    """The state after ``event``; ``live``: the patient's live appointments after it."""
    match event:
        case (
            AppointmentEvent(clinic_id=clinic_id)
            | ConversationEvent(clinic_id=clinic_id)
            | JourneyEvent(clinic_id=clinic_id)
        ):
            journey = _in_clinic(state.get(clinic_id) or ClinicJourney(clinic_id), event)
            if isinstance(event, AppointmentEvent):
                here = {key: appointment for key, appointment in live.items() if appointment.clinic_id == clinic_id}
                journey = replace(journey, live=here)
            return {**state, clinic_id: _journey(journey, event)}
        case _:
            return state


def _in_clinic(journey: ClinicJourney, event: AppointmentEvent | ConversationEvent | JourneyEvent) -> ClinicJourney:
    """What any event of the clinic changes, whether a journey is active or not."""
    at, spoke_at, last = event.happened_at, event.interaction_at, journey.last_interaction_at
    return replace(
        journey,
        evidence=journey.evidence.after(event),
        seen_at=max(at, journey.seen_at or at),
        last_interaction_at=max(spoke_at, last or spoke_at) if spoke_at else last,
    )


def _journey(journey: ClinicJourney, event: Event) -> ClinicJourney:
    match event:
        case AppointmentScheduled():
            return replace(journey, appointments=journey.appointments + 1)
        case AppointmentCancelled():
            return replace(journey, cancelled=journey.cancelled + 1)
        case AppointmentMarkedAsNoShow():
            return replace(journey, missed=journey.missed + 1)
        case AppointmentCompleted(completed_at=at) if journey.started_at is not None and at >= journey.started_at:
            return replace(journey, last_visit_at=max(at, journey.last_visit_at or at))
        case JourneyStarted():
            return _started(journey, event)
        case JourneyStageChanged(new_stage=stage, changed_at=at, reason=reason):
            moved_at = journey.moved_at if reason == "risk_score_recalculated" else at
            return replace(journey, stage=stage, stage_since=at, moved_at=moved_at)
        case RiskScoreRecalculated(new_score=score, contributing_factors=factors):
            judged = replace(journey, score=score, indicators={factor.type: factor for factor in factors})
            return replace(judged, scores=journey.scores + 1, scores_sum=journey.scores_sum + score)
        case JourneyRecovered(recovered_at=at):
            evidence = journey.evidence.recovered(at) if journey.stage == "at_risk" else journey.evidence
            return replace(journey, stage="recovered", stage_since=at, moved_at=at, evidence=evidence)
        case JourneyAbandoned(abandoned_at=at):
            return replace(journey, stage="abandoned", stage_since=at)
        case JourneyCompleted(completed_at=at):
            return replace(journey, stage="completed", stage_since=at)
        case _:
            return journey


def _started(journey: ClinicJourney, event: JourneyStarted) -> ClinicJourney:
    """A new journey: it counts the booking that started it, and nothing else from before."""
    return replace(
        journey,
        evidence=journey.evidence.started(event.started_at),
        journey_id=event.journey_id,
        earlier=journey.earlier.set(journey.journey_id, None) if journey.journey_id else journey.earlier,
        started_at=event.started_at,
        stage="initiated",
        stage_since=event.started_at,
        moved_at=event.started_at,
        last_visit_at=None,
        appointments=int(event.initiated_by == "appointment_scheduled"),
        missed=0,
        cancelled=0,
        score=NO_SCORE,
        indicators={},
        scores=0,
        scores_sum=Decimal(0),
    )
