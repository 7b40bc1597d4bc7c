"""How facts move the journey: decided in the same transaction as the fact. Pure.

A fact that fits no row of the table changes no stage; a row whose target is the present stage changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime

from command_api.decider import Given
from command_api.journey.stages import stages
from command_api.journey.state import ClinicJourney, Journeys, evolve
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
from healz.events.journey import InitiatedBy, JourneyEvent, JourneyStageChanged, JourneyStarted
from healz.events.patient import PatientAnonymized, PatientStatusChanged
from healz.events.stages import Stage, StageReason


def react(fact: Event, state: Journeys, patient_status: str | None, given: Given) -> list[JourneyEvent]:
    """What ``fact`` does to the patient's journeys; ``state`` and ``patient_status`` are from before it."""
    match fact:
        case PatientStatusChanged(new_status="inactive", changed_at=at):
            return [_to("cancelled", one, fact, "patient_inactive", at) for one in state.values() if one.is_active]
        case PatientAnonymized(anonymized_at=at):
            return [_to("cancelled", one, fact, "patient_anonymized", at) for one in state.values() if one.is_active]
        case AppointmentEvent():
            return list(_of_clinic(fact, state, given))
        case ConversationEvent() if patient_status == "active":
            return list(_of_clinic(fact, state, given))
        case _:
            return []


def _of_clinic(fact: AppointmentEvent | ConversationEvent, state: Journeys, given: Given) -> Iterator[JourneyEvent]:
    before = state.get(fact.clinic_id)
    last_visit_at = before.last_visit_at if before is not None else None
    state = evolve(state, fact)
    if not state[fact.clinic_id].is_active and (start := _start(fact)) is not None:
        initiated_by, at = start
        started = JourneyStarted(
            journey_id=given.journey_id,
            patient_id=fact.patient_id,
            clinic_id=fact.clinic_id,
            initiated_by=initiated_by,
            started_at=at,
        )
        yield started
        state = evolve(state, started)
    journey = state[fact.clinic_id]
    if not journey.is_active:
        return
    for stage, at in stages(fact, journey, last_visit_at):
        if stage != state[fact.clinic_id].stage:
            moved = _to(stage, state[fact.clinic_id], fact, _reason(fact), at)
            yield moved
            state = evolve(state, moved)


def _start(fact: Event) -> tuple[InitiatedBy, datetime] | None:
    """How the fact starts a journey where none is active, and when."""
    match fact:
        case AppointmentScheduled(scheduled_at=at):
            return "appointment_scheduled", at
        case ConversationStarted(initiated_by="patient", started_at=at) | MessageReceived(timestamp=at):
            return "first_contact", at
        case _:
            return None


def _to(stage: Stage, journey: ClinicJourney, fact: Event, reason: StageReason, at: datetime) -> JourneyStageChanged:
    assert journey.journey_id is not None
    assert journey.stage is not None
    return JourneyStageChanged(
        journey_id=journey.journey_id,
        patient_id=fact.patient_id,
        clinic_id=journey.clinic_id,
        previous_stage=journey.stage,
        new_stage=stage,
        reason=reason,
        changed_at=at,
    )


def _reason(fact: Event) -> StageReason:
    reasons: dict[type[Event], StageReason] = {
        ConversationStarted: "conversation_started",
        MessageReceived: "message_received",
        AppointmentScheduled: "appointment_scheduled",
        AppointmentConfirmed: "appointment_confirmed",
        AppointmentRescheduled: "appointment_rescheduled",
        AppointmentCancelled: "appointment_cancelled",
        AppointmentMarkedAsNoShow: "appointment_marked_as_no_show",
        AppointmentCompleted: "appointment_completed",
    }
    return reasons[type(fact)]
