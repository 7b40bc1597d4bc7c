"""How facts move the journey: decided in the same transaction as the fact.

A fact that fits no row of the table changes no stage; a row whose target is the present stage changes nothing.
"""

from collections.abc import Iterator

from command_api.decide.given import Given
from command_api.decide.journey.evolve import evolve
from command_api.decide.journey.judge import LOST, judged, moved, recovery
from command_api.decide.journey.stages import stages
from command_api.decide.journey.state import ClinicJourney, Journeys
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
from healz.events.conversation import ConversationEvent, ConversationStarted, MessageReceived
from healz.events.journey import InitiatedBy, JourneyEvent, JourneyStarted
from healz.events.patient import PatientAnonymized, PatientStatusChanged
from healz.events.stages import StageReason

REASONS: dict[type[Event], StageReason] = {
    ConversationStarted: "conversation_started",
    MessageReceived: "message_received",
    AppointmentScheduled: "appointment_scheduled",
    AppointmentConfirmed: "appointment_confirmed",
    AppointmentRescheduled: "appointment_rescheduled",
    AppointmentCancelled: "appointment_cancelled",
    AppointmentMarkedAsNoShow: "appointment_marked_as_no_show",
    AppointmentCompleted: "appointment_completed",
}


def react(fact: Event, state: Journeys, patient_status: str | None, given: Given) -> list[JourneyEvent]:
    """What ``fact`` does to the patient's journeys; ``state`` and ``patient_status`` are from before it."""
    match fact:
        case PatientStatusChanged(new_status="inactive"):
            return _cancelled(fact, state, "patient_inactive")
        case PatientAnonymized():
            return _cancelled(fact, state, "patient_anonymized")
        case AppointmentEvent():
            return list(_of_clinic(fact, state, given))
        case ConversationEvent() if patient_status == "active":
            return list(_of_clinic(fact, state, given))
        case _:
            return []


def _cancelled(fact: Event, state: Journeys, reason: StageReason) -> list[JourneyEvent]:
    active = [one for one in state.values() if one.is_active]
    return [moved(one, fact.patient_id, "cancelled", reason, fact.happened_at) for one in active]


def _of_clinic(fact: AppointmentEvent | ConversationEvent, state: Journeys, given: Given) -> Iterator[JourneyEvent]:
    patient_id, clinic_id, at = fact.patient_id, fact.clinic_id, fact.happened_at
    state = evolve(state, fact)
    if not state[clinic_id].is_active and (initiated_by := _starts(fact)) is not None:
        started = JourneyStarted(
            journey_id=given.journey_id,
            patient_id=patient_id,
            clinic_id=clinic_id,
            initiated_by=initiated_by,
            started_at=at,
        )
        yield started
        state = evolve(state, started)
    if not state[clinic_id].is_active:
        return
    late = _is_late(fact, state[clinic_id], given)
    for stage in stages(fact, state[clinic_id], given.rules) if not late else []:
        if stage != state[clinic_id].stage:
            move = moved(state[clinic_id], patient_id, stage, REASONS[type(fact)], at)
            yield move
            state = evolve(state, move)
    if not late and _wins_back(fact, state[clinic_id]):
        recovered = recovery(state[clinic_id], patient_id, "message_received", at)
        yield recovered
        state = evolve(state, recovered)
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


def _is_late(fact: Event, one: ClinicJourney, given: Given) -> bool:
    """Whether it happened before a later one moved the journey: an imported past, or a message long under way.

    It is recorded and counted, and moves nothing. A booking is not late while what was booked lies after that. Clocks
    differ by as much as a message's may be ahead.
    """
    at = max(fact.happened_at, fact.scheduled_for) if isinstance(fact, AppointmentScheduled) else fact.happened_at
    return one.moved_at is not None and at < one.moved_at - given.limits.clock_ahead


def _wins_back(fact: Event, one: ClinicJourney) -> bool:
    match fact:
        case MessageReceived(sentiment=sentiment, timestamp=at):
            # Nor does one that was written before the last undo what that says.
            return sentiment != "negative" and one.stage in LOST and at == one.signals.last_message_at
        case _:
            return False
