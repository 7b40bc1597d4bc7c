"""What conversations do to the journey read model: rows of their own, and counts and a flag of the journeys."""

from msgspec.structs import replace

from healz.events import Recorded
from healz.events.conversation import ConversationStarted
from healz.events.conversation_event import ConversationEvent
from healz.events.message import MessageReceived
from healz.read_models.conversation import begun, went_on
from healz.read_models.journey_row import JourneyRow, JourneyRows, PatientClinicRow


def talked(rows: JourneyRows, fact: ConversationEvent, event: Recorded) -> JourneyRows:
    """The patient's rows after ``fact``; rows that did not change are the same objects."""
    before = rows.conversations.get(fact.conversation_id)
    if before is None:
        assert isinstance(fact, ConversationStarted)
        after = begun(fact, event)
    else:
        after = went_on(before, fact, event)
    rows = replace(rows, conversations=rows.conversations | {fact.conversation_id: after})
    if isinstance(fact, MessageReceived) and rows.active_in(fact.clinic_id) is None:
        # The journey that this message starts, should it start one, counts it.
        clinic = rows.clinics.get(fact.clinic_id) or PatientClinicRow(event.tenant_id, fact.patient_id, fact.clinic_id)
        rows = replace(rows, clinics=rows.clinics | {fact.clinic_id: replace(clinic, last_fact=event.event_id)})
    escalated = rows.escalated_in(fact.clinic_id)
    changed = {
        key: replace(counted, updated_at=event.created_at)
        for key, row in rows.journeys.items()
        if row.clinic_id == fact.clinic_id and (counted := _counted(row, fact, escalated)) != row
    }
    return replace(rows, journeys=rows.journeys | changed) if changed else rows


def _counted(row: JourneyRow, fact: ConversationEvent, escalated: bool) -> JourneyRow:
    """A journey that ended counts no more, and its flag is only ever taken down."""
    if not row.is_active:
        return replace(row, has_escalation=row.has_escalation and escalated)
    row = replace(row, has_escalation=escalated or row.escalated_at is not None)
    if isinstance(fact, MessageReceived):
        row = replace(row, total_interactions=row.total_interactions + 1)
    at = fact.interaction_at
    return row if at is None or at <= row.last_interaction_at else replace(row, last_interaction_at=at)
