"""The latest of a patient in a clinic and in a journey, where one appointment ended otherwise than was said."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from command_api.decide.journey.past.ending import Ending
from command_api.decide.journey.past.state import ClinicJourney
from healz.events.corrected import InClinic, InJourney


def latest(journey: ClinicJourney, appointment_id: UUID, right: Ending | None) -> tuple[InClinic, InJourney | None]:
    """``right``: how it ended; None: it has not."""
    endings = [ending for key, ending in journey.endings.items() if key != appointment_id]
    endings += [right] if right is not None else []
    in_clinic = InClinic(
        last_visit_at=_last_visit(endings), last_interaction_at=_last_interaction(endings, journey.others_at)
    )
    mistaken = journey.endings[appointment_id]
    if mistaken.journey_id is None:
        return in_clinic, None
    own = [ending for ending in endings if ending.journey_id == mistaken.journey_id]
    is_newest = mistaken.journey_id == journey.journey_id
    return in_clinic, InJourney(
        journey_id=mistaken.journey_id,
        last_visit_at=_last_visit(own),
        last_interaction_at=_last_interaction(own, journey.own_others_at) if is_newest else None,
        calms=is_newest and _calms(journey, mistaken, right),
    )


def _calms(journey: ClinicJourney, mistaken: Ending, right: Ending | None) -> bool:
    """Whether the escalation came of the mistake, or a visit would have ended it."""
    if (escalated_at := journey.escalated_at) is None:
        return False
    came_of_it = journey.by_score and escalated_at >= mistaken.at
    return came_of_it or (right is not None and right.status == "completed" and right.at >= escalated_at)


def _last_visit(endings: Iterable[Ending]) -> datetime | None:
    return max((ending.at for ending in endings if ending.status == "completed"), default=None)


def _last_interaction(endings: Iterable[Ending], others_at: datetime | None) -> datetime | None:
    times = [ending.at for ending in endings if ending.is_interaction]
    return max([*times, others_at] if others_at is not None else times, default=None)
