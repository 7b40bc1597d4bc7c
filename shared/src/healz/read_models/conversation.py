"""A conversation's row: who waits for whom, since when."""

from datetime import datetime

from msgspec.structs import replace

from healz.events import Recorded
from healz.events.conversation import (
    AgentAssigned,
    ConversationClosed,
    ConversationEscalated,
    ConversationStarted,
    EscalationResolved,
)
from healz.events.conversation_event import ConversationEvent
from healz.events.message import MessageReceived, MessageSent
from healz.read_models.conversation_row import ConversationRow


def begun(fact: ConversationStarted, event: Recorded) -> ConversationRow:
    """The row of a new conversation."""
    return ConversationRow(
        tenant_id=event.tenant_id,
        conversation_id=fact.conversation_id,
        patient_id=fact.patient_id,
        clinic_id=fact.clinic_id,
        status="initiated",
        last_message_at=fact.started_at,
        version=event.aggregate_version,
        initiated_by=fact.initiated_by,
        started_at=fact.started_at,
        updated_at=event.created_at,
    )


def went_on(row: ConversationRow, fact: ConversationEvent, event: Recorded) -> ConversationRow:
    """The row after any later event; what changes no other column still raises the version."""
    row = _happened(row, fact)
    since = [at for at in (row.unanswered_since, row.escalated_at) if at is not None]
    waiting_since = min(since, default=None)
    return replace(row, waiting_since=waiting_since, version=event.aggregate_version, updated_at=event.created_at)


def _happened(row: ConversationRow, fact: ConversationEvent) -> ConversationRow:
    match fact:
        case MessageReceived(timestamp=at):
            row = _said(row, "active", at)
            wants_answer = fact.media_type != "reaction"
            return replace(
                row,
                messages_received=row.messages_received + 1,
                last_received_at=max(at, row.last_received_at or at) if wants_answer else row.last_received_at,
                unanswered_since=min(at, row.unanswered_since or at) if wants_answer else row.unanswered_since,
            )
        case MessageSent(timestamp=at):
            row = _said(row, "awaiting_response", at)
            return replace(row, messages_sent=row.messages_sent + 1, unanswered_since=_unanswered(row, at))
        case ConversationEscalated(escalated_at=at, reason=reason):
            return replace(row, status="escalated", escalated_at=at, escalation_reason=reason)
        case AgentAssigned(agent_id=agent_id):
            return replace(row, agent_id=agent_id)
        case EscalationResolved():
            return replace(row, status="active", escalated_at=None, escalation_reason=None)
        case ConversationClosed(closed_at=at, closed_by=closed_by):
            over = {"unanswered_since": None, "escalated_at": None, "escalation_reason": None}
            return replace(row, status="closed", closed_at=at, closed_by=closed_by, **over)
        case _:
            return row


def _said(row: ConversationRow, status: str, at: datetime) -> ConversationRow:
    """With a message more. An escalated conversation stays so: it is a person who answers."""
    status = row.status if row.status == "escalated" else status
    return replace(row, status=status, last_message_at=max(at, row.last_message_at))


def _unanswered(row: ConversationRow, answered_at: datetime) -> datetime | None:
    """Since when the patient waits, after an answer of that time: one that comes late answers what was said by then."""
    since, last = row.unanswered_since, row.last_received_at
    if since is None or last is None or answered_at >= last:
        return None
    return since if answered_at < since else last
