"""An example of each answer to a question, made by its own class: one that no longer fits does not load."""

from typing import Any, TypeVar

from pydantic import BaseModel

from command_api.decide.cast import (
    ADDRESS,
    AGENT,
    APPOINTMENT,
    CLINIC,
    CLINIC_NAME,
    CONVERSATION,
    CORRELATION,
    DOCTOR,
    DOCTOR_NAME,
    EVENT,
    JOURNEY,
    MEDICAL_HISTORY,
    MESSAGE,
    PATIENT,
    PATIENT_NAME,
    PATIENT_PHONE,
    TENANT,
    ZONE,
)
from command_api.http.queries.appointments import AppointmentAnswer
from command_api.http.queries.calendar import Calendar
from command_api.http.queries.clinics import ClinicAnswer, Clinics
from command_api.http.queries.conversations import ConversationAnswer, Inbox
from command_api.http.queries.dashboard import Dashboard
from command_api.http.queries.doctor_appointments import DoctorAppointments
from command_api.http.queries.doctors import DoctorAnswer, Doctors
from command_api.http.queries.journeys import JourneyAnswer, JourneyPage
from command_api.http.queries.medical_history import MedicalHistoryAnswer
from command_api.http.queries.messages import MessageAnswer, Messages
from command_api.http.queries.operation import Operation
from command_api.http.queries.patient_as_of import PatientThen
from command_api.http.queries.patient_history import History
from command_api.http.queries.patients import PatientAnswer, PatientPage
from command_api.http.queries.tenant import TenantAnswer
from command_api.http.queries.unclosed import Unclosed
from command_api.http.queries.unconfirmed import Unconfirmed
from command_api.http.queries.why_answer import SetBy, Why, WhyColumn
from command_api.http.queries.writing import WhoWrites
from command_api.imports.tally import Tally
from command_api.reference.commands import PutClinic, PutDoctor, PutTenant

Answer = TypeVar("Answer", bound=BaseModel)


def example(answer: type[Answer], **said: Any) -> Answer:
    """One that says this; of what else may be null, each field's own example, or null."""
    fields = answer.model_fields.items()
    unsaid = {name: (field.examples or [None])[0] for name, field in fields if name not in said}
    return answer(**unsaid, **said)


