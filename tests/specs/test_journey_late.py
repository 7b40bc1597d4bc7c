"""What comes late: a past that is imported, and messages long under way, leave the present as it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from examples import (
    CONVERSATION,
    DAY,
    HOUR,
    INSTANT,
    NOW,
    OTHER_APPOINTMENT,
    VITORIA,
    book,
    but,
    cancel,
    complete,
    confirmed,
    conversation_started,
    journey,
    mark_no_show,
    moved_to,
    receive,
    scheduled,
)
from given_when_then import Outcome
from healz.events import Event
from healz.events.stages import Stage
from journey_examples import MOVES, factor, journey_started, missed, rated, visited_at

LONG_AGO = NOW - 700 * DAY
OLD = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=LONG_AGO, scheduled_at=LONG_AGO - DAY)
LIVE = (but(scheduled, scheduled_for=NOW + 7 * DAY), confirmed)
TWO_NO_SHOWS = factor("no_show", "0.90", "high", NOW - HOUR)
CLOCKS_DIFFER = timedelta(minutes=5)


def imported(stage: Stage, before: Sequence[Event], command: Any, at: datetime = LONG_AGO) -> Outcome:
    """The outcome of an appointment of long ago is recorded now, by the import."""
    story = journey.given(journey_started, *before, moved_to(stage), OLD)
    return story.about(OTHER_APPOINTMENT).by("import").when(but(command, occurred_at=at))


@pytest.mark.parametrize(
    ("stage", "before", "command"),
    [
        ("at_risk", (*missed(1), *missed(2)), complete),
        ("no_show", missed(1), complete),
        ("no_show", missed(1), mark_no_show),
        ("attended", visited_at(1, NOW - 2 * DAY), mark_no_show),
        ("attended", (*visited_at(1, NOW - 2 * DAY), *missed(2, LONG_AGO)), mark_no_show),
        ("follow_up", visited_at(1, NOW - 2 * DAY, follow_up=True), complete),
        ("confirmed", LIVE, mark_no_show),
        ("confirmed", (*LIVE, *missed(1, LONG_AGO)), mark_no_show),
    ],
    ids=str,
)
def test_a_past_that_is_imported_moves_no_journey_of_the_present(
    stage: Stage, before: Sequence[Event], command: Any
) -> None:
    evidence = journey.given(journey_started, *before).case.journeys[VITORIA].evidence
    outcome = imported(stage, before, command)
    assert outcome.of(*MOVES) == []
    (kept,) = [outcome.case.journeys[VITORIA].evidence]
    assert (kept.no_shows, kept.cancellations) == (evidence.no_shows, evidence.cancellations)
    assert outcome.case.journeys[VITORIA].last_visit_at == (
        journey.given(journey_started, *before).case.journeys[VITORIA].last_visit_at
    )


def test_a_past_without_a_journey_is_judged_as_it_happened() -> None:
    story = journey.by("import").about(OTHER_APPOINTMENT)
    booked = story.when(but(book, scheduled_for=LONG_AGO, occurred_at=LONG_AGO - DAY))
    missed_it = story.where(case=booked.case).when(but(mark_no_show, occurred_at=LONG_AGO + HOUR))
    assert missed_it.case.journeys[VITORIA].stage == "no_show"
    assert missed_it.case.journeys[VITORIA].stage_since == LONG_AGO + HOUR


@pytest.mark.parametrize("written", [NOW - 3 * DAY, NOW - HOUR - CLOCKS_DIFFER - INSTANT])
@pytest.mark.parametrize(("stage", "no_shows"), [("no_show", 1), ("at_risk", 2)])
def test_a_message_from_before_the_no_show_wins_nobody_back(stage: Stage, no_shows: int, written: datetime) -> None:
    events = [event for n in range(no_shows) for event in missed(n)]
    story = journey.given(journey_started, conversation_started, *events, moved_to(stage)).about(CONVERSATION)
    outcome = story.when(but(receive, timestamp=written))
    assert outcome.of(*MOVES) == []
    assert len(outcome.case.journeys[VITORIA].evidence.no_shows) == no_shows


@pytest.mark.parametrize("written", [NOW - HOUR - CLOCKS_DIFFER, NOW - HOUR, NOW])
def test_one_from_then_on_does_by_whosever_clock(written: datetime) -> None:
    story = journey.given(journey_started, conversation_started, *missed(1), moved_to("no_show")).about(CONVERSATION)
    (move,) = story.when(but(receive, timestamp=written)).of(*MOVES)
    assert type(move).__name__ == "JourneyRecovered"


@pytest.mark.parametrize(("scheduled_for", "moves"), [(NOW + 3 * DAY, 1), (NOW - 3 * DAY, 0)])
def test_a_booking_of_before_counts_now_while_it_is_not_over(scheduled_for: datetime, moves: int) -> None:
    lost = (*missed(1), *missed(2), moved_to("at_risk"), rated("0.00", "0.90", "critical", TWO_NO_SHOWS))
    story = journey.given(journey_started, *lost).by("import")
    found = story.when(but(book, scheduled_for=scheduled_for, occurred_at=NOW - 9 * DAY)).of(*MOVES)
    # The time of a move never goes back.
    assert [(move.new_stage, move.changed_at) for move in found] == [("scheduled", NOW - HOUR)] * moves


def test_who_is_left_without_an_appointment_is_at_risk_again() -> None:
    """The score is as before; that nothing lies ahead any more is news enough."""
    lost = (*missed(1), *missed(2), moved_to("at_risk"), rated("0.00", "0.90", "critical", TWO_NO_SHOWS))
    story = journey.given(journey_started, *lost).about(OTHER_APPOINTMENT)
    booked = story.when(book)
    booked.then_in_order("AppointmentScheduled", "JourneyStageChanged")
    called_off = story.where(case=booked.case).when(cancel)
    called_off.then_in_order("AppointmentCancelled", "JourneyStageChanged", "JourneyStageChanged")
    assert [(move.new_stage, move.reason) for move in called_off.of(*MOVES)] == [
        ("first_contact", "appointment_cancelled"),
        ("at_risk", "risk_score_recalculated"),
    ]
