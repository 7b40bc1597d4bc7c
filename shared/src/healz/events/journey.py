"""What can happen to a patient's journey in one clinic."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import JsonValue, NonNegativeInt

from healz.events.envelope import Event
from healz.events.fields import Instant, Reason
from healz.events.personal import Personal
from healz.events.risk import Factor, RiskLevel, RiskType, Severity, Share, Statistics
from healz.events.stages import Stage, StageReason

InitiatedBy = Literal["first_contact", "appointment_scheduled", "manual"]
CompletionReason = Literal["successful_treatment", "patient_moved", "other"]


class JourneyEvent(Event):
    aggregate_type: ClassVar[str] = "PatientJourney"

    journey_id: UUID
    clinic_id: UUID

    @property
    def aggregate_id(self) -> UUID:
        return self.journey_id


class JourneyStarted(JourneyEvent):
    """``started_at`` is the time of the fact that caused it."""

    initiated_by: InitiatedBy
    started_at: Instant


class JourneyStageChanged(JourneyEvent):
    """In version 1 the reason was any text."""

    schema_version: ClassVar[int] = 2

    previous_stage: Stage
    new_stage: Stage
    reason: StageReason
    changed_at: Instant


class RiskDetected(JourneyEvent):
    """A sign appeared, or its severity rose. ``details`` says what it was seen by: days, a count, a message. The
    rules alone write it, a few members of bounded texts and numbers."""

    risk_type: RiskType
    severity: Severity
    value: Share
    details: Annotated[dict[str, JsonValue], Personal("reason")]
    detected_at: Instant


class RiskScoreRecalculated(JourneyEvent):
    """``contributing_factors`` is the complete set: what is not in it is no longer so."""

    previous_score: Share
    new_score: Share
    risk_level: RiskLevel
    contributing_factors: tuple[Factor, ...]
    recalculated_at: Instant


class RiskEscalated(JourneyEvent):
    """A person should act now; ``assigned_to`` is who, where somebody said so."""

    escalation_reason: Reason
    assigned_to: UUID | None = None
    escalated_at: Instant


class JourneyRecovered(JourneyEvent):
    recovery_reason: Reason
    previous_risk_score: Share
    recovered_at: Instant


class JourneyAbandoned(JourneyEvent):
    abandonment_reason: Reason
    final_risk_score: Share
    abandoned_at: Instant


class JourneyCompleted(JourneyEvent):
    """``total_duration`` is in days, whole ones, since the start."""

    completion_reason: CompletionReason
    total_duration: NonNegativeInt
    statistics: Statistics
    completed_at: Instant


EVENTS: tuple[type[JourneyEvent], ...] = tuple(JourneyEvent.__subclasses__())
"""All of them, in the order of this file."""
