"""The rows of the journey read model."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from immutables import Map
from msgspec import Struct, field

from healz.read_models.contact import PatientContact
from healz.read_models.conversation_row import ConversationRow, MessageChangeRow, MessageRow, MessageStatusRow
from healz.read_models.live_appointments import LiveAppointments


class JourneyRow(Struct, frozen=True):
    """A row of ``journey.journey_view``, a field per column.

    Two flags lie under ``has_escalation``: RiskEscalated's, which is up while ``escalated_at`` is not None, and the
    conversations', which are rows of their own.
    """

    tenant_id: UUID
    journey_id: UUID
    version: int
    clinic_id: UUID
    patient_id: UUID
    stage_changed_at: datetime
    first_contact_at: datetime
    last_interaction_at: datetime
    patient_name: str
    patient_phone: str
    started_at: datetime
    updated_at: datetime
    current_stage: str = "initiated"
    previous_stage: str | None = None
    risk_score: Decimal = Decimal("0.00")
    risk_level: str = "low"
    risk_indicators: list[dict[str, Any]] = field(default_factory=list)
    last_risk_calculated_at: datetime | None = None
    last_appointment_at: datetime | None = None
    next_appointment_at: datetime | None = None
    total_interactions: int = 0
    total_appointments: int = 0
    missed_appointments: int = 0
    cancelled_appointments: int = 0
    is_active: bool = True
    needs_follow_up: bool = False
    has_escalation: bool = False
    escalated_at: datetime | None = None
    completed_at: datetime | None = None
    assigned_to: UUID | None = None
    snoozed_until: datetime | None = None
    worked_at: datetime | None = None
    calls: int = 0
    last_called_at: datetime | None = None
    last_call_outcome: str | None = None


class PatientClinicRow(Struct, frozen=True):
    """A row of ``journey.patient_clinic``. ``last_fact`` is the event_id of a fact that found
    no active journey: the JourneyStarted that it caused counts it."""

    tenant_id: UUID
    patient_id: UUID
    clinic_id: UUID
    live_appointments: LiveAppointments = field(default_factory=dict)
    last_fact: UUID | None = None


class JourneyRows(Struct, frozen=True):
    """All of one patient's rows of this read model."""

    contact: PatientContact | None = None
    clinics: dict[UUID, PatientClinicRow] = field(default_factory=dict)
    journeys: dict[UUID, JourneyRow] = field(default_factory=dict)
    conversations: dict[UUID, ConversationRow] = field(default_factory=dict)
    messages: Map[Any, MessageRow] = field(default_factory=Map)
    message_statuses: Map[Any, MessageStatusRow] = field(default_factory=Map)
    message_changes: Map[Any, MessageChangeRow] = field(default_factory=Map)
    """Of messages those alone that the fold has met, but where a patient is forgotten: each is folded by itself."""

    def escalated_in(self, clinic_id: UUID) -> bool:
        """Whether a conversation of the patient with this clinic waits for a person."""
        return any(
            conversation.clinic_id == clinic_id and conversation.status == "escalated"
            for conversation in self.conversations.values()
        )

    def active_in(self, clinic_id: UUID) -> JourneyRow | None:
        """The patient's active journey in this clinic; there is at most one."""
        return next(
            (journey for journey in self.journeys.values() if journey.clinic_id == clinic_id and journey.is_active),
            None,
        )
