"""What a journey's rules need to know of a patient's past in a clinic. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from healz.events import Event
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentEvent,
    AppointmentMarkedAsNoShow,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.conversation import ConversationEvent
from healz.events.journey import JourneyEvent, JourneyStageChanged, JourneyStarted
from healz.events.stages import INACTIVE_STAGES, Stage


@dataclass(frozen=True)
class ClinicJourney:
    """One patient in one clinic; ``no_shows`` counts anew from each visit, ``last_visit_at`` is of this journey."""

    clinic_id: UUID
    journey_id: UUID | None = None
    stage: Stage | None = None
    no_shows: int = 0
    last_visit_at: datetime | None = None
    live: Mapping[UUID, bool] = field(default_factory=dict)
    """Live appointments, and whether each is confirmed."""

    @property
    def is_active(self) -> bool:
        return self.stage is not None and self.stage not in INACTIVE_STAGES


Journeys = Mapping[UUID, ClinicJourney]
"""By clinic."""

INITIAL: Journeys = {}


def evolve(state: Journeys, event: Event) -> Journeys:
    """The state after ``event``."""
    match event:
        case (
            AppointmentEvent(clinic_id=clinic_id)
            | ConversationEvent(clinic_id=clinic_id)
            | JourneyEvent(clinic_id=clinic_id)
        ):
            return {**state, clinic_id: _evolve_one(state.get(clinic_id) or ClinicJourney(clinic_id), event)}
        case _:
            return state


def _evolve_one(one: ClinicJourney, event: Event) -> ClinicJourney:
    match event:
        case AppointmentScheduled(appointment_id=key) | AppointmentRescheduled(appointment_id=key):
            return replace(one, live={**one.live, key: False})
        case AppointmentConfirmed(appointment_id=key):
            return replace(one, live={**one.live, key: True})
        case AppointmentCancelled(appointment_id=key):
            return replace(one, live=_without(one.live, key))
        case AppointmentMarkedAsNoShow(appointment_id=key):
            return replace(one, live=_without(one.live, key), no_shows=one.no_shows + 1)
        case AppointmentCompleted(appointment_id=key, completed_at=at):
            last = max(at, one.last_visit_at or at)
            return replace(one, live=_without(one.live, key), no_shows=0, last_visit_at=last)
        case JourneyStarted(journey_id=journey_id):
            return replace(one, journey_id=journey_id, stage="initiated", last_visit_at=None)
        case JourneyStageChanged(new_stage=stage):
            return replace(one, stage=stage)
        case _:
            return one


def _without(live: Mapping[UUID, bool], key: UUID) -> Mapping[UUID, bool]:
    return {one: confirmed for one, confirmed in live.items() if one != key}
