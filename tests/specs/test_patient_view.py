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
    abandoned,
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
    journey_completed,
    journey_started,
    medical_history_updated,
    message_received,
    message_sent,
    moved_to,
    no_show,
    patient_view,
    preferences_updated,
    recalculated,
    recovered,
    registered,
    reminder_failed,
    reminder_sent,
    rescheduled,
    risk_detected,
    risk_escalated,
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
    "event", [scheduled, contact_updated, journey_started, anonymized], ids=lambda event: type(event).__name__
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
    known = view.given(updated(address=address, new_guardian_phone=GUARDIAN), preferences_updated, scheduled)
    known.when(anonymized).then(
        full_name="Anonymized patient",
        name_search="anonymized patient",
        phone="",
        email=None,
        birth_date=None,
        cpf=None,
        guardian_phone=None,
        address=None,
        preferences=None,
        preferred_clinic_id=None,
        preferred_doctor_id=None,
        status="inactive",
    )


@pytest.mark.parametrize("late", [contact_updated, preferences_updated], ids=lambda event: type(event).__name__)
def test_nothing_personal_comes_back_after_it(late: Any) -> None:
    view.given(anonymized).when(late).then()


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


@pytest.mark.parametrize("event", [reminder_sent, reminder_failed], ids=lambda event: type(event).__name__)
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


AFTER = NOW + 3 * DAY

# What else moves a journey: the event, the stage and whether it still is active.
MOVES: dict[str, tuple[Any, str, bool]] = {
    "recovered": (but(recovered, recovered_at=AFTER), "recovered", True),
    "abandoned": (but(abandoned, abandoned_at=AFTER), "abandoned", False),
    "completed": (but(journey_completed, completed_at=AFTER), "completed", False),
}


@pytest.mark.parametrize(("event", "stage", "active"), MOVES.values(), ids=list(MOVES))
def test_recovery_abandonment_and_completion_show_their_stage(event: Any, stage: str, active: bool) -> None:
    interacted = {"last_interaction_at": AFTER} if active else {}
    view.given(journey_started).when(event).then(
        current_journey_stage=stage,
        journeys={str(JOURNEY): shown(stage, active=active, ended_at=None if active else AFTER)},
        **interacted,
    )


def test_a_recovery_that_is_told_late_never_moves_the_last_interaction_back() -> None:
    late = but(recovered, recovered_at=BEFORE - DAY)
    view.given(journey_started).when(late).then(
        current_journey_stage="recovered", journeys={str(JOURNEY): shown("recovered")}
    )


def test_an_abandoned_journey_that_is_completed_ends_when_it_is_completed() -> None:
    view.given(journey_started, abandoned).when(but(journey_completed, completed_at=AFTER)).then(
        current_journey_stage="completed", journeys={str(JOURNEY): shown("completed", active=False, ended_at=AFTER)}
    )


def test_a_score_shows() -> None:
    known = view.given(journey_started)
    judged = shown("initiated") | {"score": "0.70"}
    known.when(recalculated).then(risk_score=Decimal("0.70"), journeys={str(JOURNEY): judged})
    better = but(recalculated, previous_score="0.70", new_score="0.00", risk_level="low", contributing_factors=())
    known.given(recalculated).when(better).then(
        risk_score=Decimal("0.00"), journeys={str(JOURNEY): judged | {"score": "0.00"}}
    )


def test_the_score_of_a_journey_that_ended_shows_until_there_is_another() -> None:
    over = view.given(journey_started, recalculated, abandoned)
    over.shows(current_journey_stage="abandoned", risk_score=Decimal("0.70"))
    newer = over.given(but(journey_started, journey_id=NEW_JOURNEY, started_at=AFTER))
    newer.shows(current_journey_stage="initiated", risk_score=Decimal("0.00"))
    # A completion of the old one doesn't bring it back before the one that runs.
    newer.when(but(journey_completed, completed_at=AFTER + DAY)).then(
        journeys={
            str(JOURNEY): shown("completed", active=False, ended_at=AFTER + DAY) | {"score": "0.70"},
            str(NEW_JOURNEY): shown("initiated") | {"started_at": rfc3339(AFTER)},
        }
    )


@pytest.mark.parametrize("event", [risk_detected, risk_escalated], ids=lambda event: type(event).__name__)
def test_what_else_is_said_of_a_risk_changes_nothing(event: Any) -> None:
    view.given(journey_started).when(event).then_nothing()


