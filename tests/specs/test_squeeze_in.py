"""Walk-ins and squeeze-ins: what is booked a little behind the clock, and beside what the doctor has."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from command_api.append import Append, Guards
from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.appointment.outcome.commands import CorrectOutcome
from command_api.decide.case import Case
from command_api.decide.limits import Limits
from examples import (
    APPOINTMENT,
    DAY,
    HOUR,
    INSTANT,
    MARIA,
    MINUTE,
    NOW,
    OTHER_APPOINTMENT,
    TENANT,
    appointment,
    appointment_view,
    book,
    but,
    cancel,
    cancelled,
    complete,
    registered,
    reschedule,
    rescheduled,
    scheduled,
)
from healz.events import Event

SECONDS_LATER = NOW + timedelta(seconds=40)
A_LITTLE = Limits(booking_behind=timedelta(minutes=30))
squeezed = but(book, squeeze_in=True)
squeezed_in = but(scheduled, squeeze_in=True)
allowed = appointment.where(squeeze_in_roles=frozenset({"receptionist"}))


def test_the_staff_book_this_very_minute() -> None:
    """What a screen sends has no seconds."""
    for role in ("receptionist", "doctor", "manager", "admin"):
        appointment.by(role).at(SECONDS_LATER).when(but(book, scheduled_for=NOW)).only()
    appointment.at(SECONDS_LATER).when(but(book, scheduled_for=NOW - INSTANT)).then_rejected("appointment_in_the_past")


def test_and_a_little_behind_as_the_setting_says() -> None:
    story = appointment.where(limits=A_LITTLE).at(SECONDS_LATER)
    walked_in = story.when(but(book, scheduled_for=NOW - 30 * MINUTE)).only()
    assert (walked_in.scheduled_for, walked_in.scheduled_at) == (NOW - 30 * MINUTE, SECONDS_LATER)
    story.when(but(book, scheduled_for=NOW - 30 * MINUTE - INSTANT)).then_rejected("appointment_in_the_past")


def test_a_move_may_be_as_late() -> None:
    story = appointment.where(limits=A_LITTLE).given(scheduled)
    story.when(but(reschedule, scheduled_for=NOW - 30 * MINUTE)).only()
    story.when(but(reschedule, scheduled_for=NOW - 31 * MINUTE)).then_rejected("appointment_in_the_past")


def test_the_bot_books_ahead_alone() -> None:
    story = appointment.by("bot").where(limits=A_LITTLE).at(SECONDS_LATER)
    story.when(but(book, scheduled_for=NOW)).then_rejected("appointment_in_the_past")


def test_who_walked_in_can_be_completed_at_once() -> None:
    outcome = appointment.where(limits=A_LITTLE).when(but(book, scheduled_for=NOW - 5 * MINUTE))
    appointment.where(case=outcome.case).when(complete).only()


@pytest.mark.parametrize("role", ["receptionist", "manager", "doctor", "admin", "bot"])
def test_nobody_squeezes_in_until_the_organisation_says_who(role: str) -> None:
    appointment.by(role).when(squeezed).then_rejected("squeeze_in_not_allowed")
    said = appointment.by(role).where(squeeze_in_roles=frozenset({"manager", "receptionist"})).when(squeezed)
    if role in ("manager", "receptionist"):
        assert said.only().squeeze_in
    else:
        said.then_rejected("squeeze_in_not_allowed")


def test_what_is_not_squeezed_in_says_nothing_of_it() -> None:
    assert "squeeze_in" not in allowed.when(book).only().model_fields_set


def test_the_patient_is_in_one_place_all_the_same() -> None:
    allowed.about(OTHER_APPOINTMENT).given(scheduled).when(squeezed).then_rejected("patient_overlap")


def test_a_move_says_anew_whether_it_is_squeezed_in() -> None:
    story = allowed.given(squeezed_in)
    after = story.when(reschedule)
    assert not after.case.appointments.appointments[APPOINTMENT].squeeze_in
    after = story.when(but(reschedule, squeeze_in=True))
    assert after.case.appointments.appointments[APPOINTMENT].squeeze_in
    appointment.given(scheduled).when(but(reschedule, squeeze_in=True)).then_rejected("squeeze_in_not_allowed")


def test_a_change_may_squeeze_it_in_where_it_is() -> None:
    longer = ChangeAppointment(duration=90, squeeze_in=True)
    assert allowed.given(scheduled).when(longer).only().squeeze_in
    appointment.given(scheduled).when(longer).then_rejected("squeeze_in_not_allowed")
    assert "squeeze_in" not in allowed.given(squeezed_in).when(ChangeAppointment(duration=90)).only().model_fields_set


# Whose time is taken


def guards(before: Case, after: Case) -> dict[str, list[dict[str, Any]]]:
    append = Append(
        tenant_id=TENANT,
        patient_id=MARIA,
        facts=1,
        idempotency_key=None,
        request_hash=b"",
        answer={},
        correlation_id=UUID(int=1),
        user_id=None,
        metadata={},
        events=[],
        before=before,
        after=after,
    )
    return Guards(b"x" * 32).of(append).guards


def told(*events: Event) -> Case:
    return Case().after([registered, *events])


def taken(before: tuple[Event, ...], after: tuple[Event, ...]) -> tuple[int, int]:
    """How many times are freed, and taken."""
    found = guards(told(*before), told(*before, *after))
    return len(found.get("freed_slots", [])), len(found.get("taken_slots", []))


@pytest.mark.parametrize(
    ("before", "after", "freed_and_taken"),
    [
        ((), (scheduled,), (0, 1)),
        ((), (squeezed_in,), (0, 0)),
        ((squeezed_in,), (cancelled,), (0, 0)),
        ((scheduled,), (cancelled,), (1, 0)),
        ((scheduled,), (rescheduled,), (1, 1)),
        ((scheduled,), (but(rescheduled, squeeze_in=True),), (1, 0)),
        ((squeezed_in,), (rescheduled,), (0, 1)),
    ],
    ids=["booked", "squeezed in", "that cancelled", "cancelled", "moved", "squeezed in by a move", "moved out of it"],
)
def test_a_squeeze_in_takes_nobodys_time(
    before: tuple[Event, ...], after: tuple[Event, ...], freed_and_taken: tuple[int, int]
) -> None:
    assert taken(before, after) == freed_and_taken


def test_one_that_is_live_again_is_as_it_was() -> None:
    for booked, count in ((scheduled, 1), (squeezed_in, 0)):
        story = appointment.given(booked)
        ended = story.where(case=story.when(cancel).case)
        again = ended.at(NOW + HOUR).when(CorrectOutcome(outcome="live", reason="clicou errado"))
        assert len(guards(ended.case, again.case).get("taken_slots", [])) == count


def test_the_row_says_so() -> None:
    view = appointment_view.given(registered, squeezed_in)
    view.shows(squeeze_in=True)
    view.given(rescheduled).shows(squeeze_in=False)
    view.given(but(rescheduled, squeeze_in=True)).shows(squeeze_in=True)
    appointment_view.given(registered, scheduled).shows(squeeze_in=False)


def test_an_import_needs_no_permission() -> None:
    past = but(squeezed, scheduled_for=NOW - DAY, occurred_at=NOW - 2 * DAY)
    assert appointment.by("import").about(uuid5(MARIA, "past")).when(past).only().squeeze_in
