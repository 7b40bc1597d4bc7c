"""The journey read model: what each fact does to the row, and that it does nothing else."""

from decimal import Decimal
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from examples import (
    CONVERSATION,
    DAY,
    HOUR,
    JOURNEY,
    MARIA,
    MINUTE,
    NEW_JOURNEY,
    NOW,
    OTHER_APPOINTMENT,
    OTHER_CONVERSATION,
    OTHER_PHONE,
    PHONE,
    SERRA,
    TENANT,
    VITORIA,
    abandoned,
    agent_assigned,
    anonymized,
    became_inactive,
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
    journey_view,
    medical_history_updated,
    message_received,
    message_sent,
    moved_to,
    no_show,
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
    silence,
)
from given_when_then import event_id
from healz.events.stages import INACTIVE_STAGES, Stage

registered_only = journey_view.given(registered)
caused = registered_only.given(scheduled)
started = caused.given(journey_started)
"""Not caused by the booking before it, as far as the log says: nothing is counted."""
START = scheduled.scheduled_for
another = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=START + 5 * DAY)


def test_started_makes_the_row_and_counts_its_cause() -> None:
    caused.when(journey_started, caused_by=event_id(2)).then_row(
        tenant_id=TENANT,
        journey_id=JOURNEY,
        version=1,
        clinic_id=VITORIA,
        patient_id=MARIA,
        current_stage="initiated",
        stage_changed_at=journey_started.started_at,
        first_contact_at=journey_started.started_at,
        last_interaction_at=journey_started.started_at,
        patient_name="Maria Aparecida da Silva",
        patient_phone=PHONE,
        started_at=journey_started.started_at,
        updated_at=NOW + 3 * MINUTE,
        risk_score=Decimal("0.00"),
        risk_level="low",
        is_active=True,
        total_appointments=1,
        next_appointment_at=START,
    )


@pytest.mark.parametrize("causation_id", [None, event_id(1), JOURNEY], ids=["none", "another event", "a command"])
def test_a_manual_start_counts_nothing(causation_id: Any) -> None:
    manual = but(journey_started, initiated_by="manual")
    after = caused.when(manual, caused_by=causation_id).after
    assert (after.total_appointments, after.next_appointment_at) == (0, START)


def test_a_manual_start_after_a_journey_that_ended_counts_nothing() -> None:
    ended = journey_view.given(registered, but(journey_started, journey_id=NEW_JOURNEY), scheduled)
    over = ended.given(but(moved_to("cancelled"), journey_id=NEW_JOURNEY))
    assert over.when(but(journey_started, initiated_by="manual")).after.total_appointments == 0


@pytest.mark.parametrize("stage", get_args(Stage))
def test_a_stage(stage: Stage) -> None:
    before = started.given(moved_to("first_contact"))
    row = before.rows.journeys[JOURNEY]
    after = before.when(moved_to(stage, previous="first_contact")).after
    expected: dict[str, Any] = {
        "current_stage": stage,
        "previous_stage": "first_contact",
        "stage_changed_at": NOW - HOUR,
        "needs_follow_up": stage in ("no_show", "at_risk", "follow_up"),
        "is_active": stage not in INACTIVE_STAGES,
        "version": 3,
        "updated_at": NOW + 5 * MINUTE,
    }
    assert after == replace(row, **expected)


def test_inactive_stages_are_the_final_ones_and_abandoned() -> None:
    assert {"abandoned", "completed", "cancelled"} == INACTIVE_STAGES


AFTER = NOW + 3 * DAY

# What ends a journey, leads it back, or only moves it: the event, and what it changes beside the stages.
STAGE_EVENTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "to at risk": (but(moved_to("at_risk"), changed_at=AFTER), {"needs_follow_up": True}),
    "to cancelled": (but(moved_to("cancelled"), changed_at=AFTER), {"is_active": False}),
    "recovered": (but(recovered, recovered_at=AFTER), {"last_interaction_at": AFTER}),
    "abandoned": (but(abandoned, abandoned_at=AFTER), {"is_active": False}),
    "completed": (but(journey_completed, completed_at=AFTER), {"is_active": False, "completed_at": AFTER}),
}
STAGE_AFTER = {"to at risk": "at_risk", "to cancelled": "cancelled"}


