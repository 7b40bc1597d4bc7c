"""The rules of conversations. (That a provider's message is recorded once spans patients: a guard in SQL.)"""

from command_api.decide.conversation.command import ConversationCommand
from command_api.decide.conversation.commands import (
    AssignAgent,
    CloseConversation,
    CloseSilentConversation,
    DetectIntent,
    EscalateConversation,
    ResolveEscalation,
    StartConversation,
)
from command_api.decide.conversation.later_commands import OfAMessage
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.conversation.messages import check_known, received, sent
from command_api.decide.conversation.of_a_message import became_of
from command_api.decide.conversation.silence import fallen_silent
from command_api.decide.conversation.state import PatientConversations
from command_api.decide.given import Given
from command_api.decide.patient.anonymized import check_not_anonymized
from command_api.decide.patient.state import Status
from command_api.decide.rejected import Rejected
from healz.events.conversation import (
    AgentAssigned,
    Closer,
    ConversationClosed,
    ConversationEscalated,
    ConversationStarted,
    EscalationResolved,
    IntentDetected,
)
from healz.events.conversation_event import ConversationEvent


def decide(
    command: ConversationCommand, state: PatientConversations, patient_status: Status | None, given: Given
) -> list[ConversationEvent]:
    """The events that follow; none for a message that comes again, nor for a sweep's stale finding. Raises Rejected."""
    if isinstance(command, RecordMessage) and command.whatsapp_message_id in state.provider_messages:
        return []
    at, actor = given.at(command), given.actor(command)
    if isinstance(command, CloseSilentConversation):
        return fallen_silent(state, patient_status, given, at)
    check_not_anonymized(patient_status)
    if patient_status is None:
        raise Rejected("patient_unknown", "register the patient first")
    if isinstance(command, StartConversation):
        return [_started(command, state, given)]
    conversation = state.conversations[given.target]
    ids = {
        "conversation_id": conversation.conversation_id,
        "patient_id": given.patient_id,
        "clinic_id": conversation.clinic_id,
    }
    match command, conversation.status:
        case OfAMessage(), _:
            return became_of(command, state, conversation, given, ids)
        case _, "closed":
            raise Rejected("conversation_closed", "this conversation is closed; start another one")
        case RecordMessage(direction="inbound"), _:
            return [received(command, conversation, given, ids)]
        case RecordMessage(), _:
            return [sent(command, conversation, given, ids)]
        case DetectIntent(message_id=message_id), _:
            check_known(message_id, conversation)
            found = {"intent": command.intent, "confidence": command.confidence}
            data = command.extracted_data
            return [IntentDetected(**ids, message_id=message_id, **found, extracted_data=data, detected_at=at)]
        case EscalateConversation(), "escalated":
            raise Rejected("conversation_escalated_already", "this conversation waits for a person already")
        case EscalateConversation(reason=reason, triggering_message_id=message_id), _:
            if message_id is not None:
                check_known(message_id, conversation)
            return [ConversationEscalated(**ids, reason=reason, triggering_message_id=message_id, escalated_at=at)]
        case AssignAgent(agent_id=agent_id), _:
            return (
                [AgentAssigned(**ids, agent_id=agent_id, assigned_at=at)] if agent_id != conversation.agent_id else []
            )
        case ResolveEscalation(resolution_notes=notes), "escalated":
            _check_person(given)
            return [EscalationResolved(**ids, resolved_by=actor, resolution_notes=notes, resolved_at=at)]
        case ResolveEscalation(), status:
            raise Rejected("conversation_not_escalated", f"this conversation is {status}; there is nothing to resolve")
        case CloseConversation(reason=reason), status:
            if status == "escalated":
                _check_person(given)
            return [ConversationClosed(**ids, closed_by=_closer(given), reason=reason, closed_at=at)]
        case _:
            raise AssertionError(command)


def _started(command: StartConversation, state: PatientConversations, given: Given) -> ConversationStarted:
    if given.clinic_zone is None:
        raise Rejected("clinic_unknown", "no such clinic; put its reference data first")
    for conversation in state.open:
        if conversation.clinic_id == command.clinic_id:
            raise Rejected(
                "conversation_open_already",
                f"this patient has an open one with that clinic; go on in {conversation.conversation_id}",
                conversation_id=conversation.conversation_id,
            )
    return ConversationStarted(
        conversation_id=given.target,
        patient_id=command.patient_id,
        clinic_id=command.clinic_id,
        initiated_by=given.actor(command),
        started_at=given.at(command),
    )


def _check_person(given: Given) -> None:
    if given.role in ("bot", "system"):
        raise Rejected("only_a_person_ends_an_escalation", "this conversation waits for a person; they end that")


def _closer(given: Given) -> Closer:
    return given.role if given.role in ("bot", "system") else "agent"
