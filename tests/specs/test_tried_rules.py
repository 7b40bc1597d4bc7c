"""What other rules would have made of the same log: whose score would have reached what, and when that counts."""

from datetime import datetime
from decimal import Decimal

import pytest

from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.decide.tried import highest
from examples import (
    DAY,
    HOUR,
    MARIA,
    MINUTE,
    NOW,
    OTHER_APPOINTMENT,
    TENANT,
    VITORIA,
    but,
    completed,
    journey_started,
    moved_to,
    no_show,
    registered,
    scheduled,
)
from given_when_then import Log
from healz.events import Event, Recorded

STRICT = JourneyRules(silence_days_min=2, silence_days_high=3, silence_days_full=5)
BOTH = (DEFAULT_RULES, STRICT)


def logged(*events: Event, at: datetime | None = None) -> tuple[Recorded, ...]:
    """Recorded when they happened, or all at once: as an import does."""
    log = Log(TENANT, NOW)
    for event in events:
        log = log.add(event, created_at=at or event.happened_at)
    return log.recorded


BEGUN = (
    but(registered, registered_at=NOW - 20 * DAY),
    but(journey_started, started_at=NOW - 20 * DAY),
)


def scores(events: tuple[Recorded, ...], since: datetime, until: datetime) -> list[Decimal]:
    return list(highest(events, BOTH, since, until).get(VITORIA, []))


def test_a_silence_is_weighed_by_each_of_the_rules() -> None:
    assert scores(logged(*BEGUN), NOW - 30 * DAY, NOW - 16 * DAY) == [Decimal("0.00"), Decimal("0.80")]
    assert scores(logged(*BEGUN), NOW - 30 * DAY, NOW) == [Decimal("0.67"), Decimal("1.00")]


def test_what_was_over_before_that_time_does_not_count() -> None:
    seen = (*BEGUN, but(scheduled, scheduled_at=NOW - 10 * DAY, scheduled_for=NOW + 2 * DAY))
    # The silence of ten days ended with the booking.
    assert scores(logged(*seen), NOW - 9 * DAY, NOW) == [Decimal("0.00"), Decimal("0.00")]
    assert scores(logged(*seen), NOW - 11 * DAY, NOW) == [Decimal("0.00"), Decimal("1.00")]


def test_no_shows_count_until_a_visit_clears_them() -> None:
    missed = (
        *BEGUN,
        but(scheduled, scheduled_at=NOW - 19 * DAY, scheduled_for=NOW - 18 * DAY),
        but(no_show, scheduled_for=NOW - 18 * DAY, marked_at=NOW - 18 * DAY + HOUR),
    )
    came = (
        *missed,
        but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_at=NOW - 17 * DAY, scheduled_for=NOW - 16 * DAY),
        but(completed, appointment_id=OTHER_APPOINTMENT, completed_at=NOW - 16 * DAY),
        but(moved_to("attended"), changed_at=NOW - 16 * DAY),
    )
    assert scores(logged(*missed), NOW - 30 * DAY, NOW - 17 * DAY)[0] == Decimal("0.30")
    assert scores(logged(*came), NOW - 15 * DAY, NOW) == [Decimal("0.00"), Decimal("0.00")]


def test_a_journey_that_had_ended_has_no_score() -> None:
    ended = (*BEGUN, but(moved_to("cancelled"), changed_at=NOW - 19 * DAY))
    assert highest(logged(*ended), BOTH, NOW - 18 * DAY, NOW) == {}


def test_a_past_that_was_imported_is_weighed_as_of_when_it_happened() -> None:
    imported = (
        *BEGUN,
        but(scheduled, scheduled_at=NOW - 19 * DAY, scheduled_for=NOW - 18 * DAY),
        but(completed, completed_at=NOW - 18 * DAY),
        but(moved_to("attended"), changed_at=NOW - 18 * DAY),
    )
    log = tuple(
        event.model_copy(update={"created_at": NOW - HOUR + n * MINUTE}) for n, event in enumerate(logged(*imported))
    )
    assert scores(log, NOW - 15 * DAY, NOW) == [Decimal("0.00"), Decimal("0.00")]


def test_what_is_recorded_later_is_not_looked_at() -> None:
    assert scores(logged(*BEGUN), NOW - 30 * DAY, NOW - 21 * DAY) == []


@pytest.mark.parametrize("days", [1, 14, 21, 29])
def test_at_its_end_it_is_what_the_sweep_would_find(days: int) -> None:
    found = scores(logged(*BEGUN), NOW - 30 * DAY, NOW - 20 * DAY + days * DAY)[0]
    silent = Decimal(days) / 30 if days >= 14 else Decimal(0)
    assert found == silent.quantize(Decimal("0.01"))
    assert BEGUN[0].patient_id == MARIA
