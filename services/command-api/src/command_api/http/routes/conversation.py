"""HTTP to conversation commands."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, Router, post
from litestar.di import NamedDependency

from command_api.decide.conversation.commands import (
    AssignAgent,
    CloseConversation,
    DetectIntent,
    EscalateConversation,
    ResolveEscalation,
    StartConversation,
)
from command_api.decide.conversation.later_commands import DeleteMessage, EditMessage, RecordMessageStatus
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.http.auth import STAFF, allow
from command_api.http.command_request import Answer, Commands
from command_api.settings import ApiSettings

WRITERS = [allow(*STAFF, "bot", "import")]


@post("/", guards=WRITERS, summary="Start a conversation with a clinic")
async def start_conversation(data: StartConversation, commands: NamedDependency[Commands]) -> Response[Answer]:
    return await commands.take(data)


@post(
    "/{conversation_id:uuid}/messages",
    guards=WRITERS,
    summary="The patient wrote, or was written to; a provider's message that was recorded before changes nothing",
)
async def record_message(
    conversation_id: UUID, data: RecordMessage, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post(
    "/{conversation_id:uuid}/statuses",
    guards=WRITERS,
    summary="How far a message to the patient got; a status only rises, and what says no more changes nothing",
)
async def record_message_status(
    conversation_id: UUID, data: RecordMessageStatus, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post("/{conversation_id:uuid}/intents", guards=WRITERS, summary="What a message is about")
async def detect_intent(
    conversation_id: UUID, data: DetectIntent, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post("/{conversation_id:uuid}/escalation", guards=WRITERS, summary="It needs a person; the bot writes no more")
async def escalate_conversation(
    conversation_id: UUID, data: EscalateConversation, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post("/{conversation_id:uuid}/agent", guards=WRITERS, summary="Who takes care of it")
async def assign_agent(
    conversation_id: UUID, data: AssignAgent, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post("/{conversation_id:uuid}/resolution", guards=WRITERS, summary="A person has dealt with it")
async def resolve_escalation(
    conversation_id: UUID, data: ResolveEscalation, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post("/{conversation_id:uuid}/closure", guards=WRITERS, summary="It is over")
async def close_conversation(
    conversation_id: UUID, data: CloseConversation, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post("/{conversation_id:uuid}/edits", guards=WRITERS, summary="A message was changed by who wrote it")
async def edit_message(
    conversation_id: UUID, data: EditMessage, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


@post("/{conversation_id:uuid}/deletions", guards=WRITERS, summary="A message was taken back by who wrote it")
async def delete_message(
    conversation_id: UUID, data: DeleteMessage, commands: NamedDependency[Commands]
) -> Response[Answer]:
    return await commands.take(data, conversation_id)


handlers = [
    start_conversation,
    record_message_status,
    delete_message,
    detect_intent,
    escalate_conversation,
    assign_agent,
    resolve_escalation,
    close_conversation,
]
LONG = [record_message, edit_message]
"""What takes a message's text."""


def router(settings: ApiSettings, queries: Sequence[Any]) -> Router:
    """The conversations' routes, with those of ``queries``; a message may be larger than other bodies."""
    long = Router("/", route_handlers=LONG, request_max_body_size=settings.healz_message_body_bytes_max)
    return Router("/v1/conversations", route_handlers=[*queries, *handlers, long], tags=["conversations"])
