"""What may be asked of a journey: by a person, and by the sweeps that run as time goes by."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from command_api.decide.command import Command
from healz.events.fields import Notes, Reason
from healz.events.journey import CompletionReason

Said = Annotated[Reason, Field(min_length=1)]


class JourneyCommand(Command):
    """Any of them."""


class StartJourney(JourneyCommand):
    patient_id: UUID
    clinic_id: UUID


class ReportRisk(JourneyCommand):
    """What a person noticed; all other signs follow from facts."""

    risk_type: Literal["tone_change"]
    notes: Notes | None = None


class EscalateRisk(JourneyCommand):
    escalation_reason: Said
    assigned_to: UUID | None = None


class RecoverJourney(JourneyCommand):
    recovery_reason: Said


class AbandonJourney(JourneyCommand):
    abandonment_reason: Said


class CompleteJourney(JourneyCommand):
    completion_reason: CompletionReason


class RecalculateSilence(JourneyCommand):
    """The silence sweep's: how long it has been, as of ``occurred_at``."""


class EndSilentJourney(JourneyCommand):
    """The abandonment sweep's: given up after 30 days of silence at risk, completed after 180 without one."""
