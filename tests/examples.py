"""Ready facts and commands: Maria da Silva, her doctors, her clinics."""

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from command_api.decide.appointment.commands import (
    BookAppointment,
    CancelAppointment,
    ConfirmAppointment,
    RescheduleAppointment,
)
from command_api.decide.appointment.outcome.commands import CompleteAppointment, MarkAppointmentAsNoShow
from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.case import Case
from command_api.decide.conversation.commands import (
    AssignAgent,
    CloseConversation,
    DetectIntent,
    EscalateConversation,
    ResolveEscalation,
    StartConversation,
)
from command_api.decide.conversation.later_commands import DeleteMessage, EditMessage, RecordMessageStatus
from command_api.decide.conversation.message_commands import RecordMessage
from command_api.decide.given import Doctor, Other
from command_api.decide.merging.commands import MergePatients
from command_api.decide.patient.commands import (
    AmendPatientMedicalHistory,
    AnonymizePatient,
    ChangePatientStatus,
    RegisterPatient,
    UpdatePatientContact,
    UpdatePatientMedicalHistory,
    UpdatePatientPreferences,
)
from command_api.decide.patient.medical_parts import MedicalHistoryParts
from given_when_then import Log, Story, View
from healz.events import Event
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
from healz.events.appointment_event import AppointmentEvent
from healz.events.conversation import (
    AgentAssigned,
    ConversationClosed,
    ConversationEscalated,
    ConversationStarted,
    EscalationResolved,
    IntentDetected,
)
from healz.events.conversation_event import ConversationEvent
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyEvent,
    JourneyRecovered,
    JourneyStageChanged,
    JourneyStarted,
    RiskDetected,
    RiskEscalated,
    RiskScoreRecalculated,
)
from healz.events.journey_work import CallMade, JourneyAssigned, JourneySnoozed
from healz.events.message import MessageDeleted, MessageEdited, MessageReceived, MessageSent, MessageStatusChanged
from healz.events.patient import (
    PatientAnonymized,
    PatientContactUpdated,
    PatientMedicalHistoryUpdated,
    PatientPreferencesUpdated,
    PatientRegistered,
    PatientStatusChanged,
)
from healz.events.patient_details import Address, MedicalHistory, Preferences
from healz.events.patient_event import PatientEvent
from healz.events.patient_merging import PatientAbsorbed, PatientMerged
from healz.events.risk import Factor, Statistics
from healz.events.stages import Stage
from healz.read_models import appointment as appointment_model
from healz.read_models import journey as journey_model
from healz.read_models import patient as patient_model
from healz.read_models.appointment_row import AppointmentRows
from healz.read_models.journey_row import JourneyRows
from healz.read_models.patient_row import PatientRow

Model = TypeVar("Model", bound=BaseModel)


