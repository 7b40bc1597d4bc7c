"""What a correction tells beside the outcome: what only the whole history says, so that no fold has to keep it."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from healz.events.fields import Instant


class InClinic(BaseModel):
    """The patient's latest in a clinic, once a correction was made."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    last_visit_at: Instant | None = None
    """When the last visit ended; null without any."""
    last_interaction_at: Instant | None = None
    """When the patient last gave a sign of life; null without any."""


class InJourney(BaseModel):
    """The same of the journey that counted the mistake."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    journey_id: UUID
    """Which journey."""
    last_visit_at: Instant | None = None
    """When its last visit ended; null without any."""
    last_interaction_at: Instant | None = None
    """When the patient last gave a sign of life in it; null: as before, of a journey that another has followed."""
    calms: bool = False
    """Whether the escalation of its risk came of the mistake, and is taken back."""
