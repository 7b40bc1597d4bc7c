"""The stage table: each row, and for every other pair of stage and fact: nothing."""

from decimal import Decimal
from typing import Any

import pytest

from command_api.decide.command import Command
from examples import (
    CONVERSATION,
    DAY,
    INSTANT,
    JOURNEY,
    MARIA,
    MINUTE,
    NEW_JOURNEY,
    NEW_MESSAGE,
    NOW,
    OTHER_APPOINTMENT,
    SERRA,
    THIRD_APPOINTMENT,
    VITORIA,
    anonymize,
    became_active,
    became_inactive,
    became_suspended,
    book,
    but,
    cancel,
    cancelled,
    complete,
    completed,
    confirm,
    confirmed,
    conversation_started,
    deactivate,
    journey,
    mark_no_show,
    moved_to,
    receive,
    reschedule,
    scheduled,
)
from given_when_then import names
from healz.events import Event
from healz.events.journey import JourneyRecovered, JourneyStageChanged, JourneyStarted, RiskScoreRecalculated
from healz.events.stages import INACTIVE_STAGES, Stage
from journey_examples import (
    ACTIVE,
    FACTS,
    MOVES,
    STAGES,
    STARTING,
    VISIT,
    Fact,
    anonymized,
    another,
    another_confirmed,
    booked,
    booked_in_time,
    booked_later,
    bot_began,
    called_off,
    cancelled_after_visit,
    cancelled_all,
    cancelled_one_confirmed,
    cancelled_one_live,
    clinic_began,
    earlier_no_show,
    factor,
    first_no_show,
    inactive,
    journey_started,
    missed,
    moved,
    moved_one_confirmed,
    no_show_after_visit,
    patient_began,
    rated,
    report,
    second_no_show,
    to_follow_up,
    visited,
    was_completed,
    was_confirmed,
    was_told,
    was_told_off,
)

OPEN = "initiated first_contact recovered no_show at_risk attended"
ANY = " ".join(ACTIVE)
ROWS: list[tuple[Fact, str, str]] = [
    # fact, from, to
    (was_told, "at_risk no_show", "recovered"),
    (patient_began, "initiated", "first_contact"),
    (clinic_began, "initiated", "first_contact"),
    (bot_began, "initiated", "first_contact"),
    (was_told, "initiated", "first_contact"),
    (was_told_off, "initiated", "first_contact"),
    (booked, OPEN, "scheduled"),
    (booked_in_time, OPEN, "scheduled"),
    (booked_later, OPEN, "scheduled"),
    (booked_later, "follow_up", "returned"),
    (booked, "follow_up", "scheduled"),
    (booked_in_time, "follow_up", "scheduled"),
    (was_confirmed, "initiated first_contact scheduled returned at_risk no_show recovered", "confirmed"),
    (was_completed, ANY, "attended"),
    (to_follow_up, ANY, "attended follow_up"),
    (first_no_show, "initiated first_contact scheduled confirmed attended follow_up returned recovered", "no_show"),
    (
        no_show_after_visit,
        "initiated first_contact scheduled confirmed attended follow_up returned recovered",
        "no_show",
    ),
    (second_no_show, ANY, "at_risk"),
    (cancelled_one_confirmed, "scheduled confirmed returned", "confirmed"),
    (cancelled_one_live, "scheduled confirmed", "scheduled"),
    (cancelled_one_live, "returned", "returned"),
    (cancelled_after_visit, "scheduled confirmed returned", "follow_up"),
    (cancelled_all, "scheduled confirmed returned", "first_contact"),
    (moved_one_confirmed, "scheduled confirmed returned", "confirmed"),
    (moved, "scheduled confirmed", "scheduled"),
    (moved, "returned", "returned"),
    (inactive, ANY, "cancelled"),
    (anonymized, ANY, "cancelled"),
]
TABLE = {(fact.name, stage): (fact, to) for fact, stages, to in ROWS for stage in stages.split()}
NO_ROW = [(stage, fact) for stage in STAGES for fact in FACTS if (fact.name, stage) not in TABLE]
STARTS = {fact.name for fact in STARTING}
BEGINS = [(stage, fact) for stage, fact in NO_ROW if stage in INACTIVE_STAGES and fact.name in STARTS]
"""Where a new journey takes the place of one that ended."""