def but(example: Model, **changes: object) -> Model:
    """The example with other values, validated like any."""
    return type(example).model_validate(example.model_dump(exclude_unset=True) | changes)


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""Monday, nine in the morning in São Paulo."""
BEFORE = NOW - 30 * DAY

TENANT = UUID("01950000-0000-7000-8000-000000000001")
MARIA = UUID("01950000-0000-7000-8000-0000000000a1")
MARIA_AGAIN = UUID("01950000-0000-7000-8000-0000000000a2")
"""The same person, registered a second time by mistake."""
VITORIA = UUID("01950000-0000-7000-8000-0000000000c1")
SERRA = UUID("01950000-0000-7000-8000-0000000000c2")
DRA_ANA = UUID("01950000-0000-7000-8000-0000000000d1")
DR_JOSE = UUID("01950000-0000-7000-8000-0000000000d2")
APPOINTMENT = UUID("01950000-0000-7000-8000-0000000000f1")
OTHER_APPOINTMENT = UUID("01950000-0000-7000-8000-0000000000f2")
THIRD_APPOINTMENT = UUID("01950000-0000-7000-8000-0000000000f3")
JOURNEY = UUID("01950000-0000-7000-8000-0000000000b1")
NEW_JOURNEY = UUID("01950000-0000-7000-8000-0000000000b2")
REMINDER = UUID("01950000-0000-7000-8000-0000000000e1")
OTHER_REMINDER = UUID("01950000-0000-7000-8000-0000000000e2")
CONVERSATION = UUID("01950000-0000-7000-8000-000000000e01")
OTHER_CONVERSATION = UUID("01950000-0000-7000-8000-000000000e02")
MESSAGE = UUID("01950000-0000-7000-8000-000000000e11")
NEW_MESSAGE = UUID("01950000-0000-7000-8000-000000000e12")
AGENT = UUID("01950000-0000-7000-8000-000000000a91")
WAMID = "wamid.HBgMNTUyNzk5OTk5MDAwMBUCABIYFjNFQjA="

PHONE, OTHER_PHONE, GUARDIAN = "+5527999990000", "+5527988887777", "+5527977776666"
CPF, OTHER_CPF = "52998224725", "11144477735"

ANA_WORKS = Doctor("Dra. Ana Lúcia Nogueira", frozenset({VITORIA, SERRA}))

# Facts

registered = PatientRegistered(
    patient_id=MARIA,
    phone=PHONE,
    full_name="Maria Aparecida da Silva",
    registration_source="manual",
    registered_at=BEFORE,
    email="maria.silva@example.com.br",
    birth_date=date(1985, 7, 14),
    cpf=CPF,
)
contact_updated = PatientContactUpdated(
    patient_id=MARIA,
    updated_at=NOW,
    previous_phone=PHONE,
    new_phone=OTHER_PHONE,
    new_full_name="Maria da Silva Gonçalves",
)
address = Address(
    street="Avenida Nossa Senhora da Penha",
    number="1495",
    complement="Sala 302",
    neighborhood="Santa Lúcia",
    city="Vitória",
    state="ES",
    zip_code="29056905",
)
preferences = Preferences(
    communication_channel="whatsapp",
    reminder_enabled=True,
    reminder_time_before=24 * 60,
    preferred_clinic_id=VITORIA,
    preferred_doctor_id=DRA_ANA,
)
preferences_updated = PatientPreferencesUpdated(patient_id=MARIA, updated_at=NOW, preferences=preferences)
medical_history = MedicalHistory(
    allergies=("dipirona",), chronic_conditions=("hipertensão",), medications=("losartana 50 mg",)
)
medical_history_updated = PatientMedicalHistoryUpdated(
    patient_id=MARIA, updated_at=NOW, medical_history=medical_history
)
became_inactive = PatientStatusChanged(
    patient_id=MARIA, previous_status="active", new_status="inactive", changed_at=NOW, changed_by="agent"
)
became_suspended = but(became_inactive, new_status="suspended")
became_active = but(became_inactive, previous_status="inactive", new_status="active")
absorbed = PatientAbsorbed(
    patient_id=MARIA,
    absorbed_patient_id=MARIA_AGAIN,
    known_since=BEFORE,
    other_phone=OTHER_PHONE,
    holds_other_phone=True,
    absorbed_by="agent",
    absorbed_at=NOW,
)
merged = PatientMerged(patient_id=MARIA_AGAIN, merged_into=MARIA, merged_at=NOW)
anonymized = PatientAnonymized(patient_id=MARIA, reason="patient_request", requested_by="agent", anonymized_at=NOW)

_visit = {"appointment_id": APPOINTMENT, "patient_id": MARIA, "clinic_id": VITORIA, "doctor_id": DRA_ANA}
scheduled = AppointmentScheduled(
    **_visit,
    doctor_name="Dra. Ana Lúcia Nogueira",
    scheduled_for=NOW + 2 * DAY,
    duration=30,
    appointment_type="first_visit",
    scheduled_by="agent",
    scheduled_at=NOW - DAY,
)
confirmed = AppointmentConfirmed(
    **_visit, confirmed_by="agent", confirmation_method="phone", confirmed_at=NOW, confirmation_count=1
)
rescheduled = AppointmentRescheduled(
    **_visit,
    previous_scheduled_for=NOW + 2 * DAY,
    new_scheduled_for=NOW + 3 * DAY,
    rescheduled_by="agent",
    rescheduled_at=NOW,
)
cancelled = AppointmentCancelled(**_visit, reason="viagem", cancelled_by="agent", cancelled_at=NOW)
no_show = AppointmentMarkedAsNoShow(
    **_visit, scheduled_for=NOW + 2 * DAY, marked_by="agent", marked_at=NOW + 2 * DAY + HOUR
)
completed = AppointmentCompleted(**_visit, completed_at=NOW + 2 * DAY + HOUR, requires_follow_up=False)
reminder_sent = AppointmentReminderSent(
    **_visit, reminder_id=REMINDER, channel="whatsapp", sent_at=NOW, delivery_status="sent"
)
reminder_failed = AppointmentReminderFailed(
    **_visit, reminder_id=REMINDER, channel="whatsapp", failed_at=NOW, error="número sem WhatsApp"
)

_talk = {"conversation_id": CONVERSATION, "patient_id": MARIA, "clinic_id": VITORIA}
conversation_started = ConversationStarted(**_talk, initiated_by="bot", started_at=NOW - DAY)
message_received = MessageReceived(
    **_talk,
    message_id=MESSAGE,
    content="Bom dia! Quero marcar uma consulta",
    timestamp=NOW,
    media_type="text",
    whatsapp_message_id=WAMID,
)
ASKED = UUID(int=0xE5)
message_sent = MessageSent(**_talk, message_id=ASKED, content="Para qual dia?", sender="bot", timestamp=NOW - HOUR)
message_edited = MessageEdited(**_talk, message_id=MESSAGE, content="Melhor na terça", edited_at=NOW)
message_deleted = MessageDeleted(**_talk, message_id=MESSAGE, deleted_at=NOW)
message_status_changed = MessageStatusChanged(**_talk, message_id=ASKED, status="delivered", changed_at=NOW)
intent_detected = IntentDetected(
    **_talk,
    message_id=MESSAGE,
    intent="schedule_appointment",
    confidence=0.93,
    extracted_data={"doctor": "Dra. Ana"},
    detected_at=NOW,
)
escalated = ConversationEscalated(**_talk, reason="complaint", escalated_at=NOW)
agent_assigned = AgentAssigned(**_talk, agent_id=AGENT, assigned_at=NOW)
escalation_resolved = EscalationResolved(**_talk, resolved_by="agent", resolved_at=NOW)
conversation_closed = ConversationClosed(**_talk, closed_by="agent", closed_at=NOW)

journey_started = JourneyStarted(
    journey_id=JOURNEY,
    patient_id=MARIA,
    clinic_id=VITORIA,
    initiated_by="appointment_scheduled",
    started_at=NOW - DAY,
)


def moved_to(stage: Stage, previous: Stage = "initiated") -> JourneyStageChanged:
    return JourneyStageChanged(
        journey_id=JOURNEY,
        patient_id=MARIA,
        clinic_id=VITORIA,
        previous_stage=previous,
        new_stage=stage,
        reason="other",
        changed_at=NOW - HOUR,
    )


_course = {"journey_id": JOURNEY, "patient_id": MARIA, "clinic_id": VITORIA}
silence = Factor(type="silence", weight="0.4", value="0.70", severity="high", detected_at=NOW)
risk_detected = RiskDetected(
    **_course, risk_type="silence", severity="high", value="0.70", details={"days": 21}, detected_at=NOW
)
recalculated = RiskScoreRecalculated(
    **_course,
    previous_score="0.00",
    new_score="0.70",
    risk_level="high",
    contributing_factors=(silence,),
    recalculated_at=NOW,
)
risk_escalated = RiskEscalated(**_course, escalation_reason="não responde", escalated_at=NOW)
assigned = JourneyAssigned(**_course, assigned_to=AGENT, assigned_by="agent", assigned_at=NOW)
call_made = CallMade(**_course, outcome="not_reached", called_by="agent", called_at=NOW)
snoozed = JourneySnoozed(**_course, snoozed_until=NOW + 30 * DAY, snoozed_by="agent", snoozed_at=NOW)
recovered = JourneyRecovered(**_course, recovery_reason="voltou", previous_risk_score="0.70", recovered_at=NOW)
abandoned = JourneyAbandoned(**_course, abandonment_reason="mudou-se", final_risk_score="1.00", abandoned_at=NOW)
journey_completed = JourneyCompleted(
    **_course,
    completion_reason="successful_treatment",
    total_duration=40,
    statistics=Statistics(total_appointments=2, no_show_count=1, cancellation_count=0, average_risk_score="0.35"),
    completed_at=NOW,
)

# Commands

register = RegisterPatient(phone=PHONE, full_name="Maria Aparecida da Silva")
update_contact = UpdatePatientContact(phone=OTHER_PHONE)
update_preferences = UpdatePatientPreferences(**preferences.model_dump())
update_medical_history = UpdatePatientMedicalHistory(medical_history=medical_history)
amend_medical_history = AmendPatientMedicalHistory(medical_history=MedicalHistoryParts(allergies=("látex",)))
deactivate = ChangePatientStatus(status="inactive")
suspend = ChangePatientStatus(status="suspended")
activate = ChangePatientStatus(status="active")
anonymize = AnonymizePatient(reason="patient_request")
merge = MergePatients(other_patient_id=MARIA_AGAIN)

book = BookAppointment(
    patient_id=MARIA,
    clinic_id=VITORIA,
    doctor_id=DRA_ANA,
    scheduled_for=NOW + 2 * DAY,
    appointment_type="first_visit",
)
confirm = ConfirmAppointment(confirmation_method="phone")
reschedule = RescheduleAppointment(scheduled_for=NOW + 3 * DAY)
cancel = CancelAppointment(reason="viagem")
mark_no_show = MarkAppointmentAsNoShow()
complete = CompleteAppointment()
remind = RecordReminder(channel="whatsapp", delivery_status="sent")
reminder_not_sent = RecordReminder(channel="whatsapp", error="número sem WhatsApp")

start_conversation = StartConversation(patient_id=MARIA, clinic_id=VITORIA)
receive = RecordMessage(direction="inbound", content="Bom dia! Quero marcar uma consulta", whatsapp_message_id=WAMID)
send = RecordMessage(direction="outbound", content="Para qual dia?")
edit = EditMessage(message_id=MESSAGE, content="Melhor na terça")
delete = DeleteMessage(message_id=MESSAGE)
report_status = RecordMessageStatus(message_id=ASKED, status="delivered")
detect_intent = DetectIntent(
    message_id=MESSAGE, intent="schedule_appointment", confidence=0.93, extracted_data={"doctor": "Dra. Ana"}
)
escalate = EscalateConversation(reason="complaint")
assign_agent = AssignAgent(agent_id=AGENT)
resolve = ResolveEscalation()
close = CloseConversation()

# What the sentences begin with

patient = Story(
    kind=PatientEvent,
    target=MARIA,
    patient_id=MARIA,
    journey_id=NEW_JOURNEY,
    reminder_id=REMINDER,
    message_id=NEW_MESSAGE,
    user_id=AGENT,
    now=NOW,
    zone=SAO_PAULO,
    doctor=ANA_WORKS,
)


def again(*events: Event, patient_id: UUID = MARIA_AGAIN) -> Other:
    """A second record of the same person, of whom so much was said."""
    theirs = [event.model_copy(update={"patient_id": patient_id}) for event in events]
    return Other(patient_id, Case().after(theirs), theirs)


appointment = patient.where(kind=AppointmentEvent, target=APPOINTMENT).given(registered)
conversation = patient.where(kind=ConversationEvent, target=CONVERSATION, role="bot").given(registered)
journey = appointment.where(kind=JourneyEvent)

_log = Log(TENANT, NOW)
patient_view: View[PatientRow | None] = View(patient_model.evolve, None, lambda row: row, "patient_id", _log)
appointment_view: View[AppointmentRows] = View(
    appointment_model.evolve,
    AppointmentRows(),
    lambda rows: rows.appointments.get(APPOINTMENT),
    "appointment_id",
    _log,
)
journey_view: View[JourneyRows] = View(
    journey_model.evolve, JourneyRows(), lambda rows: rows.journeys.get(JOURNEY), "journey_id", _log
)
