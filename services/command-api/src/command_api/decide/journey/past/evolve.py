"""A patient's journeys after an event."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

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
from healz.events.conversation import ConversationEvent
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
            journey = _told(state.get(clinic_id) or ClinicJourney(clinic_id), event)
            if isinstance(event, AppointmentEvent):
                journey = replace(journey, live={key: one for key, one in live.items() if one.clinic_id == clinic_id})
            return {**state, clinic_id: _journey(journey, event)}
        case _:
            return state


def _told(one: ClinicJourney, event: AppointmentEvent | ConversationEvent | JourneyEvent) -> ClinicJourney:
    """What any event of the clinic tells, whether a journey is active or not."""
    at, spoke_at = event.happened_at, event.interaction_at
    return replace(
        one,
        signals=one.signals.after(event),
        seen_at=max(at, one.seen_at or at),
        last_interaction_at=max(spoke_at, one.last_interaction_at or spoke_at) if spoke_at else one.last_interaction_at,
    )


def _journey(one: ClinicJourney, event: Event) -> ClinicJourney:
    match event:
        case AppointmentScheduled():
            return replace(one, appointments=one.appointments + 1)
        case AppointmentCancelled():
            return replace(one, cancelled=one.cancelled + 1)
        case AppointmentMarkedAsNoShow():
            return replace(one, missed=one.missed + 1)
        case AppointmentCompleted(completed_at=at) if one.started_at is not None and at >= one.started_at:
            return replace(one, last_visit_at=max(at, one.last_visit_at or at))
        case JourneyStarted():
            return _started(one, event)
        case JourneyStageChanged(new_stage=stage, changed_at=at, reason=reason):
            moved_at = one.moved_at if reason == "risk_score_recalculated" else at
            return replace(one, stage=stage, stage_since=at, moved_at=moved_at)
        case RiskScoreRecalculated(new_score=score, contributing_factors=factors):
            judged = replace(one, score=score, factors={factor.type: factor for factor in factors})
            return replace(judged, scores=one.scores + 1, scores_sum=one.scores_sum + score)
        case JourneyRecovered(recovered_at=at):
            signals = one.signals.recovered(at) if one.stage == "at_risk" else one.signals
            return replace(one, stage="recovered", stage_since=at, moved_at=at, signals=signals)
        case JourneyAbandoned(abandoned_at=at):
            return replace(one, stage="abandoned", stage_since=at)
        case JourneyCompleted(completed_at=at):
            return replace(one, stage="completed", stage_since=at)
        case _:
            return one


def _started(one: ClinicJourney, event: JourneyStarted) -> ClinicJourney:
    """A new journey: it counts the booking that started it, and nothing else from before."""
    return replace(
        one,
        signals=one.signals.started(event.started_at),
        journey_id=event.journey_id,
        earlier=one.earlier.set(one.journey_id, None) if one.journey_id else one.earlier,
        started_at=event.started_at,
        stage="initiated",
        stage_since=event.started_at,
        moved_at=event.started_at,
        last_visit_at=None,
        appointments=int(event.initiated_by == "appointment_scheduled"),
        missed=0,
        cancelled=0,
        score=NO_SCORE,
        factors={},
        scores=0,
        scores_sum=Decimal(0),
    )