BOOKINGS = [booked, booked_in_time, booked_later]
FIRST_CONTACTS = [patient_began, was_told, was_told_off]


def ids(value: Any) -> str:
    return value.name if isinstance(value, Fact) else str(value)


def story(stage: Stage, fact: Fact) -> Any:
    return journey.given(journey_started, *fact.before, moved_to(stage)).at(fact.at).about(fact.target).by(fact.role)


@pytest.mark.parametrize(
    ("stage", "fact", "to"), [(stage, fact, to) for (_, stage), (fact, to) in TABLE.items()], ids=ids
)
def test_a_row_of_the_table(stage: Stage, fact: Fact, to: str) -> None:
    outcome = story(stage, fact).when(fact.command)
    expected, present = [], stage
    for new in to.split():
        if new != present:
            expected.append((present, new))
            present = new  # type: ignore[assignment]  # a stage, by the table
    if to == "recovered":
        recovery = JourneyRecovered(
            journey_id=JOURNEY,
            patient_id=MARIA,
            clinic_id=VITORIA,
            recovery_reason="message_received",
            message_id=NEW_MESSAGE,
            previous_risk_score=Decimal("0.00"),
            recovered_at=fact.at,
        )
        assert outcome.of(*MOVES) == [recovery]
        return
    moves = outcome.of(*MOVES)
    assert [(move.previous_stage, move.new_stage) for move in moves] == expected
    assert {(move.journey_id, move.patient_id, move.clinic_id, move.changed_at) for move in moves} <= {
        (JOURNEY, MARIA, VITORIA, fact.at)
    }
    assert "JourneyStarted" not in names(outcome.events)
    assert outcome.events[0].patient_id == MARIA


@pytest.mark.parametrize(
    ("stage", "fact"),
    [pair for pair in NO_ROW if pair not in BEGINS],
    ids=ids,
)
def test_where_there_is_no_row_nothing_changes(stage: Stage, fact: Fact) -> None:
    outcome = story(stage, fact).when(fact.command)
    assert outcome.of(*MOVES) == []
    assert outcome.events, "the fact itself is recorded"


def test_every_pair_is_covered() -> None:
    assert len(STAGES) == 13
    assert {fact.name for fact, _, _ in ROWS} <= {fact.name for fact in FACTS}
    assert len(TABLE) + len(NO_ROW) == len(STAGES) * len(FACTS)
    assert {fact.name for fact in BOOKINGS} | {fact.name for fact in FIRST_CONTACTS} == STARTS
    assert {(stage, fact.name) for stage, fact in BEGINS} == {
        (stage, start) for stage in INACTIVE_STAGES for start in STARTS
    }


def test_a_row_whose_target_is_the_present_stage_changes_nothing() -> None:
    journey.given(journey_started, scheduled, confirmed, moved_to("confirmed")).when(confirm).then()
    journey.given(journey_started, scheduled, moved_to("scheduled")).when(reschedule).then()


# A journey begins


@pytest.mark.parametrize("stage", sorted(INACTIVE_STAGES))
@pytest.mark.parametrize("fact", BOOKINGS, ids=ids)
def test_a_booking_after_the_end_starts_a_new_journey(fact: Fact, stage: Stage) -> None:
    """The old journey's visits are not the new one's: not ``returned``, even a week later."""
    outcome = story(stage, fact).when(fact.command)
    outcome.then(
        JourneyStarted(
            journey_id=NEW_JOURNEY,
            patient_id=MARIA,
            clinic_id=VITORIA,
            initiated_by="appointment_scheduled",
            started_at=NOW,
        ),
        but(
            moved_to("scheduled", previous="initiated"),
            journey_id=NEW_JOURNEY,
            reason="appointment_scheduled",
            changed_at=NOW,
        ),
    )


def test_an_earlier_journeys_visits_are_not_this_ones() -> None:
    fresh = but(journey_started, journey_id=NEW_JOURNEY)
    moved_there = but(moved_to("scheduled"), journey_id=NEW_JOURNEY)
    before = (journey_started, *visited(20 * DAY), moved_to("cancelled"), scheduled, fresh, moved_there)
    assert journey.given(*before).when(cancel).only().new_stage == "first_contact"