ENVELOPE = {
    "event_id": EVENT,
    "event_type": "AppointmentConfirmed",
    "aggregate_id": APPOINTMENT,
    "aggregate_version": 2,
    "schema_version": 1,
    "aggregate_type": "Appointment",
    "tenant_id": TENANT,
    "position": 42,
    "patient_id": PATIENT,
    "clinic_id": CLINIC,
    "causation_id": "01950000-0000-7000-8000-0000000000ca",
    "correlation_id": CORRELATION,
    "user_id": AGENT,
    "created_at": "2026-02-27T13:05:00.000000Z",
    "event_data": {
        "appointment_id": APPOINTMENT,
        "patient_id": PATIENT,
        "clinic_id": CLINIC,
        "doctor_id": DOCTOR,
        "confirmed_by": "agent",
        "confirmation_method": "phone",
        "confirmed_at": "2026-02-27T13:05:00.000000Z",
        "confirmation_count": 1,
    },
    "metadata": None,
    "withheld": [],
}
APPOINTMENT_ANSWER = example(
    AppointmentAnswer,
    appointment_id=APPOINTMENT,
    version=1,
    clinic_id=CLINIC,
    patient_id=PATIENT,
    patient_name=PATIENT_NAME,
    patient_phone=PATIENT_PHONE,
    doctor_id=DOCTOR,
    doctor_name=DOCTOR_NAME,
    scheduled_for="2026-03-02T13:00:00Z",
    duration=30,
    squeeze_in=False,
    appointment_type="first_visit",
    status="scheduled",
    confirmation_count=0,
    reminder_sent_at="2026-02-27T13:00:00Z",
    reminder_delivery_status="read",
    notes="brings her last blood count",
    rescheduled_count=0,
    created_at="2026-02-20T17:12:00Z",
    updated_at="2026-02-27T13:00:05Z",
)
PATIENT_ANSWER = example(
    PatientAnswer,
    patient_id=PATIENT,
    version=3,
    phone=PATIENT_PHONE,
    full_name=PATIENT_NAME,
    email="maria.silva@example.com",
    birth_date="1985-07-14",
    cpf="52998224725",
    registration_source="whatsapp",
    status="active",
    current_journey_stage="scheduled",
    risk_score=0.3,
    total_appointments=4,
    completed_appointments=2,
    cancelled_appointments=0,
    no_show_count=1,
    last_interaction_at="2026-02-27T12:41:12Z",
    interaction_count=17,
    first_contact_at="2025-09-01T14:20:00Z",
    last_appointment_at="2026-01-12T13:00:00Z",
    next_appointment_at="2026-03-02T13:00:00Z",
    preferred_clinic_id=CLINIC,
    preferred_doctor_id=DOCTOR,
    address=ADDRESS,
    preferences={"communication_channel": "whatsapp", "reminder_enabled": True, "reminder_time_before": 1440},
    updated_at="2026-02-27T12:41:12Z",
)
CONVERSATION_ANSWER = example(
    ConversationAnswer,
    conversation_id=CONVERSATION,
    version=5,
    clinic_id=CLINIC,
    patient_id=PATIENT,
    patient_name=PATIENT_NAME,
    patient_phone=PATIENT_PHONE,
    status="escalated",
    initiated_by="patient",
    started_at="2030-03-01T11:55:00Z",
    agent_id=AGENT,
    messages_received=3,
    messages_sent=2,
    last_message_at="2030-03-01T12:04:00Z",
    last_received_at="2030-03-01T12:04:00Z",
    unanswered_since="2030-03-01T12:02:00Z",
    escalated_at="2030-03-01T12:03:00Z",
    escalation_reason="explicit_request",
    waiting_since="2030-03-01T12:02:00Z",
    updated_at="2030-03-01T12:04:00Z",
)
MESSAGE_ANSWER = example(
    MessageAnswer,
    message_id=MESSAGE,
    said_at="2030-03-01T12:04:00Z",
    direction="inbound",
    sender="patient",
    content="Good morning! Could I come on Monday, with Dra. Ana?",
    sentiment="positive",
    whatsapp_message_id="wamid.HBgNNTUyNzk5OTk5MDAwMBUCABIY",
)
JOURNEY_ANSWER = example(
    JourneyAnswer,
    journey_id=JOURNEY,
    version=9,
    clinic_id=CLINIC,
    patient_id=PATIENT,
    patient_name=PATIENT_NAME,
    patient_phone=PATIENT_PHONE,
    current_stage="at_risk",
    previous_stage="no_show",
    stage_changed_at="2026-02-26T15:00:00Z",
    risk_score=0.9,
    risk_level="critical",
    risk_indicators=[
        {
            "type": "no_show",
            "value": 0.9,
            "weight": 0.3,
            "severity": "high",
            "detected_at": "2026-02-26T15:00:00Z",
            "words": "2 no-shows",
        }
    ],
    last_risk_calculated_at="2026-02-26T15:00:00Z",
    first_contact_at="2025-09-01T14:20:00Z",
    last_interaction_at="2026-02-25T12:41:12Z",
    last_appointment_at="2026-01-12T13:00:00Z",
    days_since_first_contact=179,
    days_since_last_interaction=2,
    days_since_last_appointment=46,
    total_interactions=17,
    total_appointments=4,
    missed_appointments=2,
    cancelled_appointments=0,
    is_active=True,
    needs_follow_up=False,
    has_escalation=True,
    escalated_at="2026-02-26T15:00:00Z",
    assigned_to=AGENT,
    worked_at="2026-02-27T09:10:00Z",
    calls=1,
    last_called_at="2026-02-27T09:10:00Z",
    last_call_outcome="not_reached",
    started_at="2025-09-01T14:20:00Z",
    updated_at="2026-02-26T15:00:00Z",
)
CLINIC_ANSWER = ClinicAnswer(clinic_id=CLINIC, time_zone_inherited=False, **PutClinic.example)
DOCTOR_ANSWER = DoctorAnswer(doctor_id=DOCTOR, **PutDoctor.example)