# Two journeys: here, begun yesterday, and elsewhere, begun now.
ELSEWHERE = {"journey_id": NEW_JOURNEY, "clinic_id": SERRA}
HERE_AND_ELSEWHERE = [
    journey_started,
    moved_to("confirmed"),
    but(journey_started, **ELSEWHERE, started_at=NOW),
    but(moved_to("attended"), **ELSEWHERE),
]


def scored(score: str, **where: Any) -> Any:
    return but(recalculated, new_score=score, **where)


# What follows for each: the stage that shows, and the score.
RISKIEST: dict[str, tuple[list[Any], str, str]] = {
    "both unjudged: the newest started": ([], "attended", "0.00"),
    "the older one is riskier": ([scored("0.30")], "confirmed", "0.30"),
    "the newer one is riskier": ([scored("0.30"), scored("0.56", **ELSEWHERE)], "attended", "0.56"),
    "equal: the newest started": ([scored("0.47"), scored("0.47", **ELSEWHERE)], "attended", "0.47"),
    "zero is what an unjudged one has": ([scored("0.00")], "attended", "0.00"),
    "the riskier one got better": (
        [scored("1.00"), scored("0.30", **ELSEWHERE), scored("0.20")],
        "attended",
        "0.30",
    ),
    "the riskier one was abandoned": ([scored("1.00"), abandoned], "attended", "0.00"),
    "the riskier one was completed": ([scored("1.00"), journey_completed], "attended", "0.00"),
    "it recovered, and is still the riskier": ([scored("0.90"), recovered], "recovered", "0.90"),
    "both ended: the last to end, whatever its score": (
        [
            scored("0.20"),
            scored("1.00", **ELSEWHERE),
            but(abandoned, **ELSEWHERE),
            but(moved_to("cancelled"), changed_at=AFTER),
        ],
        "cancelled",
        "0.20",
    ),
    "the last to end is not the last that was told": (
        [but(abandoned, abandoned_at=AFTER), but(journey_completed, **ELSEWHERE)],
        "abandoned",
        "0.00",
    ),
    "both ended at once: the riskier": (
        [scored("0.90"), scored("0.30", **ELSEWHERE), moved_to("cancelled"), but(moved_to("cancelled"), **ELSEWHERE)],
        "cancelled",
        "0.90",
    ),
    "the one that was abandoned first is completed last": (
        [abandoned, but(abandoned, **ELSEWHERE, abandoned_at=NOW + HOUR), but(journey_completed, completed_at=AFTER)],
        "completed",
        "0.00",
    ),
}


@pytest.mark.parametrize(("then", "stage", "score"), RISKIEST.values(), ids=list(RISKIEST))
def test_the_riskiest_active_journey_stands_for_the_patient(then: list[Any], stage: str, score: str) -> None:
    view.given(*HERE_AND_ELSEWHERE, *then).shows(current_journey_stage=stage, risk_score=Decimal(score))


def test_with_no_journey_there_is_nothing_to_show() -> None:
    assert shown_journey({}) is None
    view.shows(current_journey_stage=None, risk_score=Decimal("0.00"))


def test_the_newest_started_is_that_by_its_time_and_not_by_its_id() -> None:
    older = shown("attended") | {"started_at": rfc3339(BEFORE)}
    assert shown_journey({str(JOURNEY): shown("confirmed"), str(NEW_JOURNEY): older}) == shown("confirmed")


def test_of_journeys_alike_in_all_the_greatest_id_shows_in_whatever_order_they_come() -> None:
    lesser, greater = str(JOURNEY), str(NEW_JOURNEY)
    journeys = {lesser: shown("confirmed"), greater: shown("attended")}
    assert shown_journey(journeys) == shown_journey(dict(reversed(journeys.items()))) == shown("attended")


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
    ids=lambda event: type(event).__name__,
)
def test_what_else_happens_in_a_conversation_changes_nothing(event: Any) -> None:
    view.when(event).then_nothing()


# Search


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("José Gonçalves da Conceição", "jose goncalves da conceicao"),
        ("  ÂNGELA   Müller ", "angela muller"),
        ("Antônio D'Ávila", "antonio davila"),
        ("ﬁlomena", "filomena"),
    ],
)
def test_accents_and_case_do_not_matter_to_a_search(name: str, search: str) -> None:
    assert name_search(name) == search
