"""When an appointment may be: all of it while the clinic is open and the doctor there, by the clinic's own clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from command_api.decide.appointment.hours import Hours, Window, in_words
from command_api.decide.given import Doctor
from examples import (
    ANA_WORKS,
    APPOINTMENT,
    DAY,
    HOUR,
    INSTANT,
    MINUTE,
    NOW,
    SAO_PAULO,
    appointment,
    book,
    but,
    complete,
    confirm,
    mark_no_show,
    reschedule,
    scheduled,
)


def hours(*windows: str) -> Hours:
    """From "3 08:00-12:00": Wednesday morning."""
    return frozenset(
        Window(int(text[0]), *(int(clock[:2]) * 60 + int(clock[3:]) for clock in text[2:].split("-")))
        for text in windows
    )


def every_day(*windows: str) -> Hours:
    return hours(*(f"{weekday} {window}" for weekday in range(1, 8) for window in windows))


def local(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


LUNCH = every_day("08:00-12:00", "13:00-18:00")
NIGHT = every_day("22:00-24:00", "00:00-06:00")
NEVER: Hours = frozenset()
SP, SANTIAGO, LISBON = "America/Sao_Paulo", "America/Santiago", "Europe/Lisbon"

# What they are in, the appointment by the clinic's clock, its minutes, accepted
DECIDED: list[tuple[str, Hours | None, datetime, int, bool]] = [
    ("nobody said when", None, local("2026-03-08 03:00", SP), 30, True),
    ("never open", NEVER, local("2026-03-04 09:00", SP), 30, False),
    ("as it opens", LUNCH, local("2026-03-04 08:00", SP), 30, True),
    ("an instant before it opens", LUNCH, local("2026-03-04 08:00", SP) - INSTANT, 30, False),
    ("until it closes", LUNCH, local("2026-03-04 17:30", SP), 30, True),
    ("an instant longer than it is open", LUNCH, local("2026-03-04 17:30", SP) + INSTANT, 30, False),
    ("a minute longer than it is open", LUNCH, local("2026-03-04 17:30", SP), 31, False),
    ("as it closes", LUNCH, local("2026-03-04 18:00", SP), 1, False),
    ("until lunch", LUNCH, local("2026-03-04 11:00", SP), 60, True),
    ("through lunch", LUNCH, local("2026-03-04 11:30", SP), 120, False),
    ("in the break", LUNCH, local("2026-03-04 12:15", SP), 30, False),
    ("over windows that touch", every_day("08:00-12:00", "12:00-18:00"), local("2026-03-04 11:30", SP), 60, True),
    ("over a break of a minute", every_day("08:00-12:00", "12:01-18:00"), local("2026-03-04 11:30", SP), 60, False),
    ("another weekday", hours("4 08:00-12:00"), local("2026-03-04 09:00", SP), 30, False),
    ("the weekday", hours("3 08:00-12:00"), local("2026-03-04 09:00", SP), 30, True),
    ("Thursday in UTC", hours("3 20:00-24:00"), local("2026-03-04 22:00", SP), 30, True),
    ("Tuesday in Manaus", hours("2 20:00-24:00"), local("2026-03-03 22:00", "America/Manaus"), 30, True),
    ("not whole minutes", LUNCH, local("2026-03-04 11:29:59.5", SP), 30, True),
    # Over midnight
    ("over midnight, open on both sides", NIGHT, local("2026-03-04 23:30", SP), 60, True),
    ("until midnight", hours("3 22:00-24:00"), local("2026-03-04 23:00", SP), 60, True),
    ("over midnight, closed at midnight", hours("3 22:00-24:00"), local("2026-03-04 23:30", SP), 60, False),
    ("over midnight, opened at midnight", hours("4 00:00-06:00"), local("2026-03-04 23:30", SP), 60, False),
    ("over midnight, but a minute", every_day("22:00-23:59", "00:00-06:00"), local("2026-03-04 23:30", SP), 60, False),
    ("from Sunday to Monday", hours("7 22:00-24:00", "1 00:00-02:00"), local("2026-03-08 23:30", SP), 60, True),
    ("from Sunday to Sunday", hours("7 22:00-24:00", "7 00:00-02:00"), local("2026-03-08 23:30", SP), 60, False),
    ("a whole day", every_day("00:00-24:00"), local("2026-03-04 09:00", SP), 24 * 60, True),
    ("a day but for an hour", every_day("00:00-08:00", "09:00-24:00"), local("2026-03-04 09:00", SP), 1440, False),
    # The clock is put forward. São Paulo, 4 November 2018: 00:00 becomes 01:00
    ("there is no 00:30", hours("6 22:00-24:00", "7 01:00-06:00"), local("2018-11-03 23:30", SP), 60, True),
    ("nor a window in that hour", hours("6 22:00-24:00", "7 00:00-01:00"), local("2018-11-03 23:30", SP), 60, False),
    ("half an hour ends at 01:00", hours("6 22:00-24:00"), local("2018-11-03 23:30", SP), 30, True),
    ("an hour short", hours("7 01:00-04:00"), local("2018-11-04 01:00", SP), 180, True),
    ("until the skipped hour's end", every_day("22:00-24:00"), local("2018-11-03 23:00", SP), 61, False),
    # Santiago, 6 September 2026: 00:00 becomes 01:00
    ("a window that begins in the skipped hour", hours("7 00:30-06:00"), local("2026-09-06 01:00", SANTIAGO), 60, True),
    ("one that ends in it", hours("6 22:00-24:00", "7 00:00-00:30"), local("2026-09-05 23:30", SANTIAGO), 31, False),
    # Lisbon, 29 March 2026: 01:00 becomes 02:00
    ("five hours by the clock are four", hours("7 00:00-05:00"), local("2026-03-29 00:00", LISBON), 240, True),
    ("and not five", hours("7 00:00-05:00"), local("2026-03-29 00:00", LISBON), 300, False),
    # The clock is put back. São Paulo, 18 February 2018: 00:00 becomes 23:00 of the 17th
    ("23:00 to 24:00 comes twice", hours("6 22:00-24:00"), local("2018-02-17 22:00", SP), 180, True),
    ("and no third time", hours("6 22:00-24:00"), local("2018-02-17 22:00", SP), 181, False),
    ("the second 23:30", hours("6 22:00-24:00"), local("2018-02-17 23:30", SP, fold=1), 30, True),
    ("the second 23:30 over midnight", hours("6 22:00-24:00"), local("2018-02-17 23:30", SP, fold=1), 31, False),
    ("open to 23:30: closed, then back to 23:00", every_day("22:00-23:30"), local("2018-02-17 23:00", SP), 60, False),
    ("and open again", every_day("22:00-23:30"), local("2018-02-17 23:00", SP, fold=1), 30, True),
    # Lisbon, 25 October 2026: 02:00 becomes 01:00
    ("an hour more to work", hours("7 00:00-05:00"), local("2026-10-25 00:00", LISBON), 360, True),
    ("an hour and a minute", hours("7 00:00-05:00"), local("2026-10-25 00:00", LISBON), 361, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "start", "minutes", "accepted"), [row[1:] for row in DECIDED], ids=[row[0] for row in DECIDED]
)
def test_the_clinic_is_open_and_the_doctor_there_all_the_time(
    known: Hours | None, start: datetime, minutes: int, accepted: bool
) -> None:
    """The same table for both, and for both commands."""
    there = Doctor(ANA_WORKS.full_name, ANA_WORKS.clinic_ids, known)
    now = start.astimezone(UTC) - HOUR
    story = appointment.where(zone=start.tzinfo).at(now)
    booked = but(scheduled, scheduled_for=now + 30 * DAY, duration=minutes)
    for rule, where in (
        ("clinic_closed", story.where(opening_hours=known)),
        ("doctor_not_on_duty", story.where(doctor=there)),
    ):
        for outcome in (
            where.when(but(book, scheduled_for=start, duration=minutes)),
            where.given(booked).when(but(reschedule, scheduled_for=start)),
        ):
            if accepted:
                outcome.only()
            else:
                outcome.then_rejected(rule)


def test_the_table_s_clocks_are_put_forward_and_back_as_it_says() -> None:
    """Else it would prove nothing: another set of zone data would be seen here."""
    for text, zone, jump in (
        ("2018-11-03 23:59", SP, 1),
        ("2026-09-05 23:59", SANTIAGO, 1),
        ("2026-03-29 00:59", LISBON, 1),
        ("2018-02-17 23:59", SP, -1),
        ("2026-10-25 01:59", LISBON, -1),
    ):
        before = local(text, zone)
        after = (before.astimezone(UTC) + MINUTE).astimezone(ZoneInfo(zone))
        assert after.replace(tzinfo=None) - before.replace(tzinfo=None) == MINUTE + jump * HOUR


def test_a_doctor_is_there_only_while_the_clinic_is_open() -> None:
    longer = Doctor(ANA_WORKS.full_name, ANA_WORKS.clinic_ids, every_day("06:00-20:00"))
    story = appointment.where(doctor=longer, opening_hours=LUNCH)
    story.when(but(book, scheduled_for=local("2026-03-04 12:15", SP))).then_rejected("clinic_closed")
    mornings = Doctor(ANA_WORKS.full_name, ANA_WORKS.clinic_ids, every_day("08:00-12:00"))
    story = appointment.where(doctor=mornings, opening_hours=LUNCH)
    story.when(but(book, scheduled_for=local("2026-03-04 14:00", SP))).then_rejected("doctor_not_on_duty")
    story.when(but(book, scheduled_for=local("2026-03-04 11:30", SP))).only()


def test_an_import_is_exempt_from_hours_and_never_from_overlap() -> None:
    nowhere = Doctor(ANA_WORKS.full_name, ANA_WORKS.clinic_ids, NEVER)
    story = appointment.by("import").where(doctor=nowhere, opening_hours=NEVER)
    past = but(scheduled, scheduled_for=NOW - 9 * DAY)
    story.when(but(book, scheduled_for=NOW - 9 * DAY)).only()
    story.given(past).when(but(reschedule, scheduled_for=NOW - 8 * DAY)).only()
    other = story.about(type(APPOINTMENT)(int=7)).given(past)
    other.when(but(book, scheduled_for=NOW - 9 * DAY + 10 * MINUTE)).then_rejected("patient_overlap")


@pytest.mark.parametrize("role", ["admin", "manager", "doctor", "receptionist", "bot", "system"])
def test_nobody_else_is_and_no_emergency(role: str) -> None:
    story = appointment.by(role).where(opening_hours=NEVER)
    for kind in ("first_visit", "follow_up", "return", "emergency"):
        story.when(but(book, appointment_type=kind)).then_rejected("clinic_closed")


@pytest.mark.parametrize("command", [confirm, mark_no_show, complete], ids=lambda command: type(command).__name__)
def test_hours_that_changed_since_touch_no_appointment_that_is_there(command: Any) -> None:
    story = appointment.where(opening_hours=NEVER).given(scheduled).at(scheduled.scheduled_for + HOUR)
    story.when(command).only()


@pytest.mark.parametrize(
    ("opening", "schedule", "at", "told"),
    [
        (LUNCH, None, "2026-03-04 12:15",
         "on Wednesday, 2026-03-04, the clinic is open from 08:00 to 12:00 and from 13:00 to 18:00 "),
        (hours("3 08:00-12:00"), None, "2026-03-08 09:00",
         "on Sunday, 2026-03-08, the clinic is closed (America/Sao_Paulo)"),
        # The day whose hours it leaves.
        (hours("5 22:00-24:00", "6 08:00-12:00"), None, "2026-03-06 23:45",
         "on Saturday, 2026-03-07, the clinic is open from 08:00 to 12:00 (America/Sao_Paulo)"),
        (None, hours("3 22:00-24:00"), "2026-03-04 08:00",
         "on Wednesday, 2026-03-04, the doctor is there from 22:00 to 24:00 (America/Sao_Paulo)"),
        (LUNCH, NEVER, "2026-03-04 09:00",
         "on Wednesday, 2026-03-04, the doctor is not there (America/Sao_Paulo)"),
    ],
)  # fmt: skip
def test_a_refusal_says_when_it_is_open_that_day(
    opening: Hours | None, schedule: Hours | None, at: str, told: str
) -> None:
    doctor = Doctor(ANA_WORKS.full_name, ANA_WORKS.clinic_ids, schedule)
    story = appointment.where(opening_hours=opening, doctor=doctor, zone=SAO_PAULO)
    rejected = story.when(but(book, scheduled_for=local(at, SP))).rejected
    assert rejected is not None
    assert rejected.message.startswith(told)


def test_windows_are_told_in_the_order_of_the_day() -> None:
    assert in_words(LUNCH, NOW.date()) == "from 08:00 to 12:00 and from 13:00 to 18:00"
    assert in_words(LUNCH, NOW.date() + timedelta(days=1)) == in_words(LUNCH, NOW.date())
    assert in_words(hours("1 08:00-24:00"), NOW.date()) == "from 08:00 to 24:00"
    assert in_words(NEVER, NOW.date()) == ""
