"""The patient read model: what each fact does to the row, and that it does nothing else."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from examples import (
    APPOINTMENT,
    BEFORE,
    CPF,
    DAY,
    DRA_ANA,
    GUARDIAN,
    HOUR,
    JOURNEY,
    MARIA,
    MINUTE,
    NEW_JOURNEY,
    NOW,
    OTHER_APPOINTMENT,
    OTHER_CPF,
    OTHER_PHONE,
    PHONE,
    SERRA,
    TENANT,
    VITORIA,
    address,
    agent_assigned,
    anonymized,
    became_inactive,
    became_suspended,
    but,
    cancelled,
    completed,
    confirmed,
    contact_updated,
    conversation_closed,
    conversation_started,
    escalated,
    escalation_resolved,
    intent_detected,
    journey_started,
    medical_history_updated,
    message_received,
    message_sent,
    moved_to,
    no_show,
    patient_view,
    preferences_updated,
    registered,
    reminder_failed,
    reminder_sent,
    rescheduled,
    scheduled,
)
from healz.events.fields import rfc3339
from healz.events.patient import PatientContactUpdated
from healz.read_models.patient_journeys import shown_journey
from healz.read_models.patient_row import name_search

view = patient_view.given(registered)
booked = view.given(scheduled)
LATER = scheduled.scheduled_for + 5 * DAY
another = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=LATER)


def live(**appointments: Any) -> dict[str, str]:
    ids = {"first": APPOINTMENT, "second": OTHER_APPOINTMENT}
    return {str(ids[name]): rfc3339(at) for name, at in appointments.items()}


# The patient's own facts


def test_registered_makes_the_row() -> None:
    full = but(registered, guardian_phone=GUARDIAN, preferred_clinic_id=VITORIA, preferred_doctor_id=DRA_ANA)
    patient_view.when(full).then_row(
        tenant_id=TENANT,
        patient_id=MARIA,
        version=1,
        phone=PHONE,
        full_name="Maria Aparecida da Silva",
        email="maria.silva@example.com.br",
        birth_date=date(1985, 7, 14),
        cpf=CPF,
        registration_source="manual",
        status="active",
        last_interaction_at=BEFORE,
        first_contact_at=BEFORE,
        interaction_count=1,
        preferred_clinic_id=VITORIA,
        preferred_doctor_id=DRA_ANA,
        guardian_phone=GUARDIAN,
        name_search="maria aparecida da silva",
        updated_at=NOW + MINUTE,
        risk_score=Decimal("0.00"),
    )


@pytest.mark.parametrize(
    "event", [scheduled, contact_updated, journey_started, anonymized], ids=lambda one: type(one).__name__
)
def test_nothing_comes_before_the_registration(event: Any) -> None:
    patient_view.when(event).then_nothing()


def test_contact_changes_only_what_is_named() -> None:
    view.when(contact_updated).then(
        phone=OTHER_PHONE, full_name="Maria da Silva Gonçalves", name_search="maria da silva goncalves"
    )


def updated(**payload: Any) -> PatientContactUpdated:
    return PatientContactUpdated(patient_id=MARIA, updated_at=NOW, **payload)


def test_null_clears_and_absent_stays() -> None:
    everything = view.given(
        updated(
            new_email="m@example.com",
            new_cpf=OTHER_CPF,
            new_birth_date=date(1990, 1, 1),
            new_guardian_phone=GUARDIAN,
            address=address,
        )
    )
    everything.shows(
        email="m@example.com",
        cpf=OTHER_CPF,
        birth_date=date(1990, 1, 1),
        guardian_phone=GUARDIAN,
        address=address.model_dump(mode="json"),
    )
    everything.when(updated(new_email=None)).then(email=None)
    everything.when(updated(new_cpf=None)).then(cpf=None)
    everything.when(updated(new_birth_date=None)).then(birth_date=None)
    everything.when(updated(new_guardian_phone=None)).then(guardian_phone=None)
    everything.when(updated(address=None)).then(address=None)


def test_preferences() -> None:
    view.when(preferences_updated).then(
        preferred_clinic_id=VITORIA,
        preferred_doctor_id=DRA_ANA,
        preferences={
            "communication_channel": "whatsapp",
            "reminder_enabled": True,
            "reminder_time_before": 1440,
            "preferred_clinic_id": str(VITORIA),
            "preferred_doctor_id": str(DRA_ANA),
        },
    )


def test_status() -> None:
    view.when(became_inactive).then(status="inactive")
    view.when(became_suspended).then(status="suspended")


def test_medical_history_stands_in_no_column() -> None:
    view.when(medical_history_updated).then()


def test_anonymised_leaves_nothing_personal() -> None:
    known = view.given(updated(address=address, new_guardian_phone=GUARDIAN), scheduled)
    known.when(anonymized).then(
        full_name="Anonymized patient",
        name_search="anonymized patient",
        phone="",
        email=None,
        birth_date=None,
        cpf=None,
        guardian_phone=None,
        address=None,
        status="inactive",
    )


# Appointments


def test_scheduled() -> None:
    view.when(scheduled).then(
        total_appointments=1,
        next_appointment_at=scheduled.scheduled_for,
        live_appointments=live(first=scheduled.scheduled_for),
        last_interaction_at=scheduled.scheduled_at,
    )


def test_the_earliest_live_appointment_is_the_next() -> None:
    booked.when(another).then(total_appointments=2, live_appointments=live(first=scheduled.scheduled_for, second=LATER))
    view.given(another).when(scheduled).then(
        total_appointments=2,
        next_appointment_at=scheduled.scheduled_for,
        live_appointments=live(first=scheduled.scheduled_for, second=LATER),
    )


def test_confirmed() -> None:
    booked.when(confirmed).then(last_interaction_at=confirmed.confirmed_at)


def test_rescheduled() -> None:
    at = rescheduled.new_scheduled_for
    booked.when(rescheduled).then(
        next_appointment_at=at, live_appointments=live(first=at), last_interaction_at=rescheduled.rescheduled_at
    )
    booked.given(another).when(but(rescheduled, new_scheduled_for=LATER + DAY)).then(
        next_appointment_at=LATER,
        live_appointments=live(first=LATER + DAY, second=LATER),
        last_interaction_at=rescheduled.rescheduled_at,
    )


def test_cancelled() -> None:
    booked.when(cancelled).then(
        cancelled_appointments=1,
        next_appointment_at=None,
        live_appointments={},
        last_interaction_at=cancelled.cancelled_at,
    )
    booked.given(another).when(cancelled).then(
        cancelled_appointments=1,
        next_appointment_at=LATER,
        live_appointments=live(second=LATER),
        last_interaction_at=cancelled.cancelled_at,
    )


def test_no_show_is_no_interaction() -> None:
    booked.when(no_show).then(no_show_count=1, next_appointment_at=None, live_appointments={})


def test_completed() -> None:
    at = completed.completed_at
    booked.when(completed).then(
        completed_appointments=1,
        last_appointment_at=at,
        last_interaction_at=at,
        next_appointment_at=None,
        live_appointments={},
    )


def test_the_last_appointment_is_the_latest_visit() -> None:
    seen = booked.given(another, completed)
    earlier = but(completed, appointment_id=OTHER_APPOINTMENT, completed_at=NOW - 20 * DAY)
    seen.when(earlier).then(completed_appointments=2, next_appointment_at=None, live_appointments={})


@pytest.mark.parametrize("event", [reminder_sent, reminder_failed], ids=lambda one: type(one).__name__)
def test_a_reminder_changes_nothing(event: Any) -> None:
    booked.when(event).then_nothing()


# Interactions: the latest, and none of the system's

BY_SYSTEM = [
    but(confirmed, confirmed_by="system"),
    but(rescheduled, rescheduled_by="system"),
    but(cancelled, cancelled_by="system"),
]


def test_what_the_system_does_is_no_interaction() -> None:
    view.when(but(scheduled, scheduled_by="system")).then(
        total_appointments=1,
        next_appointment_at=scheduled.scheduled_for,
        live_appointments=live(first=scheduled.scheduled_for),
    )
    booked.when(BY_SYSTEM[0]).then_nothing()
    booked.when(BY_SYSTEM[1]).then(
        next_appointment_at=rescheduled.new_scheduled_for,
        live_appointments=live(first=rescheduled.new_scheduled_for),
    )
    booked.when(BY_SYSTEM[2]).then(cancelled_appointments=1, next_appointment_at=None, live_appointments={})


@pytest.mark.parametrize("actor", ["patient", "agent", "doctor", "bot", "import"])
def test_what_anybody_else_does_is_one(actor: str) -> None:
    booked.when(but(confirmed, confirmed_by=actor)).then(last_interaction_at=NOW)


def test_a_late_delivery_never_moves_the_last_interaction_back() -> None:
    booked.when(but(confirmed, confirmed_at=BEFORE - DAY)).then_nothing()
    booked.when(but(confirmed, confirmed_at=scheduled.scheduled_at)).then_nothing()


# Journeys


def shown(stage: str, *, active: bool = True, ended_at: Any = None) -> dict[str, Any]:
    return {
        "clinic_id": str(VITORIA),
        "stage": stage,
        "active": active,
        "started_at": rfc3339(journey_started.started_at),
        "ended_at": rfc3339(ended_at) if ended_at else None,
    }


def test_a_journey_shows_its_stage() -> None:
    view.when(journey_started).then(
        current_journey_stage="initiated",
        journeys={str(JOURNEY): shown("initiated")},
        last_interaction_at=journey_started.started_at,
    )
    view.given(journey_started).when(moved_to("scheduled")).then(
        current_journey_stage="scheduled", journeys={str(JOURNEY): shown("scheduled")}
    )
    ended = moved_to("cancelled")
    view.given(journey_started).when(ended).then(
        current_journey_stage="cancelled",
        journeys={str(JOURNEY): shown("cancelled", active=False, ended_at=ended.changed_at)},
    )


def test_of_two_active_journeys_the_newest_started_shows() -> None:
    elsewhere = but(journey_started, journey_id=NEW_JOURNEY, clinic_id=SERRA, started_at=NOW)
    there = but(moved_to("attended"), journey_id=NEW_JOURNEY, clinic_id=SERRA)
    both = view.given(journey_started, moved_to("confirmed"), elsewhere)
    both.shows(current_journey_stage="initiated")
    both.given(there).shows(current_journey_stage="attended")
    both.given(there, moved_to("no_show")).shows(current_journey_stage="attended")


def test_an_active_journey_shows_before_one_that_ended_and_then_the_last_to_end() -> None:
    elsewhere = but(journey_started, journey_id=NEW_JOURNEY, clinic_id=SERRA, started_at=NOW)
    ended_there = but(moved_to("cancelled"), journey_id=NEW_JOURNEY, clinic_id=SERRA, changed_at=NOW)
    one_ended = view.given(journey_started, moved_to("confirmed"), elsewhere, ended_there)
    one_ended.shows(current_journey_stage="confirmed")
    one_ended.given(but(moved_to("completed"), changed_at=NOW + HOUR)).shows(current_journey_stage="completed")
    one_ended.given(but(moved_to("completed"), changed_at=NOW - HOUR)).shows(current_journey_stage="cancelled")


def test_the_newest_started_active_journey_stands_for_the_patient() -> None:
    here = shown("confirmed")
    there = shown("at_risk") | {"clinic_id": str(SERRA), "started_at": rfc3339(NOW)}
    journeys = {str(JOURNEY): here, str(NEW_JOURNEY): there}
    assert shown_journey(journeys) == there
    assert shown_journey({}) is None


# Conversations


def test_a_message_received_is_an_interaction() -> None:
    talking = view.given(conversation_started)
    talking.when(message_received).then(last_interaction_at=NOW, interaction_count=2)
    talking.when(but(message_received, timestamp=BEFORE - DAY)).then(interaction_count=2)


@pytest.mark.parametrize(
    "event",
    [
        but(conversation_started, initiated_by="patient"),
        message_sent,
        intent_detected,
        escalated,
        agent_assigned,
        escalation_resolved,
        conversation_closed,
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_else_happens_in_a_conversation_changes_nothing(event: Any) -> None:
    view.when(event).then_nothing()


# Search


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("José Gonçalves da Conceição", "jose goncalves da conceicao"),
        ("  ÂNGELA   Müller ", "angela muller"),
        ("Antônio D'Ávila", "antonio d'avila"),
        ("ﬁlomena", "filomena"),
    ],
)
def test_accents_and_case_do_not_matter_to_a_search(name: str, search: str) -> None:
    assert name_search(name) == search
