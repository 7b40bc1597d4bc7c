"""One patient's whole story, told through HTTP by those who would tell it, and seen in all three read models after each
step: from the first message to the last visit, with two no-shows in between."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from always_true import log_holds, read_models_equal_fold, topic_equals_log
from counted import read_models_agree_with_counts
from healz.events import Recorded
from system import Clinic, System, eventually, new_phone, put_clinic

SOON = timedelta(seconds=2)
"""Far enough ahead to be booked, and near enough to wait until it has begun: nobody comes before the start."""

SHOWN = {
    "patient": """
        SELECT status, current_journey_stage, risk_score::text, total_appointments, completed_appointments,
               cancelled_appointments, no_show_count, interaction_count
          FROM patient.patient_view
    """,
    "appointment": """
        SELECT status, confirmation_count, confirmed_by, reminder_delivery_status, completed_at IS NOT NULL AS is_over
          FROM appointment.appointment_view ORDER BY created_at DESC LIMIT 1
    """,
    "journey": """
        SELECT current_stage, previous_stage, risk_score::text, risk_level,
               jsonb_path_query_array(risk_indicators, '$[*].type')::text AS signs,
               total_interactions, total_appointments, missed_appointments, needs_follow_up, has_escalation, is_active
          FROM journey.journey_view
    """,
}
"""What is looked at; of the appointments the newest."""
REGISTERED = {
    "status": "active",
    "current_journey_stage": None,
    "risk_score": "0.00",
    "total_appointments": 0,
    "completed_appointments": 0,
    "cancelled_appointments": 0,
    "no_show_count": 0,
    "interaction_count": 1,
}
BOOKED = {
    "status": "scheduled",
    "confirmation_count": 0,
    "confirmed_by": None,
    "reminder_delivery_status": None,
    "is_over": False,
}
FIRST_CONTACT = {
    "current_stage": "first_contact",
    "previous_stage": "initiated",
    "risk_score": "0.00",
    "risk_level": "low",
    "signs": "[]",
    "total_interactions": 0,
    "total_appointments": 0,
    "missed_appointments": 0,
    "needs_follow_up": False,
    "has_escalation": False,
    "is_active": True,
}


@dataclass
class Story:
    """What was answered so far, and what the read models must show by now."""

    system: System
    answers: list[httpx.Response] = field(default_factory=list)
    shown: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))

    async def then(self, answer: httpx.Response, *events: str, **changes: dict[str, Any]) -> UUID:
        """The answer names these events, and each read model shows what it did before but for the changes.

        Returns the id of what the answer is about.
        """
        assert answer.is_success, answer.text
        assert tuple(event["event_type"] for event in answer.json()["events"]) == events
        self.answers.append(answer)
        for model, changed in changes.items():
            self.shown[model] = self.shown[model] | changed
        await self.system.caught_up()
        for model, query in SHOWN.items():
            rows = await self.system.database.admin.fetch(query)
            expected = [self.shown[model]] if model in self.shown else []
            assert [dict(row) for row in rows] == expected, f"{model}, after {', '.join(events)}"
        return UUID(answer.json()["id"])


@dataclass(frozen=True)
class Clients:
    """Who tells it."""

    bot: httpx.AsyncClient
    receptionist: httpx.AsyncClient
    manager: httpx.AsyncClient
    doctor: httpx.AsyncClient


def booking(patient_id: UUID, clinic: Clinic) -> dict[str, Any]:
    return {
        "patient_id": str(patient_id),
        "clinic_id": str(clinic.clinic_id),
        "doctor_id": str(clinic.doctor_id),
        "scheduled_for": (datetime.now(UTC) + SOON).isoformat(),
        "appointment_type": "first_visit",
    }


async def begun(story: Story) -> None:
    """Waits until all that was booked has begun."""

    async def has_begun() -> bool:
        over = "SELECT max(scheduled_for) < clock_timestamp() FROM appointment.appointment_view"
        return bool(await story.system.database.admin.fetchval(over))

    await eventually(has_begun)


async def test_from_the_first_message_to_the_end_of_the_journey(system: System) -> None:
    await system.start_all()
    async with system.client() as admin:
        clinic = await put_clinic(admin)
    here = [clinic.clinic_id]
    async with (
        system.client("bot") as bot,
        system.client("receptionist", clinics=here) as receptionist,
        system.client("manager") as manager,
        system.client("doctor", clinics=here) as doctor,
    ):
        story = Story(system)
        await tell(story, Clients(bot, receptionist, manager, doctor), clinic)

    await log_holds(system.database)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)
    await system.outbox_empty()
    await topic_equals_log(system)

    log = await system.database.log(system.tenant_id)
    each_operation_has_one_correlation_id(log, story.answers)
    every_chain_of_causes_leads_back_to_the_request(log, story.answers)
    end = log[-1].event_data.model_dump(mode="json")
    assert end["statistics"] == {
        "total_appointments": 3,
        "no_show_count": 2,
        "cancellation_count": 0,
        "average_risk_score": 0.4,  # of 0.30, 0.90 and 0.00
    }


async def tell(story: Story, by: Clients, clinic: Clinic) -> None:
    """All of it."""
    # The first message
    patient_id = await story.then(
        await by.bot.post("/v1/patients", json={"phone": new_phone(), "full_name": "João da Conceição"}),
        "PatientRegistered",
        patient=REGISTERED,
    )
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id), "on_behalf_of_patient": True}
    talk = await story.then(
        await by.bot.post("/v1/conversations", json=body),
        *("ConversationStarted", "JourneyStarted", "JourneyStageChanged"),
        patient={"current_journey_stage": "first_contact"},
        journey=FIRST_CONTACT,
    )
    messages, message_id = f"/v1/conversations/{talk}/messages", str(uuid7())
    said = {"direction": "inbound", "content": "Olá, quero marcar uma consulta", "message_id": message_id}
    await story.then(
        await by.bot.post(messages, json=said, headers={"X-Correlation-Id": str(uuid7())}),
        "MessageReceived",
        patient={"interaction_count": 2},
        journey={"total_interactions": 1},
    )
    intent = {"message_id": message_id, "intent": "schedule_appointment", "confidence": 0.97}
    await story.then(await by.bot.post(f"/v1/conversations/{talk}/intents", json=intent), "IntentDetected")

    # The booking, a reminder and the confirmation
    appointment = await story.then(
        await by.bot.post("/v1/appointments", json=booking(patient_id, clinic) | {"on_behalf_of_patient": True}),
        *("AppointmentScheduled", "JourneyStageChanged"),
        patient={"total_appointments": 1, "current_journey_stage": "scheduled"},
        appointment=BOOKED,
        journey={"total_appointments": 1, "current_stage": "scheduled", "previous_stage": "first_contact"},
    )
    reminder = {"channel": "whatsapp", "delivery_status": "delivered"}
    await story.then(
        await by.bot.post(f"/v1/appointments/{appointment}/reminders", json=reminder),
        "AppointmentReminderSent",
        appointment={"reminder_delivery_status": "delivered"},
    )
    confirmation = {"confirmation_method": "whatsapp", "on_behalf_of_patient": True}
    await story.then(
        await by.bot.post(f"/v1/appointments/{appointment}/confirmation", json=confirmation),
        *("AppointmentConfirmed", "JourneyStageChanged"),
        patient={"current_journey_stage": "confirmed"},
        appointment={"status": "confirmed", "confirmation_count": 1, "confirmed_by": "patient"},
        journey={"current_stage": "confirmed", "previous_stage": "scheduled"},
    )

    # Nobody comes
    await begun(story)
    await story.then(
        await by.receptionist.post(f"/v1/appointments/{appointment}/no-show", json={}),
        *("AppointmentMarkedAsNoShow", "JourneyStageChanged", "RiskDetected", "RiskScoreRecalculated"),
        patient={"no_show_count": 1, "current_journey_stage": "no_show", "risk_score": "0.30"},
        appointment={"status": "no_show"},
        journey={
            "missed_appointments": 1,
            "current_stage": "no_show",
            "previous_stage": "confirmed",
            "risk_score": "0.30",
            "risk_level": "medium",
            "signs": '["no_show"]',
            "needs_follow_up": True,
        },
    )

    # Nor does anybody the second time: at risk, and it calls for a person
    appointment = await story.then(
        await by.receptionist.post("/v1/appointments", json=booking(patient_id, clinic)),
        *("AppointmentScheduled", "JourneyStageChanged"),
        patient={"total_appointments": 2, "current_journey_stage": "scheduled"},
        appointment=BOOKED,
        journey={
            "total_appointments": 2,
            "current_stage": "scheduled",
            "previous_stage": "no_show",
            "needs_follow_up": False,
        },
    )
    await begun(story)
    await story.then(
        await by.receptionist.post(f"/v1/appointments/{appointment}/no-show", json={}),
        *("AppointmentMarkedAsNoShow", "JourneyStageChanged", "RiskDetected", "RiskScoreRecalculated"),
        "RiskEscalated",
        patient={"no_show_count": 2, "current_journey_stage": "at_risk", "risk_score": "0.90"},
        appointment={"status": "no_show"},
        journey={
            "missed_appointments": 2,
            "current_stage": "at_risk",
            "previous_stage": "scheduled",
            "risk_score": "0.90",
            "risk_level": "critical",
            "needs_follow_up": True,
            "has_escalation": True,
        },
    )
    journey = await story.system.database.admin.fetchval("SELECT journey_id FROM journey.journey_view")

    # A manager gives it to somebody, who writes; the patient answers
    somebody = {"escalation_reason": "faltou duas vezes", "assigned_to": str(uuid7())}
    await story.then(await by.manager.post(f"/v1/journeys/{journey}/escalation", json=somebody), "RiskEscalated")
    outreach = {"direction": "outbound", "content": "Olá! Sentimos a sua falta. Está tudo bem?"}
    await story.then(await by.receptionist.post(messages, json=outreach), "MessageSent")
    answered = {"direction": "inbound", "content": "Desculpe! Quero remarcar", "sentiment": "positive"}
    await story.then(
        await by.bot.post(messages, json=answered),
        *("MessageReceived", "JourneyRecovered", "RiskScoreRecalculated"),
        patient={"interaction_count": 3, "current_journey_stage": "recovered", "risk_score": "0.00"},
        journey={
            "total_interactions": 2,
            "current_stage": "recovered",
            "previous_stage": "at_risk",
            "risk_score": "0.00",
            "risk_level": "low",
            "signs": "[]",
            "needs_follow_up": False,
            "has_escalation": False,
        },
    )

    # The visit, and the end
    appointment = await story.then(
        await by.receptionist.post("/v1/appointments", json=booking(patient_id, clinic)),
        *("AppointmentScheduled", "JourneyStageChanged"),
        patient={"total_appointments": 3, "current_journey_stage": "scheduled"},
        appointment=BOOKED,
        journey={"total_appointments": 3, "current_stage": "scheduled", "previous_stage": "recovered"},
    )
    await begun(story)
    await story.then(
        await by.doctor.post(f"/v1/appointments/{appointment}/completion", json={}),
        *("AppointmentCompleted", "JourneyStageChanged"),
        patient={"completed_appointments": 1, "current_journey_stage": "attended"},
        appointment={"status": "completed", "is_over": True},
        journey={"current_stage": "attended", "previous_stage": "scheduled"},
    )
    await story.then(
        await by.doctor.post(f"/v1/journeys/{journey}/completion", json={"completion_reason": "successful_treatment"}),
        "JourneyCompleted",
        patient={"current_journey_stage": "completed"},
        journey={"current_stage": "completed", "previous_stage": "attended", "is_active": False},
    )


def each_operation_has_one_correlation_id(log: list[Recorded], answers: list[httpx.Response]) -> None:
    """The one that the request brought or was given, on each of its events and on no others."""
    by_event = {str(event.event_id): str(event.correlation_id) for event in log}
    ids = [answer.headers["x-correlation-id"] for answer in answers]
    assert len(set(ids)) == len(answers)
    for answer, correlation_id in zip(answers, ids, strict=True):
        named = [event["event_id"] for event in answer.json()["events"]]
        assert named == [event_id for event_id, found in by_event.items() if found == correlation_id]
    brought = [answer for answer in answers if "x-correlation-id" in answer.request.headers]
    assert [answer.headers["x-correlation-id"] for answer in brought] == [
        answer.request.headers["x-correlation-id"] for answer in brought
    ]
    assert len(brought) == 1


def every_chain_of_causes_leads_back_to_the_request(log: list[Recorded], answers: list[httpx.Response]) -> None:
    """From event to event to the fact that was asked for, whose cause is no event: it is the command itself."""
    by_id = {event.event_id: event for event in log}
    commands = set()
    for answer in answers:
        events = [by_id[UUID(event["event_id"])] for event in answer.json()["events"]]
        for event in events:
            cause = event
            while cause.causation_id in by_id:
                assert by_id[cause.causation_id].position < cause.position, "nothing is caused by what comes later"
                cause = by_id[cause.causation_id]
            assert cause is events[0], f"{event.event_type} does not lead back to what was asked for"
        assert events[0].causation_id is not None
        commands.add(events[0].causation_id)
    assert len(commands) == len(answers), "each request is one command of its own"
