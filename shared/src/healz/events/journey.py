"""What can happen to a patient's journey in one clinic."""

from typing import ClassVar, Literal
from uuid import UUID

from healz.events.envelope import Event
from healz.events.fields import Instant, Reason

InitiatedBy = Literal["first_contact", "appointment_scheduled", "manual"]
Stage = Literal[
    "initiated",
    "first_contact",
    "scheduled",
    "confirmed",
    "attended",
    "follow_up",
    "returned",
    "at_risk",
    "no_show",
    "recovered",
    "abandoned",
    "completed",
    "cancelled",
]
INACTIVE_STAGES: frozenset[Stage] = frozenset({"abandoned", "completed", "cancelled"})


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
    previous_stage: Stage
    new_stage: Stage
    reason: Reason
    changed_at: Instant
