"""Where a journey's event takes it, and when."""

from datetime import datetime

from healz.events import Event
from healz.events.journey import JourneyAbandoned, JourneyCompleted, JourneyRecovered, JourneyStageChanged
from healz.events.stages import Stage


def moved_to(event: Event) -> tuple[Stage, datetime] | None:
    """The stage after ``event`` and since when, UTC; None when it moves nothing."""
    match event:
        case JourneyStageChanged(new_stage=stage, changed_at=at):
            return stage, at
        case JourneyRecovered(recovered_at=at):
            return "recovered", at
        case JourneyAbandoned(abandoned_at=at):
            return "abandoned", at
        case JourneyCompleted(completed_at=at):
            return "completed", at
        case _:
            return None
