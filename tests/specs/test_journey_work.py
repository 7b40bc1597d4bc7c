"""The list of those at risk is worked through: who sees to a patient, calls, and what is left for later."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from command_api.decide.journey.commands import ClaimJourney, SnoozeJourney
from command_api.decide.journey.work import SNOOZE_DAYS_MAX
from examples import (
    AGENT,
    DAY,
    HOUR,
    INSTANT,
    JOURNEY,
    MINUTE,
    NEW_JOURNEY,
    NOW,
    abandoned,
    assigned,
    but,
    call_made,
    completed,
    journey,
    journey_completed,
    journey_started,
    journey_view,
    moved_to,
    recalculated,
    recovered,
    registered,
    risk_escalated,
    scheduled,
    snoozed,
)
from healz.events import Event
from journey_examples import claim, release, ring, snooze

SOMEBODY_ELSE = UUID(int=0xA2)
at_risk = journey.given(but(journey_started, started_at=NOW - 5 * DAY), moved_to("at_risk")).about(JOURNEY)
theirs = but(assigned, assigned_to=SOMEBODY_ELSE)


def test_a_journey_is_claimed_once() -> None:
    at_risk.when(claim).then(assigned)
    at_risk.given(assigned).when(claim).then_nothing()
    at_risk.by("doctor").when(claim).then(but(assigned, assigned_by="doctor"))


def test_who_claims_is_who_asks_where_nobody_is_named() -> None:
    mine = at_risk.where(user_id=AGENT).when(ClaimJourney())
    mine.then(assigned)
    at_risk.where(user_id=None).when(ClaimJourney()).then_rejected("assignee_unknown")


def test_somebody_elses_is_taken_over_only_where_that_is_said() -> None:
    at_risk.given(theirs).when(claim).then_rejected("journey_claimed_already")
    at_risk.given(theirs).when(but(claim, take_over=True)).then(assigned)
    at_risk.given(theirs, but(assigned, assigned_to=None)).when(claim).then(assigned)


def test_a_release_gives_it_back_to_everybody() -> None:
    at_risk.given(theirs).when(release).then(but(assigned, assigned_to=None))
    at_risk.when(release).then_nothing()


def test_each_call_counts_and_moves_nothing() -> None:
    at_risk.when(ring).then(call_made)
    at_risk.given(call_made).when(but(ring, outcome="reached", notes="volta em maio")).then(
        but(call_made, outcome="reached", notes="volta em maio")
    )


@pytest.mark.parametrize(
    ("until", "rule"),
    [
        (NOW - MINUTE, "snooze_over_already"),
        (NOW, "snooze_over_already"),
        (NOW + INSTANT, None),
        (NOW + timedelta(days=SNOOZE_DAYS_MAX), None),
        (NOW + timedelta(days=SNOOZE_DAYS_MAX) + INSTANT, "snooze_too_long"),
    ],
)
def test_a_snooze_ends_within_bounds(until: Any, rule: str | None) -> None:
    outcome = at_risk.when(SnoozeJourney(until=until))
    if rule is None:
        outcome.then(but(snoozed, snoozed_until=until))
    else:
        outcome.then_rejected(rule)


def test_a_snooze_is_said_once_and_ended_by_null() -> None:
    at_risk.given(snoozed).when(snooze).then_nothing()
    at_risk.given(snoozed).when(but(snooze, until=NOW + 9 * DAY)).then(but(snoozed, snoozed_until=NOW + 9 * DAY))
    at_risk.given(snoozed).when(SnoozeJourney(until=None)).then(but(snoozed, snoozed_until=None))
    at_risk.when(SnoozeJourney(until=None)).then_nothing()


def test_a_new_journey_is_nobodys() -> None:
    followed = but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW - HOUR)
    again = journey.given(journey_started, theirs, moved_to("abandoned"), followed)
    again.about(NEW_JOURNEY).when(claim).then(but(assigned, journey_id=NEW_JOURNEY))


# What the row says

started = journey_view.given(registered, scheduled, journey_started)
worked = started.given(assigned, snoozed)


def test_the_row_says_whose_it_is() -> None:
    started.when(assigned).then(assigned_to=AGENT, worked_at=NOW)
    started.given(assigned).when(but(assigned, assigned_to=None, assigned_at=NOW + HOUR)).then(
        assigned_to=None, worked_at=NOW + HOUR
    )


def test_who_is_named_in_an_escalation_sees_to_it() -> None:
    named = but(risk_escalated, assigned_to=AGENT)
    started.when(named).then(assigned_to=AGENT, worked_at=NOW, has_escalation=True, escalated_at=NOW)
    started.given(theirs).when(risk_escalated).then(has_escalation=True, escalated_at=NOW)


def test_the_row_counts_calls_and_keeps_the_last() -> None:
    started.when(call_made).then(calls=1, worked_at=NOW, last_called_at=NOW, last_call_outcome="not_reached")
    late = but(call_made, called_at=NOW - DAY, outcome="wrong_number")
    started.given(call_made).when(late).then(calls=2)


def test_an_escalation_brings_a_snoozed_journey_back() -> None:
    started.when(snoozed).then(snoozed_until=NOW + 30 * DAY, worked_at=NOW)
    started.given(snoozed).when(risk_escalated).then(snoozed_until=None, has_escalation=True, escalated_at=NOW)
    kept = started.given(snoozed).when(recalculated).after
    assert kept.snoozed_until == NOW + 30 * DAY


@pytest.mark.parametrize(
    "over", [recovered, abandoned, journey_completed, moved_to("cancelled")], ids=lambda event: type(event).__name__
)
def test_who_is_won_back_or_gone_is_nobodys(over: Event) -> None:
    after = worked.given(call_made).when(over).after
    assert (after.assigned_to, after.snoozed_until) == (None, None)
    assert (after.calls, after.worked_at) == (1, NOW)


def test_a_visit_ends_what_was_done_before_it_and_nothing_else() -> None:
    later = but(completed, completed_at=NOW + HOUR)
    after = worked.when(later).after
    assert (after.assigned_to, after.snoozed_until) == (None, None)
    of_before = worked.when(but(completed, completed_at=NOW - HOUR)).after
    assert (of_before.assigned_to, of_before.snoozed_until) == (AGENT, NOW + 30 * DAY)
    # The rules know it as the row does.
    visited = at_risk.given(theirs, scheduled, later)
    visited.when(claim).then(assigned)