def test_the_first_booking_starts_a_journey_in_the_same_commit() -> None:
    journey.when(book).then_in_order("AppointmentScheduled", "JourneyStarted", "JourneyStageChanged")


@pytest.mark.parametrize("stage", [None, *sorted(INACTIVE_STAGES)])
@pytest.mark.parametrize("fact", FIRST_CONTACTS, ids=ids)
def test_a_first_contact_starts_a_journey(fact: Fact, stage: Stage | None) -> None:
    before = [journey_started, moved_to(stage)] if stage else []
    outcome = journey.given(*before, *fact.before).about(fact.target).by(fact.role).when(fact.command)
    reason = "conversation_started" if fact is patient_began else "message_received"
    assert outcome.events[1:3] == [
        JourneyStarted(
            journey_id=NEW_JOURNEY, patient_id=MARIA, clinic_id=VITORIA, initiated_by="first_contact", started_at=NOW
        ),
        but(moved_to("first_contact"), journey_id=NEW_JOURNEY, reason=reason, changed_at=NOW),
    ]
    signs = ["RiskDetected", "RiskScoreRecalculated"] if fact is was_told_off else []
    assert names(outcome.events[3:]) == signs
    assert {event.aggregate_id for event in outcome.events[1:]} == {NEW_JOURNEY}


def test_a_message_starts_a_journey_when_it_was_written() -> None:
    late = but(receive, timestamp=NOW - 2 * DAY)
    started, moved_on = journey.given(conversation_started).about(CONVERSATION).when(late).events[1:]
    assert isinstance(started, JourneyStarted)
    assert isinstance(moved_on, JourneyStageChanged)
    assert started.started_at == moved_on.changed_at == NOW - 2 * DAY


@pytest.mark.parametrize("status", [became_inactive, became_suspended])
@pytest.mark.parametrize("fact", [patient_began, was_told, was_told_off], ids=ids)
def test_what_a_patient_says_who_is_not_active_moves_nothing(fact: Fact, status: Event) -> None:
    story = journey.about(fact.target).by(fact.role)
    for before in ([], [journey_started]):
        outcome = story.given(*before, status, *fact.before).when(fact.command)
        outcome.then()
        assert outcome.events, "the fact itself is recorded"


def test_an_imported_journey_starts_when_its_fact_happened() -> None:
    at = NOW - 100 * DAY
    outcome = journey.by("import").when(but(book, scheduled_for=at + DAY, occurred_at=at))
    started, stage = outcome.events[1:]
    assert isinstance(started, JourneyStarted)
    assert isinstance(stage, JourneyStageChanged)
    assert (started.started_at, stage.changed_at) == (at, at)


def test_each_clinic_has_its_own_journey() -> None:
    elsewhere = but(book, clinic_id=SERRA)
    outcome = journey.given(journey_started, moved_to("at_risk")).when(elsewhere)
    started, stage = outcome.events[1:]
    assert isinstance(started, JourneyStarted)
    assert isinstance(stage, JourneyStageChanged)
    assert (started.clinic_id, stage.clinic_id, stage.journey_id) == (SERRA, SERRA, NEW_JOURNEY)
    assert outcome.case.journeys[VITORIA].stage == "at_risk"


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact.name not in STARTS], ids=ids)
def test_nothing_else_starts_one(fact: Fact) -> None:
    journey.given(*fact.before).at(fact.at).about(fact.target).by(fact.role).when(fact.command).then()


def test_a_patient_who_came_back_starts_anew() -> None:
    outcome = journey.given(journey_started, moved_to("cancelled"), became_inactive, became_active).when(book)
    assert names(outcome.events) == ["AppointmentScheduled", "JourneyStarted", "JourneyStageChanged"]


# What counts, counts in its own clinic