@pytest.mark.parametrize("name", STAGE_EVENTS)
def test_a_stage_event_says_where_to_and_since_when(name: str) -> None:
    event, changed = STAGE_EVENTS[name]
    stage = STAGE_AFTER.get(name, name)
    started.given(moved_to("confirmed")).when(event).then(
        previous_stage="confirmed", current_stage=stage, stage_changed_at=AFTER, **changed
    )


def test_recovery_and_end_need_no_follow_up_any_more() -> None:
    risky = started.given(moved_to("at_risk"))
    for event in (recovered, abandoned, journey_completed, moved_to("cancelled")):
        assert not risky.when(event).after.needs_follow_up


def test_a_late_recovery_moves_the_stage_but_not_the_last_interaction() -> None:
    at = journey_started.started_at - DAY
    started.when(but(recovered, recovered_at=at)).then(
        previous_stage="initiated", current_stage="recovered", stage_changed_at=at
    )


def test_a_journey_that_was_abandoned_can_be_completed_though_a_newer_one_runs() -> None:
    over = started.given(moved_to("at_risk"), abandoned)
    newer = over.given(but(journey_started, journey_id=NEW_JOURNEY, initiated_by="manual"))
    for view in (over, newer):
        view.when(but(journey_completed, completed_at=AFTER)).then(
            previous_stage="abandoned", current_stage="completed", stage_changed_at=AFTER, completed_at=AFTER
        )
    rows = newer.given(journey_completed).rows
    assert rows.journeys[NEW_JOURNEY] is newer.rows.journeys[NEW_JOURNEY]
    assert rows.active_in(VITORIA) == rows.journeys[NEW_JOURNEY]


def test_the_next_journey_after_an_abandoned_one_has_no_risk_yet() -> None:
    over = started.given(recalculated, risk_escalated, abandoned)
    fresh = over.given(but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW)).rows.journeys[NEW_JOURNEY]
    assert (fresh.risk_score, fresh.risk_level, fresh.risk_indicators) == (Decimal("0.00"), "low", [])
    assert (fresh.has_escalation, fresh.escalated_at, fresh.last_risk_calculated_at) == (False, None, None)


# Risk

NO_SHOW = but(silence, type="no_show", weight="0.3", value="0.9", detected_at=NOW - DAY)


def test_a_new_sign_changes_no_column() -> None:
    started.when(risk_detected).then()


def test_a_score_brings_its_level_and_the_complete_set_of_signs() -> None:
    scored = started.when(recalculated)
    shown = {
        "type": "silence",
        "weight": 0.4,
        "value": 0.7,
        "severity": "high",
        "detected_at": "2026-03-02T12:00:00.000000Z",
    }
    scored.then(risk_score=Decimal("0.70"), risk_level="high", risk_indicators=[shown], last_risk_calculated_at=NOW)
    assert scored.after.risk_indicators == recalculated.model_dump(mode="json")["contributing_factors"]


def test_a_sign_that_is_not_in_the_newest_set_is_gone() -> None:
    worse = but(recalculated, new_score="1.00", risk_level="critical", contributing_factors=(silence, NO_SHOW))
    both = started.given(recalculated, worse)
    assert [indicator["type"] for indicator in both.rows.journeys[JOURNEY].risk_indicators] == ["silence", "no_show"]
    left = both.when(but(recalculated, new_score="0.90", risk_level="critical", contributing_factors=(NO_SHOW,)))
    left.then(risk_score=Decimal("0.90"), risk_indicators=[NO_SHOW.model_dump(mode="json")])
    none = both.when(but(recalculated, new_score="0.00", risk_level="low", contributing_factors=()))
    none.then(risk_score=Decimal("0.00"), risk_level="low", risk_indicators=[])


def test_an_equal_score_of_other_signs_is_told_too() -> None:
    again = but(recalculated, contributing_factors=(NO_SHOW,), recalculated_at=AFTER)
    started.given(recalculated).when(again).then(
        risk_indicators=[NO_SHOW.model_dump(mode="json")], last_risk_calculated_at=AFTER
    )


def test_a_score_of_one_clinic_is_not_the_others() -> None:
    there = {"journey_id": NEW_JOURNEY, "clinic_id": SERRA}
    both = started.given(but(journey_started, **there))
    row = both.rows.journeys[JOURNEY]
    after = both.given(but(recalculated, **there), but(risk_escalated, **there)).rows.journeys
    assert after[JOURNEY] is row
    assert (after[NEW_JOURNEY].risk_score, after[NEW_JOURNEY].has_escalation) == (Decimal("0.70"), True)


