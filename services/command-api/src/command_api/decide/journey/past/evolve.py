"""The fold of a patient's journeys."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from command_api.decide.appointment.state import AppointmentState
from command_api.decide.journey.past.corrected import corrected
from command_api.decide.journey.past.in_clinic import in_clinic
from command_api.decide.journey.past.state import BY_SCORE, BY_SILENCE, NO_SCORE, ClinicJourney, Journeys
from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMarkedAsNoShow,
    AppointmentScheduled,
)
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyEvent,
    JourneyRecovered,
    JourneyStageChanged,
    JourneyStarted,
    RiskEscalated,
    RiskScoreRecalculated,
)
from healz.events.work import NO_WORK

OUTCOMES = frozenset(
    ("appointment_completed", "appointment_cancelled", "appointment_marked_as_no_show", "appointment_outcome_corrected")
)
"""The reasons of moves that an appointment's outcome made."""


def evolve(state: Journeys, event: Event, live: Mapping[UUID, AppointmentState]) -> Journeys:
    """The state after ``event``; ``live``: the patient's live appointments after it."""
    match event:
        case (
            AppointmentEvent(clinic_id=clinic_id)
            | ConversationEvent(clinic_id=clinic_id)
            | JourneyEvent(clinic_id=clinic_id)
        ):
            journey = in_clinic(state.get(clinic_id) or ClinicJourney(clinic_id), event)
            if isinstance(event, AppointmentEvent):
                here = {key: appointment for key, appointment in live.items() if appointment.clinic_id == clinic_id}
                journey = replace(journey, live=here)
            return {**state, clinic_id: _journey(journey, event)}
        case _:
            return state


def _journey(journey: ClinicJourney, event: Event) -> ClinicJourney:
    match event:
        case AppointmentScheduled():
            return replace(journey, appointments=journey.appointments + 1)
        case AppointmentCancelled(on_whose_account=account) if account != "clinic":
            return replace(journey, cancelled=journey.cancelled + 1)
        case AppointmentMarkedAsNoShow():
            return replace(journey, missed=journey.missed + 1)
        case AppointmentCompleted(completed_at=at) if journey.started_at is not None and at >= journey.started_at:
            return replace(journey, last_visit_at=max(at, journey.last_visit_at or at))
        case AppointmentOutcomeCorrected():
            return corrected(journey, event)
        case JourneyStarted():
            return _started(journey, event)
        case JourneyStageChanged(new_stage=stage, changed_at=at, reason=reason):
            moved = replace(journey, stage=stage, stage_since=at, given_up=False)
            if reason == "risk_score_recalculated":
                return moved
            return replace(moved, moved_at=at, moved_by=journey.last_ended if reason in OUTCOMES else None)
        case RiskEscalated(escalated_at=at, escalation_reason=why):
            return replace(journey, escalated_at=at, by_score=why == BY_SCORE)
        case RiskScoreRecalculated(new_score=score, contributing_factors=factors):
            judged = replace(journey, score=score, indicators={factor.type: factor for factor in factors})
            return replace(judged, scores=journey.scores + 1, scores_sum=journey.scores_sum + score)
        case JourneyRecovered(recovered_at=at):
            evidence = journey.evidence.recovered(at) if journey.stage == "at_risk" else journey.evidence
            back = replace(journey, stage="recovered", stage_since=at, moved_at=at, moved_by=None, evidence=evidence)
            return replace(back, escalated_at=None)
        case JourneyAbandoned(abandoned_at=at, abandonment_reason=why):
            return replace(journey, stage="abandoned", stage_since=at, given_up=why == BY_SILENCE, escalated_at=None)
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
        moved_by=None,
        own_others_at=event.started_at,
        escalated_at=None,
        given_up=False,
        last_visit_at=None,
        appointments=int(event.initiated_by == "appointment_scheduled"),
        missed=0,
        cancelled=0,
        score=NO_SCORE,
        indicators={},
        work=NO_WORK,
        scores=0,
        scores_sum=Decimal(0),
    )
