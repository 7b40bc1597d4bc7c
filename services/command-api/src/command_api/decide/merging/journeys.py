"""Where the journeys of two records stand, once they are one person's.

In a clinic where this record was never on the way, the other's journeys are told again as they were. Where this one's
is over and the other's goes on, the other's newest follows it. Where this one's goes on, it counts the other's facts,
and stands where a fact moved either of them last.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from command_api.decide.given import Given, Other
from command_api.decide.journey.events import moved
from command_api.decide.journey.judge import judged
from command_api.decide.journey.past.evolve import evolve
from command_api.decide.journey.past.state import ClinicJourney, Journeys
from healz.events import Event
from healz.events.stages import Stage

if TYPE_CHECKING:
    from command_api.decide.case import Case


def journeys_told(theirs: Journeys, mine: Journeys) -> frozenset[UUID]:
    """The other record's journeys that are told again."""
    told: set[UUID] = set()
    for clinic_id, journey in theirs.items():
        own = mine.get(clinic_id)
        if journey.journey_id is None:
            continue
        if own is None or own.journey_id is None:
            told.update((*journey.earlier, journey.journey_id))
        elif not own.is_active and journey.is_active:
            told.add(journey.journey_id)
    return frozenset(told)


def settled(after: "Case", before: "Case", other: Other, given: Given, at: datetime) -> Iterator[Event]:
    """What follows for active journeys in the clinics of the other record, which ``after`` counts already."""
    for clinic_id, theirs in other.case.journeys.items():
        journey = after.journeys.get(clinic_id)
        if journey is None or not journey.is_active:
            continue
        stage = _stage(before.journeys.get(clinic_id), theirs)
        if stage is not None and stage != journey.stage:
            move = moved(journey, given.target, stage, "patient_absorbed", at)
            yield move
            journey = evolve(after.journeys, move, after.appointments.live_by_id)[clinic_id]
        yield from judged(journey, given.target, at, given.rules)


def _stage(mine: ClinicJourney | None, theirs: ClinicJourney) -> Stage | None:
    """Where the other's journey stood, if both were active and it was moved last; else None."""
    if mine is None or not (mine.is_active and theirs.is_active):
        return None
    assert mine.moved_at is not None
    assert theirs.moved_at is not None
    return theirs.stage if theirs.moved_at > mine.moved_at else None