def test_another_clinics_no_show_does_not_count() -> None:
    elsewhere = [but(event, clinic_id=SERRA) for event in earlier_no_show]
    outcome = journey.given(journey_started, *elsewhere, scheduled, moved_to("scheduled")).at(VISIT).when(mark_no_show)
    (move,) = outcome.of(*MOVES)
    assert move.new_stage == "no_show"


def test_another_clinics_appointment_is_not_a_live_one_here() -> None:
    elsewhere = [but(another, clinic_id=SERRA), but(another_confirmed, clinic_id=SERRA)]
    outcome = journey.given(journey_started, *elsewhere, scheduled, moved_to("scheduled")).when(cancel)
    assert outcome.only().new_stage == "first_contact"


def test_a_cancelled_appointment_is_not_live_and_its_confirmation_is_gone() -> None:
    before = (scheduled, another, another_confirmed, but(cancelled, appointment_id=THIRD_APPOINTMENT))
    (move,) = journey.given(journey_started, *before, moved_to("scheduled")).when(cancel).of(*MOVES)
    assert move.new_stage == "first_contact"


def test_a_rescheduled_appointment_is_unconfirmed() -> None:
    outcome = journey.given(journey_started, scheduled, confirmed, moved_to("confirmed")).when(reschedule)
    assert outcome.only().new_stage == "scheduled"


def test_the_newest_visit_counts_even_when_an_older_one_is_recorded_later() -> None:
    late_record = but(completed, appointment_id=THIRD_APPOINTMENT, completed_at=NOW - 90 * DAY)
    before = (*visited(3 * DAY), another, late_record)
    outcome = journey.given(journey_started, *before, moved_to("follow_up")).when(book)
    assert outcome.only().new_stage == "scheduled"


def test_seven_days_go_by_when_the_booking_was_made_not_by_its_date() -> None:
    far = but(book, scheduled_for=NOW + 60 * DAY)
    outcome = journey.given(journey_started, *visited(DAY), moved_to("follow_up")).when(far)
    assert outcome.only().new_stage == "scheduled"


@pytest.mark.parametrize(
    ("fact", "stage", "reason"),
    [
        (booked, "initiated", "appointment_scheduled"),
        (was_told, "initiated", "message_received"),
        (patient_began, "initiated", "conversation_started"),
        (was_confirmed, "scheduled", "appointment_confirmed"),
        (moved, "confirmed", "appointment_rescheduled"),
        (cancelled_all, "scheduled", "appointment_cancelled"),
        (first_no_show, "scheduled", "appointment_marked_as_no_show"),
        (was_completed, "scheduled", "appointment_completed"),
        (inactive, "scheduled", "patient_inactive"),
        (anonymized, "scheduled", "patient_anonymized"),
    ],
    ids=ids,
)
def test_a_move_says_why(fact: Fact, stage: Stage, reason: str) -> None:
    (move,) = story(stage, fact).when(fact.command).of(*MOVES)
    assert move.reason == reason


def test_the_whole_normal_way() -> None:
    after = journey.when(book)
    stages = [after.case.journeys[VITORIA].stage]
    for command, at in [(confirm, NOW), (but(complete, requires_follow_up=True), VISIT)]:
        after = journey.where(case=after.case).at(at).when(command)
        stages += [event.new_stage for event in after.events if isinstance(event, JourneyStageChanged)]
    again = journey.where(case=after.case).about(OTHER_APPOINTMENT).at(VISIT + 8 * DAY)
    stages += [again.when(but(book, scheduled_for=VISIT + 9 * DAY)).only().new_stage]
    assert stages == ["scheduled", "confirmed", "attended", "follow_up", "returned"]


def test_a_live_appointment_counts_where_its_time_is_long_past() -> None:
    """What nobody closed is live for the table, though it no longer lies ahead."""
    past = but(another, scheduled_for=NOW - 20 * DAY)
    outcome = journey.given(journey_started, past, scheduled, moved_to("returned")).when(cancel)
    assert outcome.of(JourneyStageChanged) == []


# The row of the risk


