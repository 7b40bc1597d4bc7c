"""What a person, or a sweep as time goes by, may do to a journey."""

from msgspec.structs import replace

from command_api.decide.given import Given
from command_api.decide.journey.commands import (
    AbandonJourney,
    ClaimJourney,
    CompleteJourney,
    EndSilentJourney,
    EscalateRisk,
    JourneyCommand,
    RecalculateSilence,
    RecordCall,
    RecoverJourney,
    ReleaseJourney,
    ReportRisk,
    SnoozeJourney,
    StartJourney,
)
from command_api.decide.journey.ending import silent_end
from command_api.decide.journey.events import abandoned, completed, escalated, recovered, started
from command_api.decide.journey.judge import LOST, judged
from command_api.decide.journey.past.evolve import evolve
from command_api.decide.journey.past.state import ClinicJourney, Journeys
from command_api.decide.journey.work import called, claimed, released, snoozed
from command_api.decide.patient.anonymized import check_not_anonymized
from command_api.decide.patient.state import Status
from command_api.decide.rejected import Rejected
from healz.events.journey import JourneyEvent, JourneyStarted


def decide(command: JourneyCommand, state: Journeys, patient_status: Status | None, given: Given) -> list[JourneyEvent]:
    """The events that follow; none when nothing would change. Raises Rejected."""
    at, actor, patient_id = given.at(command), given.actor(command), given.patient_id
    check_not_anonymized(patient_status)
    if isinstance(command, StartJourney):
        return [_started(command, state, patient_status, given)]
    journey = newest(state, given)
    match command:
        case RecalculateSilence() | EndSilentJourney() if patient_status != "active" or not journey.is_active:
            return []  # a sweep passes over those who are suspended, and who is gone meanwhile
        case RecalculateSilence():
            return list(judged(journey, patient_id, at, given.rules))
        case EndSilentJourney():
            return silent_end(journey, patient_id, at, given.rules)
        case CompleteJourney(reason=reason) if journey.is_active or journey.stage == "abandoned":
            return [completed(journey, patient_id, reason, at)]
        case _ if not journey.is_active:
            raise Rejected("journey_not_active", f"this journey is {journey.stage}; what is over can't be changed")
        case ReportRisk(notes=notes):
            said = {"reported_by": actor} | ({"notes": notes} if notes else {})
            reported = replace(journey, evidence=replace(journey.evidence, reported=journey.evidence.reported or said))
            return list(judged(reported, patient_id, at, given.rules))
        case EscalateRisk(reason=reason, assigned_to=assigned_to):
            return [escalated(journey, patient_id, reason, at, assigned_to)]
        case RecoverJourney(reason=reason) if journey.stage in LOST:
            won_back = recovered(journey, patient_id, reason, at)
            after = evolve(state, won_back, journey.live)[journey.clinic_id]
            return [won_back, *judged(after, patient_id, at, given.rules)]
        case RecoverJourney():
            raise Rejected(
                "journey_not_at_risk", f"this journey is {journey.stage}; only {' or '.join(sorted(LOST))} recovers"
            )
        case AbandonJourney(reason=reason):
            return [abandoned(journey, patient_id, reason, at)]
        case ClaimJourney():
            return claimed(command, journey, given, actor, at)
        case ReleaseJourney():
            return released(journey, patient_id, actor, at)
        case RecordCall():
            return called(command, journey, patient_id, actor, at)
        case SnoozeJourney():
            return snoozed(command, journey, patient_id, actor, at)
        case _:
            raise AssertionError(command)


def newest(state: Journeys, given: Given) -> ClinicJourney:
    """The journey that is named. Raises Rejected for one that another has followed."""
    for journey in state.values():
        if journey.journey_id == given.target:
            return journey
    raise Rejected("journey_not_active", "this journey is over and another has followed; name that one")


def _started(command: StartJourney, state: Journeys, patient_status: Status | None, given: Given) -> JourneyStarted:
    if patient_status is None:
        raise Rejected("patient_unknown", "register the patient first")
    if patient_status != "active":
        raise Rejected("patient_not_active", f"the patient is {patient_status}; only an active one starts a journey")
    if given.clinic_zone is None:
        raise Rejected("clinic_unknown", "no such clinic; put its reference data first")
    journey = state.get(command.clinic_id)
    if journey is not None and journey.is_active:
        raise Rejected("journey_active_already", "this patient has an active journey in that clinic; go on in it")
    return started(given.target, command.patient_id, command.clinic_id, "manual", given.at(command))
