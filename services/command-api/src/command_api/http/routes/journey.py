"""HTTP to journey commands: by a person. Facts and sweeps do the rest."""

from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency

from command_api.decide.journey.commands import (
    AbandonJourney,
    ClaimJourney,
    CompleteJourney,
    EscalateRisk,
    RecordCall,
    RecoverJourney,
    ReleaseJourney,
    ReportRisk,
    SnoozeJourney,
    StartJourney,
)
from command_api.http.auth import STAFF, allow
from command_api.http.command_request import Answer, Commands

WRITERS = [allow(*STAFF)]


@post("/", guards=WRITERS, summary="Start a patient's journey in a clinic")
async def start_journey(data: StartJourney, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data)


@post(
    "/{journey_id:uuid}/risk-indicators",
    guards=WRITERS,
    summary="The patient's tone has changed; a sign that is there already changes nothing",
)
async def report_risk(journey_id: UUID, data: ReportRisk, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post("/{journey_id:uuid}/escalation", guards=WRITERS, summary="Somebody should see to this patient now")
async def escalate_risk(journey_id: UUID, data: EscalateRisk, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post("/{journey_id:uuid}/recovery", guards=WRITERS, summary="The patient is won back")
async def recover_journey(
    journey_id: UUID, data: RecoverJourney, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post("/{journey_id:uuid}/abandonment", guards=WRITERS, summary="The patient is lost, for now")
async def abandon_journey(
    journey_id: UUID, data: AbandonJourney, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post("/{journey_id:uuid}/completion", guards=WRITERS, summary="The journey has come to its end")
async def complete_journey(
    journey_id: UUID, data: CompleteJourney, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post(
    "/{journey_id:uuid}/claim",
    guards=WRITERS,
    summary="Somebody sees to this patient: who asks, or who is named",
    description="Until the patient is won back or has come, or the journey ends. take_over takes it from another.",
)
async def claim_journey(journey_id: UUID, data: ClaimJourney, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post("/{journey_id:uuid}/release", guards=WRITERS, summary="Nobody sees to this patient any more")
async def release_journey(
    journey_id: UUID, data: ReleaseJourney, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post(
    "/{journey_id:uuid}/calls",
    guards=WRITERS,
    summary="The patient was called",
    description="It moves nothing by itself: record what came of it, too, as a booking, a recovery, a change of tone.",
)
async def record_call(journey_id: UUID, data: RecordCall, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data, journey_id)


@post(
    "/{journey_id:uuid}/snooze",
    guards=WRITERS,
    summary="Off the list of those at risk until a time; null: back on it",
    description="It ends before where the risk is escalated, or the patient is won back or has come.",
)
async def snooze_journey(
    journey_id: UUID, data: SnoozeJourney, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, journey_id)


handlers = [
    *(start_journey, report_risk, escalate_risk, recover_journey, abandon_journey, complete_journey),
    *(claim_journey, release_journey, record_call, snooze_journey),
]
