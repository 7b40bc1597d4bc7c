"""A visit that nobody closed: perhaps the patient came, and nobody said so. It counts as silence, and the reason says
that it is open."""

import pytest

from command_api.decide.journey.commands import RecalculateSilence
from examples import (
    APPOINTMENT,
    DAY,
    JOURNEY,
    NOW,
    OTHER_APPOINTMENT,
    but,
    complete,
    conversation_started,
    journey,
    journey_started,
    mark_no_show,
    moved_to,
    scheduled,
)
from given_when_then import Story
from healz.events import Event
from healz.events.fields import rfc3339
from healz.events.journey import RiskDetected
from journey_examples import wrote

BOOKED = NOW - 60 * DAY
EXPECTED = NOW - 25 * DAY
"""When she was to come, five weeks after she booked."""
visit = but(scheduled, scheduled_at=BOOKED, scheduled_for=EXPECTED)


def waiting(*facts: Event) -> Story:
    """Maria's journey, and what happened in it."""
    begun = (but(journey_started, started_at=BOOKED), but(moved_to("scheduled"), changed_at=BOOKED))
    return journey.given(*begun, *facts).about(JOURNEY).by("system")


def found(story: Story) -> RiskDetected:
    (detected,) = story.when(RecalculateSilence()).of(RiskDetected)
    assert isinstance(detected, RiskDetected)
    return detected


def test_the_reason_says_which_appointment_is_still_open() -> None:
    assert found(waiting(visit)).details == {
        "days": 60,
        "since": rfc3339(BOOKED),
        "open_appointment_id": str(APPOINTMENT),
        "open_appointment_at": rfc3339(EXPECTED),
    }


def test_of_several_it_names_the_last() -> None:
    later = but(visit, appointment_id=OTHER_APPOINTMENT, scheduled_for=EXPECTED + 5 * DAY)
    assert found(waiting(visit, later)).details["open_appointment_id"] == str(OTHER_APPOINTMENT)


def test_who_only_does_not_write_has_nothing_open() -> None:
    silent = waiting(conversation_started, wrote(at=NOW - 15 * DAY))
    assert found(silent).details == {"days": 15, "since": rfc3339(NOW - 15 * DAY)}


def test_a_later_word_counts_as_ever() -> None:
    detected = found(waiting(conversation_started, visit, wrote(at=NOW - 15 * DAY)))
    assert (detected.details["days"], detected.details["open_appointment_at"]) == (15, rfc3339(EXPECTED))


def test_until_a_day_after_its_end_it_lies_ahead() -> None:
    story = waiting(but(visit, scheduled_for=NOW - DAY))
    story.when(RecalculateSilence()).then_nothing()


@pytest.mark.parametrize("said", [complete, mark_no_show], ids=["came", "did not come"])
def test_once_it_is_closed_nothing_is_open(said: object) -> None:
    outcome = waiting(visit).about(APPOINTMENT).by("doctor").when(said)  # type: ignore[arg-type]
    assert all("open_appointment_id" not in event.details for event in outcome.of(RiskDetected))
    assert outcome.case.journeys[visit.clinic_id].open_appointment is None
