"""What becomes of a patient's appointments, conversations and journeys when the patient leaves."""

from typing import Literal

from command_api.decide.appointment.state import PatientAppointments
from command_api.decide.conversation.state import PatientConversations
from command_api.decide.journey.events import moved
from command_api.decide.journey.past.state import Journeys
from healz.events import Event
from healz.events.appointment import AppointmentCancelled
from healz.events.conversation import ConversationClosed
from healz.events.patient import PatientAnonymized, PatientStatusChanged


def leave(
    fact: Event, appointments: PatientAppointments, conversations: PatientConversations, journeys: Journeys
) -> list[Event]:
    """What follows when a patient becomes inactive or is anonymised: all that is live, open or active ends."""
    reason: Literal["patient_inactive", "patient_anonymized"]
    match fact:
        case PatientStatusChanged(new_status="inactive"):
            reason = "patient_inactive"
        case PatientAnonymized():
            reason = "patient_anonymized"
        case _:
            return []
    patient_id, at = fact.patient_id, fact.happened_at
    cancelled = [
        AppointmentCancelled(
            patient_id=patient_id,
            appointment_id=appointment.appointment_id,
            clinic_id=appointment.clinic_id,
            doctor_id=appointment.doctor_id,
            reason=reason,
            cancelled_by="system",
            cancelled_at=at,
        )
        for appointment in appointments.live
    ]
    closed = [
        ConversationClosed(
            patient_id=patient_id,
            conversation_id=conversation.conversation_id,
            clinic_id=conversation.clinic_id,
            closed_by="system",
            reason=reason,
            closed_at=at,
        )
        for conversation in conversations.open
    ]
    active = [journey for journey in journeys.values() if journey.is_active]
    return [*cancelled, *closed, *(moved(journey, patient_id, "cancelled", reason, at) for journey in active)]
