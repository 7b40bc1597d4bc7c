"""The journey's events, each made of the journey as it is before it."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from command_api.decide.journey.past.state import NO_SCORE, ClinicJourney
from command_api.decide.journey.risk import Indicator
from healz.events import journey as events
from healz.events.journey import CompletionReason, InitiatedBy
from healz.events.risk import Factor, RiskLevel, Statistics, two_places
from healz.events.stages import Stage, StageReason


def started(
    journey_id: UUID, patient_id: UUID, clinic_id: UUID, initiated_by: InitiatedBy, at: datetime
) -> events.JourneyStarted:
    """A new journey; ``at`` is the time of what caused it."""
    return events.JourneyStarted(
        journey_id=journey_id, patient_id=patient_id, clinic_id=clinic_id, initiated_by=initiated_by, started_at=at
    )


def moved(
    journey: ClinicJourney, patient_id: UUID, stage: Stage, reason: StageReason, at: datetime
) -> events.JourneyStageChanged:
    """The journey's move to ``stage``; its time never goes back."""
    assert journey.stage is not None
    assert journey.stage_since is not None
    return events.JourneyStageChanged(
        **_ids(journey, patient_id),
        previous_stage=journey.stage,
        new_stage=stage,
        reason=reason,
        changed_at=max(at, journey.stage_since),
    )


def detected(journey: ClinicJourney, patient_id: UUID, indicator: Indicator, at: datetime) -> events.RiskDetected:
    """An indicator that appeared, or got worse."""
    return events.RiskDetected(
        **_ids(journey, patient_id),
        risk_type=indicator.type,
        severity=indicator.severity,
        value=indicator.value,
        details=dict(indicator.details),
        detected_at=at,
    )


def recalculated(
    journey: ClinicJourney,
    patient_id: UUID,
    score: Decimal,
    level: RiskLevel,
    factors: tuple[Factor, ...],
    at: datetime,
) -> events.RiskScoreRecalculated:
    """The score anew, with all indicators that make it."""
    return events.RiskScoreRecalculated(
        **_ids(journey, patient_id),
        previous_score=journey.score,
        new_score=score,
        risk_level=level,
        contributing_factors=factors,
        recalculated_at=at,
    )


def escalated(
    journey: ClinicJourney, patient_id: UUID, reason: str, at: datetime, assigned_to: UUID | None = None
) -> events.RiskEscalated:
    """A person should act now."""
    return events.RiskEscalated(
        **_ids(journey, patient_id), escalation_reason=reason, assigned_to=assigned_to, escalated_at=at
    )


def recovered(journey: ClinicJourney, patient_id: UUID, reason: str, at: datetime) -> events.JourneyRecovered:
    """The patient is won back; its time never goes back either."""
    assert journey.stage_since is not None
    return events.JourneyRecovered(
        **_ids(journey, patient_id),
        recovery_reason=reason,
        previous_risk_score=journey.score,
        recovered_at=max(at, journey.stage_since),
    )


def abandoned(journey: ClinicJourney, patient_id: UUID, reason: str, at: datetime) -> events.JourneyAbandoned:
    """The patient is given up, for now."""
    return events.JourneyAbandoned(
        **_ids(journey, patient_id), abandonment_reason=reason, final_risk_score=journey.score, abandoned_at=at
    )


def completed(
    journey: ClinicJourney, patient_id: UUID, reason: CompletionReason, at: datetime
) -> events.JourneyCompleted:
    """The journey came to its good end; the statistics are of all of it."""
    assert journey.started_at is not None
    average = journey.scores_sum / journey.scores if journey.scores else NO_SCORE
    return events.JourneyCompleted(
        **_ids(journey, patient_id),
        completion_reason=reason,
        total_duration=max(at - journey.started_at, timedelta(0)) // timedelta(days=1),
        statistics=Statistics(
            total_appointments=journey.appointments,
            no_show_count=journey.missed,
            cancellation_count=journey.cancelled,
            average_risk_score=two_places(average),
        ),
        completed_at=at,
    )


def _ids(journey: ClinicJourney, patient_id: UUID) -> dict[str, UUID]:
    """The ids that each event of this journey says."""
    assert journey.journey_id is not None
    return {"journey_id": journey.journey_id, "patient_id": patient_id, "clinic_id": journey.clinic_id}
