"""What becomes of a patient's open conversations when the patient leaves."""

from command_api.decide.conversation.state import PatientConversations
from healz.events import Event
from healz.events.conversation import ConversationClosed, ConversationEvent
from healz.events.patient import PatientAnonymized, PatientStatusChanged


def leave(fact: Event, state: PatientConversations) -> list[ConversationEvent]:
    """What follows for the open conversations when a patient becomes inactive or is anonymised."""
    match fact:
        case PatientStatusChanged(new_status="inactive", changed_at=at) | PatientAnonymized(anonymized_at=at):
            return [
                ConversationClosed(
                    patient_id=fact.patient_id,
                    conversation_id=one.conversation_id,
                    clinic_id=one.clinic_id,
                    closed_by="system",
                    reason="patient_inactive" if isinstance(fact, PatientStatusChanged) else "patient_anonymized",
                    closed_at=at,
                )
                for one in state.open
            ]
        case _:
            return []
