"""Who is reminded that their last visit asked for another."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

import pytest

from command_api.decide.appointment.follow_up import due, reminder_of
from command_api.decide.case import Case
from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules
from command_api.decide.limits import Limits
from examples import (
    APPOINTMENT,
    DAY,
    HOUR,
    INSTANT,
    NOW,
    OTHER_APPOINTMENT,
    OTHER_REMINDER,
    SERRA,
    THIRD_APPOINTMENT,
    VITORIA,
    anonymized,
    became_active,
    became_inactive,
    became_suspended,
    but,
    cancelled,
    completed,
    confirmed,
    no_show,
    registered,
    reminder_failed,
    reminder_sent,
    scheduled,
)
from healz.events import Event

VISITED_AT = NOW + 2 * DAY + HOUR
DUE_AT = VISITED_AT + 30 * DAY
come_again = but(completed, requires_follow_up=True)
reminded = but(reminder_sent, reminder_id=reminder_of(APPOINTMENT))
before = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=NOW + DAY)
after = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=NOW + 60 * DAY)
another_visit = but(completed, appointment_id=OTHER_APPOINTMENT, completed_at=NOW + 60 * DAY)


def reminds_of(
    *events: Event,
    at: datetime = DUE_AT,
    clinic_id: UUID = VITORIA,
    rules: JourneyRules = DEFAULT_RULES,
    limits: Limits | None = None,
) -> UUID | None:
    """The visit whose reminder is due, of a patient to whom this has happened."""
    case = Case().after([registered, scheduled, *events])
    visit = due(case.appointments, case.patient.status, clinic_id, at, rules, limits or Limits())
    return visit.appointment_id if visit is not None else None


def test_a_visit_that_asked_for_another_is_due_after_thirty_days() -> None:
    assert reminds_of(come_again) == APPOINTMENT
    assert reminds_of(come_again, at=DUE_AT - INSTANT) is None
    assert reminds_of(come_again, clinic_id=SERRA) is None


@pytest.mark.parametrize(
    "events",
    [
        (),
        (completed,),
        (no_show,),
        (cancelled,),
        (come_again, reminded),
        (come_again, but(reminder_failed, reminder_id=reminder_of(APPOINTMENT))),
        (come_again, after),
        (come_again, after, but(confirmed, appointment_id=OTHER_APPOINTMENT)),
        (come_again, became_suspended),
        (come_again, became_inactive),
        (come_again, anonymized),
        (come_again, after, another_visit),
    ],
    ids=[
        "no visit yet",
        "not asked for",
        "not seen",
        "cancelled",
        "reminded",
        "could not be reached",
        "booked",
        "booked and confirmed",
        "suspended",
        "inactive",
        "anonymised",
        "came again, and that was all",
    ],
)
def test_nobody_is_reminded_without_need(events: Iterable[Event]) -> None:
    assert reminds_of(*events, at=DUE_AT + 60 * DAY) is None


@pytest.mark.parametrize(
    "events",
    [
        (come_again, but(reminder_sent, reminder_id=OTHER_REMINDER)),
        (come_again, after, but(cancelled, appointment_id=OTHER_APPOINTMENT)),
        (come_again, after, but(no_show, appointment_id=OTHER_APPOINTMENT)),
        (before, come_again),
        (come_again, but(after, clinic_id=SERRA)),
        (come_again, became_suspended, but(became_active, previous_status="suspended")),
    ],
    ids=["of another kind", "cancelled again", "booked and not seen", "forgotten before", "elsewhere", "back again"],
)
def test_what_does_not_stand_in_the_way(events: Iterable[Event]) -> None:
    assert reminds_of(*events) == APPOINTMENT


def test_only_the_last_visit_counts_whenever_it_was_told() -> None:
    again = but(another_visit, requires_follow_up=True)
    later = DUE_AT + 60 * DAY
    assert reminds_of(come_again, after, again, at=later) == OTHER_APPOINTMENT
    assert reminds_of(after, again, come_again, at=later) == OTHER_APPOINTMENT


def test_the_days_are_the_tenants_and_reminders_are_limited() -> None:
    assert reminds_of(come_again, rules=JourneyRules(follow_up_days=31)) is None
    some = [but(reminder_sent, reminder_id=UUID(int=number)) for number in range(3)]
    assert reminds_of(come_again, *some, limits=Limits(reminders_per_appointment_max=3)) is None
    assert reminds_of(come_again, *some, limits=Limits(reminders_per_appointment_max=4)) == APPOINTMENT


def test_a_visit_has_one_reminder_whoever_sends_it() -> None:
    assert reminder_of(THIRD_APPOINTMENT) == uuid5(THIRD_APPOINTMENT, "follow-up")
