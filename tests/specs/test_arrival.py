"""The patient has come to the reception: who may say so and when, what is shown of it, and what follows from it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from command_api.decide.appointment.outcome.commands import RecordArrival
from examples import (
    APPOINTMENT,
    DAY,
    DRA_ANA,
    HOUR,
    INSTANT,
    MARIA,
    MINUTE,
    NOW,
    VITORIA,
    appointment,
    appointment_view,
    but,
    cancel,
    cancelled,
    complete,
    completed,
    confirm,
    confirmed,
    journey_view,
    mark_no_show,
    moved_to,
    no_show,
    patient_view,
    registered,
    reschedule,
    rescheduled,
    scheduled,
)
from healz.events.appointment import AppointmentArrived
from healz.events.journey import JourneyStageChanged
from healz.events.stages import Stage
from journey_examples import ACTIVE, journey_started

START = scheduled.scheduled_for
CAME = START - 10 * MINUTE
arrive = RecordArrival()
arrived = AppointmentArrived(
    appointment_id=APPOINTMENT,
    patient_id=MARIA,
    clinic_id=VITORIA,
    doctor_id=DRA_ANA,
    recorded_by="agent",
    arrived_at=CAME,
)
on_the_day = appointment.given(scheduled).at(CAME)


# The rule


def test_the_patient_has_come() -> None:
    on_the_day.when(arrive).then(arrived)
    on_the_day.given(confirmed).when(arrive).then(arrived)


@pytest.mark.parametrize("over", [cancelled, no_show, completed], ids=lambda one: type(one).__name__)
def test_nobody_comes_to_an_appointment_that_is_over(over: Any) -> None:
    on_the_day.given(over).when(arrive).then_rejected("appointment_not_live")


def test_a_patient_comes_once() -> None:
    on_the_day.given(arrived).when(arrive).then_rejected("already_arrived")


TENTH = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "accepted"),
    [
        (TENTH + 3 * HOUR, "America/Sao_Paulo", True),  # midnight there
        (TENTH + 3 * HOUR - INSTANT, "America/Sao_Paulo", False),
        (TENTH + 27 * HOUR - INSTANT, "America/Sao_Paulo", True),
        (TENTH + 27 * HOUR, "America/Sao_Paulo", False),
        (TENTH + 27 * HOUR, "America/Manaus", True),  # an hour behind
        (TENTH + 28 * HOUR, "America/Manaus", False),
        (TENTH, "UTC", True),
        (TENTH - INSTANT, "UTC", False),
    ],
)
def test_they_come_on_the_appointments_day_by_the_clinics_clock(at: datetime, zone: str, accepted: bool) -> None:
    story = appointment.where(zone=ZoneInfo(zone)).given(but(scheduled, scheduled_for=TENTH + 15 * HOUR)).at(at)
    if accepted:
        assert story.when(arrive).only().arrived_at == at
    else:
        story.when(arrive).then_rejected("arrival_on_another_day")


def test_the_day_needs_the_clinics_zone() -> None:
    on_the_day.where(zone=None).when(arrive).then_rejected("clinic_unknown")


def test_staff_and_an_import_say_when_they_came_and_never_a_time_to_come() -> None:
    earlier, ahead = but(arrive, occurred_at=CAME - HOUR), but(arrive, occurred_at=CAME + HOUR)
    on_the_day.by("bot").when(earlier).then_rejected("time_is_not_yours_to_say")
    for role in ("receptionist", "doctor", "import"):
        on_the_day.by(role).when(ahead).then_rejected("time_to_come")
        assert on_the_day.by(role).when(earlier).only().arrived_at == CAME - HOUR


def test_a_day_that_is_closed_late_counts_as_it_was() -> None:
    late = appointment.given(scheduled, arrived).at(START + 3 * DAY).by("receptionist")
    assert late.when(complete).only().completed_at == START + 3 * DAY
    over = late.when(but(complete, occurred_at=START + HOUR))
    assert over.only().completed_at == START + HOUR
    late.when(but(complete, occurred_at=CAME - MINUTE)).then_rejected("completion_before_the_arrival")

    missed = appointment.given(scheduled).at(START + 3 * DAY).by("receptionist")
    assert missed.when(but(mark_no_show, occurred_at=START + HOUR)).only().marked_at == START + HOUR
    missed.when(but(mark_no_show, occurred_at=START - HOUR)).then_rejected("no_show_before_the_start")
    missed.at(START + 40 * DAY).when(but(complete, occurred_at=START + HOUR)).then_rejected("too_long_ago")


@pytest.mark.parametrize(("role", "actor"), [("receptionist", "agent"), ("doctor", "doctor"), ("bot", "bot")])
def test_it_is_said_by_whom_it_was_recorded(role: str, actor: str) -> None:
    assert on_the_day.by(role).when(arrive).only().recorded_by == actor


def test_the_patient_may_tell_the_bot() -> None:
    theirs = but(arrive, on_behalf_of_patient=True)
    assert on_the_day.by("bot").when(theirs).only().recorded_by == "patient"


# What may follow


def test_whoever_came_may_be_seen_or_leave_again() -> None:
    there = on_the_day.given(arrived)
    there.at(START + HOUR).when(complete).then(but(completed, completed_at=START + HOUR))
    there.when(cancel).then(but(cancelled, cancelled_at=CAME))
    there.when(confirm).then(but(confirmed, confirmed_at=CAME))


def test_whoever_came_is_no_no_show() -> None:
    on_the_day.given(arrived).at(START + HOUR).when(mark_no_show).then_rejected("patient_arrived")


def test_after_a_reschedule_they_come_anew() -> None:
    moved = on_the_day.given(arrived).when(but(reschedule, scheduled_for=START + HOUR)).only()
    again = on_the_day.given(arrived, moved)
    again.when(arrive).then(arrived)
    assert again.at(START + 2 * HOUR).when(mark_no_show).only().scheduled_for == START + HOUR


# What is shown


def test_the_row_says_when_they_came() -> None:
    appointment_view.given(registered, scheduled).when(arrived).then(arrived_at=CAME)


@pytest.mark.parametrize("fact", [cancelled, completed], ids=lambda one: type(one).__name__)
def test_what_ends_an_appointment_keeps_it(fact: Any) -> None:
    assert appointment_view.given(registered, scheduled, arrived).when(fact).after.arrived_at == CAME


def test_a_reschedule_sets_it_back() -> None:
    assert appointment_view.given(registered, scheduled, arrived).when(rescheduled).after.arrived_at is None


# A sign of life, and nothing else


def test_coming_is_an_interaction() -> None:
    patient_view.given(registered, scheduled).when(arrived).then(last_interaction_at=CAME)
    journey_view.given(registered, journey_started, scheduled).when(arrived).then(last_interaction_at=CAME)


@pytest.mark.parametrize("stage", ACTIVE)
def test_coming_moves_no_journey(stage: Stage) -> None:
    story = appointment.given(journey_started, scheduled, moved_to(stage)).at(CAME)
    assert story.when(arrive).of(JourneyStageChanged) == []


def test_coming_begins_no_journey() -> None:
    on_the_day.when(arrive).then_in_order("AppointmentArrived")


def test_a_day_later_nobody_comes_to_yesterdays_appointment() -> None:
    on_the_day.at(NOW + 3 * DAY).when(arrive).then_rejected("arrival_on_another_day")