# Escalation: two flags, and one column that shows either

waiting = started.given(conversation_started)


def test_a_risk_that_was_escalated_shows() -> None:
    started.when(risk_escalated).then(has_escalation=True, escalated_at=NOW)
    started.given(risk_escalated).when(but(risk_escalated, escalated_at=AFTER)).then(escalated_at=AFTER)


# What takes the risk's own flag down, with or without a conversation that waits; and all that it changes.
CALMING: dict[str, tuple[Any, dict[str, Any]]] = {
    **{name: STAGE_EVENTS[name] for name in ("recovered", "abandoned", "completed", "to cancelled")},
    "a visit": (
        completed,
        {"last_appointment_at": completed.completed_at, "last_interaction_at": completed.completed_at}
        | {"next_appointment_at": None},
    ),
}


@pytest.mark.parametrize("name", CALMING)
def test_recovery_a_visit_or_the_end_takes_the_risks_flag_down(name: str) -> None:
    event, changed = CALMING[name]
    if name != "a visit":
        stage = {"current_stage": STAGE_AFTER.get(name, name), "previous_stage": "initiated", "stage_changed_at": AFTER}
        changed = changed | stage
    started.given(risk_escalated).when(event).then(escalated_at=None, has_escalation=False, **changed)
    waiting.given(risk_escalated, escalated).when(event).then(escalated_at=None, **changed)


@pytest.mark.parametrize(
    "event",
    [no_show, cancelled, moved_to("at_risk"), recalculated, risk_detected, message_received, confirmed],
    ids=lambda event: type(event).__name__,
)
def test_nothing_else_takes_it_down(event: Any) -> None:
    after = waiting.given(risk_escalated).when(event).after
    assert (after.has_escalation, after.escalated_at) == (True, NOW)


def test_a_visit_elsewhere_takes_nothing_down() -> None:
    started.given(risk_escalated).when(but(completed, clinic_id=SERRA)).then()


def test_the_end_of_a_conversation_takes_its_own_flag_down_and_not_the_risks() -> None:
    for event in (escalation_resolved, conversation_closed):
        waiting.given(escalated, risk_escalated).when(event).then()
        waiting.given(risk_escalated, escalated).when(event).then()
        waiting.given(escalated, risk_escalated, recovered).when(event).then(has_escalation=False)


def test_a_conversation_that_escalates_says_nothing_of_when_the_risk_did() -> None:
    waiting.given(risk_escalated).when(escalated).then()
    waiting.when(escalated).then(has_escalation=True)


def test_completing_an_abandoned_journey_leaves_what_waits_in_its_conversation() -> None:
    over = waiting.given(escalated, risk_escalated, abandoned)
    over.shows(has_escalation=True, escalated_at=None)
    over.given(journey_completed).shows(has_escalation=True)
    over.given(journey_completed).when(escalation_resolved).then(has_escalation=False)
    calm = started.given(abandoned, conversation_started, escalated)
    calm.given(journey_completed).shows(has_escalation=False)


# Facts of the patient and clinic: counts and dates of the active journey


def test_scheduled() -> None:
    started.when(another).then(total_appointments=1)
    at = NOW + HOUR
    sooner = but(another, scheduled_for=START - DAY, scheduled_at=at)
    started.when(sooner).then(total_appointments=1, next_appointment_at=START - DAY, last_interaction_at=at)


def test_confirmed() -> None:
    started.when(confirmed).then(last_interaction_at=NOW)


def test_rescheduled() -> None:
    started.when(rescheduled).then(next_appointment_at=rescheduled.new_scheduled_for, last_interaction_at=NOW)


def test_cancelled() -> None:
    started.when(cancelled).then(cancelled_appointments=1, next_appointment_at=None, last_interaction_at=NOW)
    started.given(another).when(cancelled).then(
        cancelled_appointments=1, next_appointment_at=another.scheduled_for, last_interaction_at=NOW
    )


def test_no_show_is_no_interaction() -> None:
    started.when(no_show).then(missed_appointments=1, next_appointment_at=None)


def test_completed() -> None:
    at = completed.completed_at
    started.when(completed).then(last_appointment_at=at, last_interaction_at=at, next_appointment_at=None)


