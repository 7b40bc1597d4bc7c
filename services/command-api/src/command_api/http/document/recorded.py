"""An example of what each command is answered with."""

from command_api.http.command_request import Answer, RecordedEvent
from command_api.http.document.cast import EVENT, IDS

LEADS_TO = {
    "register_patient": "PatientRegistered",
    "update_patient_contact": "PatientContactUpdated",
    "update_patient_preferences": "PatientPreferencesUpdated",
    "change_patient_status": "PatientStatusChanged",
    "update_patient_medical_history": "PatientMedicalHistoryUpdated",
    "anonymize_patient": "PatientAnonymized",
    "start_conversation": "ConversationStarted",
    "record_message": "MessageReceived",
    "detect_intent": "IntentDetected",
    "escalate_conversation": "ConversationEscalated",
    "assign_agent": "AgentAssigned",
    "resolve_escalation": "EscalationResolved",
    "close_conversation": "ConversationClosed",
    "book_appointment": "AppointmentScheduled",
    "confirm_appointment": "AppointmentConfirmed",
    "reschedule_appointment": "AppointmentRescheduled",
    "cancel_appointment": "AppointmentCancelled",
    "mark_appointment_as_no_show": "AppointmentMarkedAsNoShow",
    "complete_appointment": "AppointmentCompleted",
    "record_reminder": "AppointmentReminderSent",
    "start_journey": "JourneyStarted",
    "report_risk": "RiskDetected",
    "escalate_risk": "RiskEscalated",
    "recover_journey": "JourneyRecovered",
    "abandon_journey": "JourneyAbandoned",
    "complete_journey": "JourneyCompleted",
}
"""The fact that a command is there for; others may follow from it."""


def answer_of(command: str, path: str) -> Answer:
    """What the route of that name answers: its aggregate is the noun of the path."""
    aggregate = IDS[f"{path.split('/')[2].removesuffix('s')}_id"]
    version = 2 if "{" in path else 1
    recorded = RecordedEvent(
        event_id=EVENT, event_type=LEADS_TO[command], aggregate_id=aggregate, aggregate_version=version
    )
    return Answer(id=aggregate, version=version, position=42, events=[recorded])
