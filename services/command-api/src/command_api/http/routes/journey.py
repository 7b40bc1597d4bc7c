"""HTTP to journey commands: by a person. Facts and sweeps do the rest."""

from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency

from command_api.decide.journey.commands import (
    AbandonJourney,
    CompleteJourney,
    EscalateRisk,
    RecoverJourney,
    ReportRisk,
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


handlers = [start_journey, report_risk, escalate_risk, recover_journey, abandon_journey, complete_journey]
