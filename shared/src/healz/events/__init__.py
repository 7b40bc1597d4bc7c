"""The facts: payloads by aggregate, the envelope around them, and the one reader of both."""

from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMarkedAsNoShow,
    AppointmentReminderFailed,
    AppointmentReminderSent,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.conversation import (
    AgentAssigned,
    ConversationClosed,
    ConversationEscalated,
    ConversationStarted,
    EscalationResolved,
    IntentDetected,
    MessageReceived,
    MessageSent,
)
from healz.events.envelope import Event, Recorded
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyRecovered,
    JourneyStageChanged,
    JourneyStarted,
    RiskDetected,
    RiskEscalated,
    RiskScoreRecalculated,
)
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientMedicalHistoryUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)
from healz.events.reader import Reader, UnknownEvent
from healz.events.record import ForeignRecord
from healz.events.upcast import UPCASTERS

EVENTS: tuple[type[Event], ...] = (
    PatientRegistered,
    PatientContactUpdated,
    PatientPreferencesUpdated,
    PatientStatusChanged,
    PatientMedicalHistoryUpdated,
    PatientAnonymized,
    ConversationStarted,
    MessageReceived,
    MessageSent,
    IntentDetected,
    ConversationEscalated,
    AgentAssigned,
    EscalationResolved,
    ConversationClosed,
    AppointmentScheduled,
    AppointmentConfirmed,
    AppointmentRescheduled,
    AppointmentCancelled,
    AppointmentMarkedAsNoShow,
    AppointmentCompleted,
    AppointmentReminderSent,
    AppointmentReminderFailed,
    JourneyStarted,
    JourneyStageChanged,
    RiskDetected,
    RiskScoreRecalculated,
    RiskEscalated,
    JourneyRecovered,
    JourneyAbandoned,
    JourneyCompleted,
)

_reader = Reader(EVENTS, UPCASTERS)
read_envelope = _reader.envelope
read_cloud_event = _reader.cloud_event

__all__ = ["EVENTS", "Event", "ForeignRecord", "Recorded", "UnknownEvent", "read_cloud_event", "read_envelope"]
