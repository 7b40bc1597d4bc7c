"""How appointments ended, as a correction has to know it: what each did, and where the journey was before."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from healz.events.appointment import AppointmentCancelled, AppointmentCompleted, AppointmentMarkedAsNoShow
from healz.events.appointment_event import AppointmentStatus
from healz.events.stages import Stage

OutcomeEvent = AppointmentCompleted | AppointmentCancelled | AppointmentMarkedAsNoShow


class Ending(Struct, frozen=True):
    """What became of an appointment. ``journey_id`` None: no journey was active; ``stage``: just before."""

    status: AppointmentStatus
    at: datetime
    is_interaction: bool
    journey_id: UUID | None
    stage: Stage | None
    requires_follow_up: bool = False


def ending_of(event: OutcomeEvent, journey_id: UUID | None, stage: Stage | None) -> Ending:
    """As it was said."""
    spoke = event.interaction_at is not None
    match event:
        case AppointmentCompleted(completed_at=at, requires_follow_up=again):
            return Ending("completed", at, spoke, journey_id, stage, again)
        case AppointmentCancelled(cancelled_at=at):
            return Ending("cancelled", at, spoke, journey_id, stage)
        case AppointmentMarkedAsNoShow(marked_at=at):
            return Ending("no_show", at, spoke, journey_id, stage)


def corrected_ending(
    ending: Ending, status: AppointmentStatus, since: datetime, *, requires_follow_up: bool
) -> Ending | None:
    """As it is right; None: it has not ended."""
    if status in ("scheduled", "confirmed"):
        return None
    spoke = status in ("completed", "cancelled")
    return replace(ending, status=status, at=since, is_interaction=spoke, requires_follow_up=requires_follow_up)
