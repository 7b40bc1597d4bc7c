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
from healz.events.envelope import Event, Reader, Recorded, UnknownEvent
from healz.events.journey import JourneyStageChanged, JourneyStarted
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientMedicalHistoryUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)

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
)

_reader = Reader(EVENTS)
read_envelope = _reader.envelope
read_cloud_event = _reader.cloud_event

__all__ = ["EVENTS", "Event", "Recorded", "UnknownEvent", "read_cloud_event", "read_envelope"]