def test_the_last_appointment_is_the_latest_visit() -> None:
    seen = started.given(another, completed)
    earlier = but(completed, appointment_id=OTHER_APPOINTMENT, completed_at=NOW - 20 * DAY)
    seen.when(earlier).then(next_appointment_at=None)


@pytest.mark.parametrize("event", [reminder_sent, reminder_failed], ids=lambda event: type(event).__name__)
def test_a_reminder_changes_nothing(event: Any) -> None:
    started.when(event).then_nothing()


def test_what_the_system_does_is_no_interaction() -> None:
    started.when(but(confirmed, confirmed_by="system")).then_nothing()
    started.when(but(cancelled, cancelled_by="system")).then(cancelled_appointments=1, next_appointment_at=None)


def test_a_late_delivery_never_moves_the_last_interaction_back() -> None:
    started.when(but(confirmed, confirmed_at=NOW - 9 * DAY)).then_nothing()


def test_another_clinics_facts_are_not_counted() -> None:
    elsewhere = but(another, clinic_id=SERRA)
    started.when(elsewhere).then()
    started.given(elsewhere).when(but(cancelled, appointment_id=OTHER_APPOINTMENT, clinic_id=SERRA)).then()


def test_a_journey_that_ended_counts_no_more() -> None:
    ended = started.given(moved_to("cancelled"))
    ended.when(cancelled).then()
    ended.when(confirmed).then_nothing()
    ended.when(another).then()


def test_the_next_journey_begins_with_its_own_counts() -> None:
    ended = journey_view.given(registered, but(journey_started, journey_id=NEW_JOURNEY), another, no_show)
    over = ended.given(but(moved_to("cancelled"), journey_id=NEW_JOURNEY), scheduled)
    fresh = over.when(but(journey_started, started_at=NOW), caused_by=event_id(6)).after
    assert (fresh.total_appointments, fresh.missed_appointments, fresh.last_appointment_at) == (1, 0, None)
    assert fresh.next_appointment_at == START


def test_a_booking_that_found_an_active_journey_is_counted_once() -> None:
    view = journey_view.given(registered, journey_started, scheduled)
    view.shows(total_appointments=1)
    over = view.given(moved_to("cancelled"))
    again = over.when(but(journey_started, journey_id=NEW_JOURNEY), caused_by=event_id(3))
    assert again.before == again.after, "the old journey is left alone"
    rows = over.given(but(journey_started, journey_id=NEW_JOURNEY)).rows
    assert rows.journeys[NEW_JOURNEY].total_appointments == 0


# Conversations


talking = started.given(conversation_started)
contacted = but(journey_started, initiated_by="first_contact", started_at=NOW)
SAID = but(message_received, timestamp=NOW + HOUR)


def conversation_of(view: Any, key: Any = CONVERSATION) -> Any:
    return view.rows.conversations[key]


def test_a_message_received_counts() -> None:
    talking.when(SAID).then(total_interactions=1, last_interaction_at=NOW + HOUR)


def test_a_message_that_came_late_counts_and_moves_nothing_back() -> None:
    talking.when(but(message_received, timestamp=NOW - 9 * DAY)).then(total_interactions=1)


@pytest.mark.parametrize(
    "event",
    [message_sent, intent_detected, agent_assigned, conversation_closed],
    ids=lambda event: type(event).__name__,
)
def test_what_else_is_said_is_no_interaction(event: Any) -> None:
    talking.when(event).then()


def test_a_conversations_start_is_no_interaction() -> None:
    started.when(but(conversation_started, initiated_by="patient")).then()


def test_the_message_that_starts_a_journey_is_counted() -> None:
    view = journey_view.given(registered, conversation_started, message_received)
    after = view.when(contacted, caused_by=event_id(3)).after
    assert (after.total_interactions, after.total_appointments, after.last_interaction_at) == (1, 0, NOW)
    assert view.when(contacted, caused_by=event_id(2)).after.total_interactions == 0


def test_the_conversation_that_starts_a_journey_is_no_message() -> None:
    view = journey_view.given(registered, but(conversation_started, initiated_by="patient"))
    assert view.when(contacted, caused_by=event_id(2)).after.total_interactions == 0