CALLED_OFF = (*called_off(1), *called_off(2))
HALF = rated("0.00", "0.50", "medium", factor("cancellation", "0.50", "medium"))
HIGH = rated("0.00", "0.90", "critical", factor("no_show", "0.90", "high"), factor("cancellation", "0.50", "medium"))
RISES = (*CALLED_OFF, HALF)
STAYS = (*missed(3), *missed(4), *CALLED_OFF, HIGH)
BELOW = (rated("0.00", "0.00", "low"),)
AHEAD = scheduled
OVER = but(scheduled, scheduled_for=NOW - DAY - 30 * MINUTE)
STILL = but(OVER, scheduled_for=OVER.scheduled_for + INSTANT)


@pytest.mark.parametrize("stage", ACTIVE)
@pytest.mark.parametrize(
    ("before", "booking", "moves"),
    [
        (RISES, None, True),
        (RISES, AHEAD, True),
        (STAYS, None, True),
        (STAYS, AHEAD, False),
        (STAYS, STILL, False),
        (STAYS, OVER, True),
        (BELOW, None, False),
        (BELOW, AHEAD, False),
    ],
    ids=[
        "it rises across 0.70",
        "it rises across 0.70, an appointment lies ahead",
        "it was there, no appointment",
        "it was there, an appointment lies ahead",
        "it was there, an appointment ended an instant less than 24 h ago",
        "it was there, an appointment ended 24 h ago",
        "it stays below",
        "it stays below, an appointment lies ahead",
    ],
)
def test_a_high_score_puts_a_journey_at_risk(
    stage: Stage, before: tuple[Event, ...], booking: Event | None, moves: bool
) -> None:
    booked = [booking] if booking is not None else []
    outcome = journey.given(journey_started, *before, *booked, moved_to(stage)).about(JOURNEY).when(report)
    expected = [("risk_score_recalculated", stage, "at_risk", NOW)] if moves and stage != "at_risk" else []
    made = outcome.of(*MOVES)
    assert [(move.reason, move.previous_stage, move.new_stage, move.changed_at) for move in made] == expected
    assert len(outcome.of(RiskScoreRecalculated)) == 1


# Who leaves, and who is suspended


@pytest.mark.parametrize(("command", "reason"), [(deactivate, "patient_inactive"), (anonymize, "patient_anonymized")])
def test_who_leaves_is_cancelled_in_every_clinic_and_no_row_runs_beside(command: Command, reason: str) -> None:
    """Two appointments are cancelled for them: no sign of risk, and no other stage on the way."""
    here = (conversation_started, journey_started, scheduled, another, moved_to("scheduled"))
    elsewhere = but(journey_started, journey_id=NEW_JOURNEY, clinic_id=SERRA)
    outcome = journey.given(*here, elsewhere).about(MARIA).when(command)
    fact = "PatientStatusChanged" if command is deactivate else "PatientAnonymized"
    outcome.then_in_order(
        fact,
        "AppointmentCancelled",
        "AppointmentCancelled",
        "ConversationClosed",
        "JourneyStageChanged",
        "JourneyStageChanged",
    )
    outcome.then(
        but(moved_to("cancelled", previous="scheduled"), reason=reason, changed_at=NOW),
        but(
            moved_to("cancelled", previous="initiated"),
            journey_id=NEW_JOURNEY,
            clinic_id=SERRA,
            reason=reason,
            changed_at=NOW,
        ),
    )


@pytest.mark.parametrize(
    ("fact", "to"),
    [
        (was_confirmed, "confirmed"),
        (cancelled_all, "first_contact"),
        (first_no_show, "no_show"),
        (was_completed, "attended"),
    ],
    ids=ids,
)
def test_what_becomes_of_a_suspended_patients_appointment_moves_the_journey(fact: Fact, to: str) -> None:
    """They are not booked, and what they say moves nothing; but a visit that they had is one."""
    before = (journey_started, *fact.before, moved_to("scheduled"), became_suspended)
    moves = journey.given(*before).at(fact.at).when(fact.command).of(JourneyStageChanged)
    assert [move.new_stage for move in moves] == [to]


def test_what_a_suspended_patient_says_is_no_sign() -> None:
    before = (conversation_started, journey_started, moved_to("at_risk"), became_suspended)
    for said in (receive, but(receive, sentiment="negative")):
        journey.given(*before).about(CONVERSATION).when(said).then_in_order("MessageReceived")
