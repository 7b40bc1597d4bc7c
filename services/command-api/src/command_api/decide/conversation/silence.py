"""A conversation in which nobody says anything any more."""

from datetime import datetime, timedelta

from command_api.decide.conversation.state import PatientConversations
from command_api.decide.given import Given
from command_api.decide.patient.state import Status
from healz.events.conversation import ConversationClosed
from healz.events.conversation_event import ConversationEvent

REASON = "no message any more"


def fallen_silent(
    state: PatientConversations, patient_status: Status | None, given: Given, at: datetime
) -> list[ConversationEvent]:
    """Closes the conversation that fell silent; nothing when it did not, or not any more: sweeps look at old news.

    One that was escalated waits for a person, and a suspended patient's waits with them.
    """
    conversation = state.conversations[given.target]
    silent = at - conversation.last_message_at >= timedelta(days=given.rules.conversation_silence_days)
    if not silent or conversation.status in ("closed", "escalated") or patient_status == "suspended":
        return []
    return [
        ConversationClosed(
            conversation_id=conversation.conversation_id,
            patient_id=given.patient_id,
            clinic_id=conversation.clinic_id,
            closed_by="system",
            reason=REASON,
            closed_at=at,
        )
    ]