def test_a_message_that_found_an_active_journey_is_counted_once() -> None:
    over = talking.given(SAID, moved_to("cancelled"))
    over.shows(total_interactions=1)
    rows = over.given(but(contacted, journey_id=NEW_JOURNEY)).rows
    assert rows.journeys[NEW_JOURNEY].total_interactions == 0


def test_a_message_after_the_end_leaves_the_journey_alone() -> None:
    talking.given(moved_to("cancelled")).when(SAID).then()


def test_an_escalated_conversation_shows_until_it_is_resolved_or_closed() -> None:
    waits = talking.given(SAID)
    waits.when(escalated).then(has_escalation=True)
    waits.given(escalated).when(escalation_resolved).then(has_escalation=False)
    waits.given(escalated).when(conversation_closed).then(has_escalation=False)
    waits.given(escalated).when(but(message_sent, sender="agent")).then()


def test_another_clinics_conversation_is_not_counted() -> None:
    there = {"conversation_id": OTHER_CONVERSATION, "clinic_id": SERRA}
    elsewhere = started.given(but(conversation_started, **there))
    elsewhere.when(but(SAID, **there)).then()
    elsewhere.when(but(escalated, **there)).then()
    both = elsewhere.given(conversation_started, escalated)
    both.when(but(conversation_closed, **there)).then()


def test_a_journey_that_starts_while_somebody_waits_says_so() -> None:
    over = talking.given(escalated, moved_to("abandoned"))
    rows = over.given(but(contacted, journey_id=NEW_JOURNEY)).rows
    assert rows.journeys[NEW_JOURNEY].has_escalation


def test_a_journey_that_ended_loses_the_flag_with_the_conversation() -> None:
    over = talking.given(escalated, moved_to("abandoned"))
    over.shows(has_escalation=True)
    over.when(conversation_closed).then(has_escalation=False)
    over.given(conversation_closed, but(conversation_started, conversation_id=OTHER_CONVERSATION)).when(
        but(escalated, conversation_id=OTHER_CONVERSATION)
    ).then()


@pytest.mark.parametrize(
    ("events", "status", "last_message_at"),
    [
        ((), "initiated", NOW - DAY),
        ((SAID,), "active", NOW + HOUR),
        ((message_sent,), "awaiting_response", NOW - HOUR),
        ((SAID, message_sent), "awaiting_response", NOW + HOUR),
        ((but(SAID, timestamp=NOW - 9 * DAY),), "active", NOW - DAY),
        ((escalated,), "escalated", NOW - DAY),
        ((escalated, SAID), "escalated", NOW + HOUR),
        ((escalated, but(message_sent, sender="agent")), "escalated", NOW - HOUR),
        ((escalated, escalation_resolved), "active", NOW - DAY),
        ((intent_detected, agent_assigned), "initiated", NOW - DAY),
        ((conversation_closed,), "closed", NOW - DAY),
    ],
    ids=str,
)
def test_a_conversations_own_row(events: Any, status: str, last_message_at: Any) -> None:
    row = conversation_of(talking.given(*events))
    assert row.tenant_id == TENANT
    assert (row.conversation_id, row.patient_id, row.clinic_id) == (CONVERSATION, MARIA, VITORIA)
    assert (row.status, row.last_message_at) == (status, last_message_at)
    assert row.version == 1 + len(events)


@pytest.mark.parametrize("event", [intent_detected, agent_assigned], ids=lambda event: type(event).__name__)
def test_what_is_found_out_changes_no_journey(event: Any) -> None:
    before = talking.rows
    assert talking.given(event).rows.journeys is before.journeys


# The patient's name and phone, on all of the patient's rows


def test_name_and_phone_follow() -> None:
    started.when(contact_updated).then(patient_name="Maria da Silva Gonçalves", patient_phone=OTHER_PHONE)
    started.when(anonymized).then(patient_name="Anonymized patient", patient_phone="")


def test_journeys_that_ended_follow_too() -> None:
    started.given(moved_to("cancelled")).when(contact_updated).then(
        patient_name="Maria da Silva Gonçalves", patient_phone=OTHER_PHONE
    )


@pytest.mark.parametrize(
    "event",
    [
        but(contact_updated, new_phone=PHONE, new_full_name="Maria Aparecida da Silva"),
        preferences_updated,
        became_inactive,
        medical_history_updated,
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_changes_nothing_here(event: Any) -> None:
    started.when(event).then_nothing()
