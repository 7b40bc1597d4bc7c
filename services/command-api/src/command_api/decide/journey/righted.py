"""What a correction does to the journey: it goes where the right outcome would have led it.

Where nothing has moved it since, and no other appointment ended, the stage table is asked again, from the stage before
the mistake. Else it stays; but a stage that only the mistake accounts for gives way to what the journey
has: a live appointment, a visit, or neither. Who was given up for it is on the way again.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from msgspec.structs import replace

from command_api.decide.appointment.state import AppointmentState
from command_api.decide.journey.events import escalated, moved
from command_api.decide.journey.judge import judged
from command_api.decide.journey.past.evolve import evolve
from command_api.decide.journey.past.state import BY_SCORE, ClinicJourney, Journeys
from command_api.decide.journey.risk import indicators, score
from command_api.decide.journey.rules import JourneyRules
from command_api.decide.journey.stages import stages
from command_api.decide.journey.standing import standing
from healz.events.appointment import AppointmentCancelled, AppointmentCompleted, AppointmentMarkedAsNoShow
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import AppointmentEvent
from healz.events.journey import JourneyEvent, RiskEscalated
from healz.events.stages import Stage


def righted(
    fact: AppointmentOutcomeCorrected,
    before: ClinicJourney,
    state: Journeys,
    live: Mapping[UUID, AppointmentState],
    rules: JourneyRules,
    *,
    gone: bool,
) -> Iterator[JourneyEvent]:
    """``before`` is the journey before the correction, ``state`` after it. ``gone``: the patient has left."""
    patient_id, clinic_id, at = fact.patient_id, fact.clinic_id, fact.corrected_at
    journey, told = state[clinic_id], fact.in_journey
    counted = told is not None and told.journey_id == journey.journey_id
    if not journey.is_active and (gone or not (counted and journey.given_up)):
        return
    for stage in _stages(fact, before, journey, rules) if counted else []:
        if stage != state[clinic_id].stage:
            move = moved(state[clinic_id], patient_id, stage, "appointment_outcome_corrected", at)
            yield move
            state = evolve(state, move, live)
    journey = state[clinic_id]
    if not journey.is_active:
        return
    weighed = list(judged(journey, patient_id, at, rules))
    yield from weighed
    after = score(indicators(journey, max(at, journey.seen_at or at), rules))
    taken_back = counted and told is not None and told.calms
    if taken_back and after >= rules.score_critical and not any(isinstance(event, RiskEscalated) for event in weighed):
        yield escalated(journey, patient_id, BY_SCORE, at)


def _stages(
    fact: AppointmentOutcomeCorrected, before: ClinicJourney, journey: ClinicJourney, rules: JourneyRules
) -> list[Stage]:
    mistaken = before.endings[fact.appointment_id]
    not_since = before.moved_at is None or before.moved_at <= mistaken.at or before.moved_by == fact.appointment_id
    if mistaken.stage is not None and not_since and before.last_ended == fact.appointment_id:
        then = replace(journey, stage=mistaken.stage)
        right = _as_if_said(fact)
        return (stages(right, then, rules) if right is not None else []) or [mistaken.stage]
    return [standing(mistaken, journey, rules)]


def _as_if_said(fact: AppointmentOutcomeCorrected) -> AppointmentEvent | None:
    """The event of the right outcome; None: it has not ended."""
    ids = {
        "appointment_id": fact.appointment_id,
        "patient_id": fact.patient_id,
        "clinic_id": fact.clinic_id,
        "doctor_id": fact.doctor_id,
    }
    at, by = fact.right_since, fact.corrected_by
    match fact.right_status:
        case "completed":
            return AppointmentCompleted(**ids, completed_at=at, requires_follow_up=bool(fact.requires_follow_up))
        case "no_show":
            return AppointmentMarkedAsNoShow(**ids, scheduled_for=fact.scheduled_for, marked_by=by, marked_at=at)
        case "cancelled":
            return AppointmentCancelled(**ids, cancelled_by=by, cancelled_at=at)
        case _:
            return None
