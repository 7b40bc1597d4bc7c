"""The list of those at risk is worked through: a journey is claimed, the patient called, or left for later."""

from datetime import datetime, timedelta
from uuid import UUID

from command_api.decide.given import Given
from command_api.decide.journey.commands import ClaimJourney, RecordCall, SnoozeJourney
from command_api.decide.journey.past.state import ClinicJourney
from command_api.decide.rejected import Rejected
from healz.events.fields import Actor
from healz.events.journey import JourneyEvent
from healz.events.journey_work import CallMade, JourneyAssigned, JourneySnoozed

SNOOZE_DAYS_MAX = 90
"""Longer than that is not later, it is never: there is abandonment for that."""


def claimed(
    command: ClaimJourney, journey: ClinicJourney, given: Given, actor: Actor, at: datetime
) -> list[JourneyEvent]:
    """Whose it is now; nothing where it is theirs already. Raises Rejected where it is somebody else's."""
    somebody, holder = command.assigned_to or given.user_id, journey.work.assigned_to
    if somebody is None:
        raise Rejected("assignee_unknown", "say in assigned_to who sees to this patient")
    if holder == somebody:
        return []
    if holder is not None and not command.take_over:
        raise Rejected("journey_claimed_already", f"{holder} sees to this patient; send take_over to take it from them")
    return [_assigned(journey, given.patient_id, somebody, actor, at)]


def released(journey: ClinicJourney, patient_id: UUID, actor: Actor, at: datetime) -> list[JourneyEvent]:
    """Nobody's; nothing where it is so already."""
    return [] if journey.work.assigned_to is None else [_assigned(journey, patient_id, None, actor, at)]


def called(
    command: RecordCall, journey: ClinicJourney, patient_id: UUID, actor: Actor, at: datetime
) -> list[JourneyEvent]:
    """Each call counts, also one right after another."""
    return [
        CallMade(
            journey_id=_id(journey),
            patient_id=patient_id,
            clinic_id=journey.clinic_id,
            outcome=command.outcome,
            notes=command.notes or None,
            called_by=actor,
            called_at=at,
        )
    ]


def snoozed(
    command: SnoozeJourney, journey: ClinicJourney, patient_id: UUID, actor: Actor, at: datetime
) -> list[JourneyEvent]:
    """Off the list until then; nothing where it is so already. Raises Rejected."""
    until = command.until
    if until is not None and until <= at:
        raise Rejected("snooze_over_already", "until lies in the past; give a time to come, or null to end a snooze")
    if until is not None and until > at + timedelta(days=SNOOZE_DAYS_MAX):
        raise Rejected("snooze_too_long", f"until may lie {SNOOZE_DAYS_MAX} days ahead at most; look at it again then")
    if until == journey.work.snoozed_until:
        return []
    return [
        JourneySnoozed(
            journey_id=_id(journey),
            patient_id=patient_id,
            clinic_id=journey.clinic_id,
            snoozed_until=until,
            reason=command.reason,
            snoozed_by=actor,
            snoozed_at=at,
        )
    ]


def _assigned(
    journey: ClinicJourney, patient_id: UUID, somebody: UUID | None, actor: Actor, at: datetime
) -> JourneyAssigned:
    return JourneyAssigned(
        journey_id=_id(journey),
        patient_id=patient_id,
        clinic_id=journey.clinic_id,
        assigned_to=somebody,
        assigned_by=actor,
        assigned_at=at,
    )


def _id(journey: ClinicJourney) -> UUID:
    assert journey.journey_id is not None
    return journey.journey_id
