"""An example of each body, as a frontend sends it; appointments lie far ahead, so that they can be tried."""

from typing import Any

from pydantic import BaseModel

from command_api.decide.appointment import commands as appointment
from command_api.decide.conversation import commands as conversation
from command_api.decide.journey import commands as journey
from command_api.decide.patient import commands as patient
from command_api.http.document.cast import (
    AGENT,
    CLINIC,
    CLINIC_NAME,
    DOCTOR,
    DOCTOR_NAME,
    MESSAGE,
    PATIENT,
    PATIENT_NAME,
    PATIENT_PHONE,
    REMINDER,
    ZONE,
)
from command_api.reference import commands as reference

ADDRESS = {
    "street": "Avenida Fernando Ferrari",
    "number": "514",
    "complement": "Sala 302",
    "neighborhood": "Goiabeiras",
    "city": "Vitória",
    "state": "ES",
    "zip_code": "29075910",
}

BODIES: dict[type[BaseModel], dict[str, Any]] = {
    patient.RegisterPatient: {
        "phone": PATIENT_PHONE,
        "full_name": PATIENT_NAME,
        "email": "maria.silva@example.com",
        "birth_date": "1985-07-14",
        "cpf": "529.982.247-25",
        "preferred_clinic_id": CLINIC,
        "preferred_doctor_id": DOCTOR,
    },
    patient.UpdatePatientContact: {"phone": "+5527988881111", "address": ADDRESS},
    patient.UpdatePatientPreferences: {
        "communication_channel": "whatsapp",
        "reminder_enabled": True,
        "reminder_time_before": 1440,
        "preferred_doctor_id": DOCTOR,
    },
    patient.ChangePatientStatus: {"status": "inactive", "reason": "moved to Belo Horizonte"},
    patient.UpdatePatientMedicalHistory: {
        "medical_history": {
            "allergies": ["dipyrone"],
            "chronic_conditions": ["hypertension"],
            "medications": ["losartan 50 mg"],
        }
    },
    patient.AnonymizePatient: {"reason": "patient_request"},
    conversation.StartConversation: {"patient_id": PATIENT, "clinic_id": CLINIC},
    conversation.RecordMessage: {
        "direction": "inbound",
        "content": "Good morning! Could I come on Monday, with Dra. Ana?",
        "message_id": MESSAGE,
        "whatsapp_message_id": "wamid.HBgNNTUyNzk5OTk5MDAwMBUCABIY",
        "sentiment": "positive",
    },
    conversation.DetectIntent: {
        "message_id": MESSAGE,
        "intent": "schedule_appointment",
        "confidence": 0.93,
        "extracted_data": {"doctor": "Dra. Ana", "day": "2030-03-04"},
    },
    conversation.EscalateConversation: {"reason": "complaint", "triggering_message_id": MESSAGE},
    conversation.AssignAgent: {"agent_id": AGENT},
    conversation.ResolveEscalation: {"resolution_notes": "Called her back; the invoice is corrected."},
    conversation.CloseConversation: {"reason": "appointment booked"},
    appointment.BookAppointment: {
        "patient_id": PATIENT,
        "clinic_id": CLINIC,
        "doctor_id": DOCTOR,
        "scheduled_for": "2030-03-04T10:00:00-03:00",
        "duration": 30,
        "appointment_type": "first_visit",
        "notes": "brings her last blood count",
    },
    appointment.ConfirmAppointment: {"confirmation_method": "whatsapp"},
    appointment.RescheduleAppointment: {"scheduled_for": "2030-03-11T11:00:00-03:00", "reason": "is travelling"},
    appointment.CancelAppointment: {"reason": "feels well again"},
    appointment.MarkAppointmentAsNoShow: {"notes": "did not answer the phone either"},
    appointment.CompleteAppointment: {"notes": "blood pressure 12 by 8", "requires_follow_up": True},
    appointment.RecordReminder: {"reminder_id": REMINDER, "channel": "whatsapp", "delivery_status": "delivered"},
    journey.StartJourney: {"patient_id": PATIENT, "clinic_id": CLINIC},
    journey.ReportRisk: {"risk_type": "tone_change", "notes": "sounded annoyed about the wait"},
    journey.EscalateRisk: {"escalation_reason": "second complaint in a week", "assigned_to": AGENT},
    journey.RecoverJourney: {"recovery_reason": "booked again after a call"},
    journey.AbandonJourney: {"abandonment_reason": "found a clinic nearer to home"},
    journey.CompleteJourney: {"completion_reason": "successful_treatment"},
    reference.PutTenant: {
        "name": "Clínicas Vitória",
        "time_zone": ZONE,
        "journey_rules": {"silence_days_min": 10, "score_high": 0.65},
    },
    reference.PutClinic: {
        "name": CLINIC_NAME,
        "time_zone": ZONE,
        "opening_hours": [
            {"weekday": 1, "opens_at": "08:00", "closes_at": "12:00"},
            {"weekday": 1, "opens_at": "13:00", "closes_at": "18:00"},
        ],
    },
    reference.PutDoctor: {
        "full_name": DOCTOR_NAME,
        "clinic_ids": [CLINIC],
        "schedule": [{"clinic_id": CLINIC, "weekday": 1, "from": "08:00", "until": "12:00"}],
    },
}