ANSWERS: tuple[BaseModel, ...] = (
    APPOINTMENT_ANSWER,
    Calendar(time_zone=ZONE, items=[APPOINTMENT_ANSWER], next=None),
    DoctorAppointments(as_of="2026-03-02T12:00:00Z", items=[APPOINTMENT_ANSWER], next=None),
    Unclosed(as_of="2026-03-02T12:00:00Z", items=[APPOINTMENT_ANSWER], next=None),
    Unconfirmed(since="2026-03-02T12:00:00Z", until="2026-03-02T14:00:00Z", items=[APPOINTMENT_ANSWER], next=None),
    PATIENT_ANSWER,
    PatientPage(items=[PATIENT_ANSWER], next=None),
    PatientThen(
        **dict(PATIENT_ANSWER), as_of="2026-03-02T02:59:59.999999Z", parked_at_position=None, dropped_positions=[]
    ),
    MedicalHistoryAnswer(patient_id=PATIENT, medical_history=MEDICAL_HISTORY, updated_at="2026-01-12T13:40:00Z"),
    History(items=[ENVELOPE], next=None),
    Operation(items=[ENVELOPE], next=None),
    CONVERSATION_ANSWER,
    Inbox(items=[CONVERSATION_ANSWER], next=None),
    Messages(items=[MESSAGE_ANSWER], next=None),
    JOURNEY_ANSWER,
    JourneyPage(items=[JOURNEY_ANSWER], next=None),
    Why(
        id=JOURNEY,
        parked_at_position=None,
        dropped_positions=[],
        columns={
            "risk_score": WhyColumn(
                value=0.9,
                set_by=SetBy(
                    event_id=EVENT,
                    event_type="RiskScoreRecalculated",
                    aggregate_id=JOURNEY,
                    position=61,
                    created_at="2026-02-26T15:00:02Z",
                    correlation_id=CORRELATION,
                    user_id=AGENT,
                ),
                words=["2 no-shows"],
            ),
            "patient_phone": WhyColumn(withheld="role"),
        },
    ),
    CLINIC_ANSWER,
    Clinics(items=[CLINIC_ANSWER]),
    TenantAnswer(**PutTenant.example),
    DOCTOR_ANSWER,
    Doctors(items=[DOCTOR_ANSWER]),
    example(
        Dashboard,
        clinic_id=CLINIC,
        name=CLINIC_NAME,
        time_zone=ZONE,
        since="2026-02-24T03:00:00Z",
        now="2026-03-02T13:10:00Z",
        until="2026-03-09T03:00:00Z",
        patients=61,
        patients_ever=812,
        active_journeys=56,
        at_risk=4,
        needs_follow_up=5,
        has_escalation=1,
        stages={"scheduled": 41, "attended": 12, "at_risk": 3},
        upcoming=38,
        appointments=64,
        completed=47,
        no_shows=11,
        cancelled=6,
        confirmed=44,
        no_show_rate=0.1897,
        confirmation_rate=0.7586,
    ),
    example(WhoWrites, patient_id=PATIENT, because="adult_registered_first", patient_ids=[PATIENT]),
    Tally(
        import_key="agenda-2019",
        rows=1200,
        accepted=1199,
        refused=1,
        refusals=[
            {
                "row": 12,
                "column": "booked_at",
                "rule": "cell_invalid",
                "message": "give the time like 2019-03-14T15:30:00-03:00",
            }
        ],
        events=3104,
        position=3146,
    ),
)
