"""What can happen to a patient's journey in one clinic."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import JsonValue, NonNegativeInt

from healz.events.envelope import Event
from healz.events.fields import Instant, Reason
from healz.events.message import Sentiment
from healz.events.personal import Personal
from healz.events.risk import Factor, RiskLevel, RiskType, Severity, Statistics, UpToOne
from healz.events.stages import Stage, StageReason

InitiatedBy = Literal["first_contact", "appointment_scheduled", "manual"]
CompletionReason = Literal["successful_treatment", "patient_moved", "other"]


class JourneyEvent(Event):
    aggregate_type: ClassVar[str] = "PatientJourney"

    journey_id: UUID
    """Which journey."""
    clinic_id: UUID
    """The clinic that the patient is on the way with."""

    @property
    def aggregate_id(self) -> UUID:
        return self.journey_id


class JourneyStarted(JourneyEvent, interaction=True):
    """A patient is on the way with a clinic: by a first message, a booking, or by hand."""

    initiated_by: InitiatedBy
    """What started it."""
    started_at: Instant
    """When: the time of the fact that caused it."""


class JourneyStageChanged(JourneyEvent):
    """The journey moved to another stage by the stage table. In version 1 the reason was any text."""

    schema_version: ClassVar[int] = 2

    previous_stage: Stage
    """Where it was."""
    new_stage: Stage
    """Where it is from now on."""
    reason: StageReason
    """Which fact moved it."""
    changed_at: Instant
    """When: the time of that fact, never earlier than the previous stage's."""


class RiskDetected(JourneyEvent):
    """A risk indicator appeared, or its severity rose."""

    risk_type: RiskType
    """Which indicator."""
    severity: Severity
    """How grave it is."""
    value: UpToOne
    """How strong it is, 0.00 to 1.00."""
    details: Annotated[dict[str, JsonValue], Personal("reason")]
    """What it was seen by: days, a count, a message, who reported it. The rules alone write it, a few members of
    bounded texts and numbers."""
    detected_at: Instant
    """As of when."""


class RiskScoreRecalculated(JourneyEvent):
    """The risk indicators are no longer those of the last time, so the score was calculated anew."""

    previous_score: UpToOne
    """The score until now."""
    new_score: UpToOne
    """The score from now on, 0.00 to 1.00."""
    risk_level: RiskLevel
    """What that score is called."""
    contributing_factors: tuple[Factor, ...]
    """The complete set of indicators: what is not in it is no longer so."""
    recalculated_at: Instant
    """As of when."""


class RiskEscalated(JourneyEvent):
    """A person should act now: the score rose across the critical threshold, or somebody said so."""

    escalation_reason: Reason
    """``risk_score_critical``, or why in somebody's words."""
    assigned_to: UUID | None = None
    """Who should act, where somebody said so."""
    escalated_at: Instant
    """Since when."""


class JourneyRecovered(JourneyEvent, interaction=True):
    """The patient is won back out of ``at_risk`` or ``no_show``; the stage is ``recovered``."""

    recovery_reason: Reason
    """``message_received``, or why in somebody's words."""
    message_id: UUID | None = None
    """Which message won them back, where one did."""
    sentiment: Sentiment | None = None
    """That message's tone; null: nobody has judged it."""
    previous_risk_score: UpToOne
    """The score before."""
    recovered_at: Instant
    """When."""


class JourneyAbandoned(JourneyEvent):
    """The patient is given up; the stage is ``abandoned``. A new fact starts a new journey."""

    abandonment_reason: Reason
    """``silence``, or why in somebody's words."""
    final_risk_score: UpToOne
    """The score at the end."""
    abandoned_at: Instant
    """When."""


class JourneyCompleted(JourneyEvent):
    """The journey came to its good end; the stage is ``completed``."""

    completion_reason: CompletionReason
    """How it ended."""
    total_duration: NonNegativeInt
    """Whole days since the start."""
    statistics: Statistics
    """What happened in all of it."""
    completed_at: Instant
    """When."""


EVENTS: tuple[type[JourneyEvent], ...] = tuple(JourneyEvent.__subclasses__())
"""All of them, in the order of this file."""
