"""How facts move the journey: decided in the same transaction as the fact.

A fact that fits no row of the table changes no stage; a row whose target is the present stage changes nothing.
"""

from collections.abc import Iterator, Mapping
from typing import get_args
from uuid import UUID

from pydantic.alias_generators import to_snake

from command_api.decide.appointment.state import AppointmentState
from command_api.decide.given import Given
from command_api.decide.journey.events import moved, recovered, started
from command_api.decide.journey.judge import LOST, judged
from command_api.decide.journey.past.evolve import evolve
from command_api.decide.journey.past.state import ClinicJourney, Journeys
from command_api.decide.journey.righted import righted
from command_api.decide.journey.rules import JourneyRules
from command_api.decide.journey.stages import stages
from command_api.decide.patient.state import Status
from healz.events import EVENTS, Event
from healz.events.appointment import AppointmentScheduled
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation import ConversationStarted
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import InitiatedBy, JourneyEvent
from healz.events.message import MessageReceived
from healz.events.stages import StageReason

REASONS: dict[type[Event], StageReason] = {
    event: reason for event in EVENTS for reason in get_args(StageReason) if reason == to_snake(event.__name__)
}
"""A fact that moves a journey is the reason by its own name."""


def react(
    fact: Event,
    state: Journeys,
    live: Mapping[UUID, AppointmentState],
    patient_status: Status | None,
    given: Given,
) -> list[JourneyEvent]:
    """What ``fact`` does to the patient's journeys. ``state`` and ``patient_status`` are from before it, ``live``: the
    patient's live appointments after it."""
    match fact:
        case AppointmentOutcomeCorrected(clinic_id=clinic_id):
            gone = patient_status == "inactive"
            return list(righted(fact, state[clinic_id], evolve(state, fact, live), live, given.rules, gone=gone))
        case AppointmentEvent():
            return list(_of_clinic(fact, state, live, given))
        case ConversationEvent() if patient_status == "active":
            return list(_of_clinic(fact, state, live, given))
        case _:
            return []


def _of_clinic(
    fact: AppointmentEvent | ConversationEvent, state: Journeys, live: Mapping[UUID, AppointmentState], given: Given
) -> Iterator[JourneyEvent]:
    patient_id, clinic_id, at = fact.patient_id, fact.clinic_id, fact.happened_at
    state = evolve(state, fact, live)
    if not state[clinic_id].is_active and (initiated_by := _starts(fact)) is not None:
        start = started(given.journey_id, patient_id, clinic_id, initiated_by, at)
        yield start
        state = evolve(state, start, live)
    if not state[clinic_id].is_active:
        return
    late = _is_late(fact, state[clinic_id], given)
    for stage in stages(fact, state[clinic_id], given.rules) if not late else []:
        if stage != state[clinic_id].stage:
            move = moved(state[clinic_id], patient_id, stage, REASONS[type(fact)], at)
            yield move
            state = evolve(state, move, live)
    if isinstance(fact, MessageReceived) and not late and _wins_back(fact, state[clinic_id], given.rules):
        by = {"message_id": fact.message_id, "sentiment": fact.sentiment}
        won_back = recovered(state[clinic_id], patient_id, "message_received", at).model_copy(update=by)
        yield won_back
        state = evolve(state, won_back, live)
    yield from judged(state[clinic_id], patient_id, at, given.rules)


def _starts(fact: Event) -> InitiatedBy | None:
    """How the fact starts a journey where none is active."""
    match fact:
        case AppointmentScheduled():
            return "appointment_scheduled"
        case ConversationStarted(initiated_by="patient") | MessageReceived():
            return "first_contact"
        case _:
            return None


def _is_late(fact: Event, journey: ClinicJourney, given: Given) -> bool:
    """Whether it happened before a later one moved the journey: an imported past, or a message long under way.

    It is recorded and counted, and moves nothing. A booking is not late while what was booked lies after that. Clocks
    differ by as much as a message's may be ahead.
    """
    at = max(fact.happened_at, fact.scheduled_for) if isinstance(fact, AppointmentScheduled) else fact.happened_at
    return journey.moved_at is not None and at < journey.moved_at - given.limits.clock_ahead


def _wins_back(message: MessageReceived, journey: ClinicJourney, rules: JourneyRules) -> bool:
    judged_well = message.sentiment in ("positive", "neutral") or (
        message.sentiment is None and rules.recovery_by == "any_message"
    )
    # Nor does one that was written before the last undo what that says.
    is_last = message.timestamp == journey.evidence.last_message_at
    return rules.recovery_by != "person" and judged_well and journey.stage in LOST and is_last
