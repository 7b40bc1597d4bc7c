"""The rules of appointments. (A doctor's overlaps span patients: SQL guards them, tests/integration.)"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from command_api.decide.appointment.reminder.commands import RecordReminder
from command_api.decide.given import Doctor
from command_api.decide.limits import Limits
from examples import (
    ANA_WORKS,
    APPOINTMENT,
    DAY,
    DR_JOSE,
    DRA_ANA,
    HOUR,
    INSTANT,
    MARIA,
    MINUTE,
    NOW,
    OTHER_APPOINTMENT,
    OTHER_REMINDER,
    REMINDER,
    SERRA,
    THIRD_APPOINTMENT,
    VITORIA,
    anonymized,
    appointment,
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
    mark_no_show,
    no_show,
    patient,
    registered,
    remind,
    reminder_failed,
    reminder_not_sent,
    reminder_sent,
    reschedule,
    rescheduled,
    scheduled,
)
from healz.events.appointment import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMarkedAsNoShow,
    AppointmentReminderFailed,
    AppointmentReminderSent,
    AppointmentRescheduled,
    AppointmentScheduled,
)
from healz.events.appointment_event import AppointmentEvent

IDS: dict[str, Any] = {
    "appointment_id": APPOINTMENT,
    "patient_id": MARIA,
    "clinic_id": VITORIA,
    "doctor_id": DRA_ANA,
}
START = scheduled.scheduled_for
new_appointment = appointment.about(OTHER_APPOINTMENT)


# Booking


def test_an_appointment_is_booked() -> None:
    appointment.when(but(book, duration=45, notes="primeira consulta")).then(
        AppointmentScheduled(
            **IDS,
            doctor_name="Dra. Ana Lúcia Nogueira",
            scheduled_for=START,
            duration=45,
            appointment_type="first_visit",
            notes="primeira consulta",
            scheduled_by="agent",
            scheduled_at=NOW,
        )
    )


def test_half_an_hour_where_nothing_is_said() -> None:
    assert appointment.when(book).only().duration == 30


@pytest.mark.parametrize("duration", [0, -30, 24 * 60 + 1, "long", 30.5])
def test_what_is_no_duration_is_refused(duration: Any) -> None:
    with pytest.raises(ValidationError):
        but(book, duration=duration)


@pytest.mark.parametrize(
    "before", [[], [registered, became_inactive], [registered, became_suspended], [registered, anonymized]]
)
def test_only_an_active_patient_is_booked(before: list[Any]) -> None:
    story = patient.where(kind=AppointmentEvent, target=APPOINTMENT)
    story.given(*before).when(book).then_rejected("patient_not_active")


def test_who_comes_back_is_booked_again() -> None:
    appointment.given(became_inactive, became_active).when(book).then(but(scheduled, scheduled_at=NOW))


def test_clinic_and_doctor_must_be_known_and_fit() -> None:
    appointment.where(zone=None).when(book).then_rejected("clinic_unknown")
    appointment.where(doctor=None).when(book).then_rejected("doctor_unknown")
    elsewhere = Doctor("Dra. Ana Lúcia Nogueira", frozenset({SERRA}))
    appointment.where(doctor=elsewhere).when(book).then_rejected("doctor_not_in_clinic")


def test_not_in_the_past() -> None:
    appointment.when(but(book, scheduled_for=NOW)).then_in_order(
        "AppointmentScheduled", "JourneyStarted", "JourneyStageChanged"
    )
    appointment.when(but(book, scheduled_for=NOW - INSTANT)).then_rejected("appointment_in_the_past")
    appointment.given(scheduled).when(but(reschedule, scheduled_for=NOW - INSTANT)).then_rejected(
        "appointment_in_the_past"
    )


def test_an_import_is_about_the_past() -> None:
    long_ago = NOW - 400 * DAY
    story = appointment.by("import")
    imported = story.when(but(book, scheduled_for=long_ago, occurred_at=long_ago - 7 * DAY)).only()
    assert (imported.scheduled_for, imported.scheduled_at) == (long_ago, long_ago - 7 * DAY)
    assert imported.scheduled_by == "import"
    moved = story.given(scheduled).when(but(reschedule, scheduled_for=long_ago)).only()
    assert moved.new_scheduled_for == long_ago


@pytest.mark.parametrize(
    "command", [book, confirm, reschedule, cancel, remind], ids=lambda command: type(command).__name__
)
def test_only_an_import_says_when_it_happened(command: Any) -> None:
    past = but(command, occurred_at=NOW - HOUR)
    story = (new_appointment if command is book else appointment).given(but(scheduled, scheduled_for=NOW - 2 * HOUR))
    for role in ("admin", "manager", "doctor", "receptionist", "bot"):
        story.by(role).when(past).then_rejected("time_is_not_yours_to_say")
    story.by("import").when(but(command, occurred_at=NOW + 5 * MINUTE + INSTANT)).then_rejected("time_to_come")
    event = story.by("import").when(past).only()
    assert NOW - HOUR in [value for name, value in event if name.endswith("_at")]


# Overlaps of the patient: touching is fine

OVERLAPS = [
    # starts after START, minutes, refused; the appointment there is takes half an hour
    (timedelta(minutes=-30), 30, False),  # ends as it begins
    (timedelta(minutes=30), 30, False),  # begins as it ends
    (timedelta(minutes=-30), 31, True),
    (timedelta(minutes=29), 30, True),
    (timedelta(minutes=-30) + INSTANT, 30, True),
    (timedelta(minutes=30) - INSTANT, 30, True),
    (timedelta(0), 30, True),  # the same
    (timedelta(minutes=10), 10, True),  # within
    (timedelta(minutes=-10), 60, True),  # around
    (timedelta(0), 1, True),
    (timedelta(days=1), 30, False),
]


@pytest.mark.parametrize(("after", "minutes", "refused"), OVERLAPS)
@pytest.mark.parametrize(
    "elsewhere", [{}, {"doctor_id": DR_JOSE}, {"clinic_id": SERRA}, {"clinic_id": SERRA, "doctor_id": DR_JOSE}]
)
def test_a_patient_is_in_one_place_at_a_time(
    after: timedelta, minutes: int, refused: bool, elsewhere: dict[str, Any]
) -> None:
    command = but(book, scheduled_for=START + after, duration=minutes, **elsewhere)
    outcome = new_appointment.given(scheduled).when(command)
    moved = new_appointment.given(
        scheduled, but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=START + 9 * DAY, duration=minutes)
    ).when(but(reschedule, scheduled_for=START + after))
    if refused:
        outcome.then_rejected("patient_overlap")
        moved.then_rejected("patient_overlap")
    else:
        assert isinstance(outcome.only(), AppointmentScheduled)
        assert isinstance(moved.only(), AppointmentRescheduled)


def test_an_overlap_is_refused_to_an_import_too() -> None:
    past = but(scheduled, scheduled_for=NOW - 9 * DAY)
    command = but(book, scheduled_for=NOW - 9 * DAY + 10 * MINUTE)
    new_appointment.by("import").given(past).when(command).then_rejected("patient_overlap")


@pytest.mark.parametrize("over", [cancelled, no_show, completed], ids=lambda event: type(event).__name__)
def test_only_live_appointments_take_time(over: Any) -> None:
    new_appointment.given(scheduled, over).when(book).then(
        but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_at=NOW)
    )


def test_a_confirmed_appointment_takes_time() -> None:
    new_appointment.given(scheduled, confirmed).when(book).then_rejected("patient_overlap")


def test_a_rescheduled_appointment_takes_its_new_time_and_leaves_the_old() -> None:
    story = new_appointment.given(scheduled, rescheduled)
    assert story.when(book).only().scheduled_for == START
    story.when(but(book, scheduled_for=rescheduled.new_scheduled_for)).then_rejected("patient_overlap")


def test_an_appointment_does_not_overlap_itself() -> None:
    story = appointment.given(scheduled)
    assert (
        story.when(but(reschedule, scheduled_for=START + 10 * MINUTE)).only().new_scheduled_for == START + 10 * MINUTE
    )


# What each status allows

LIVE, OVER = [[scheduled], [scheduled, confirmed], [scheduled, confirmed, rescheduled]], [cancelled, no_show, completed]


@pytest.mark.parametrize(
    "command", [confirm, reschedule, cancel, mark_no_show, complete], ids=lambda command: type(command).__name__
)
@pytest.mark.parametrize("over", OVER, ids=lambda event: type(event).__name__)
def test_what_is_over_stays_over(command: Any, over: Any) -> None:
    appointment.given(scheduled, over).when(command).then_rejected("appointment_not_live")


@pytest.mark.parametrize("before", LIVE, ids=len)
@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (confirm, AppointmentConfirmed),
        (but(reschedule, scheduled_for=NOW + 20 * DAY), AppointmentRescheduled),
        (cancel, AppointmentCancelled),
        (mark_no_show, AppointmentMarkedAsNoShow),
        (complete, AppointmentCompleted),
    ],
)
def test_a_live_appointment_allows_all(before: list[Any], command: Any, fact: type) -> None:
    assert type(appointment.given(*before).at(NOW + 10 * DAY).when(command).only()) is fact


# Confirmation


def test_a_confirmation_counts() -> None:
    first = AppointmentConfirmed(
        **IDS, confirmed_by="agent", confirmation_method="phone", confirmed_at=NOW, confirmation_count=1
    )
    appointment.given(scheduled).when(confirm).then(first)
    appointment.given(scheduled, first).when(but(confirm, confirmation_method="whatsapp")).then(
        but(first, confirmation_method="whatsapp", confirmation_count=2)
    )


def test_a_reschedule_starts_the_count_anew() -> None:
    appointment.given(scheduled, confirmed, rescheduled).when(confirm).then(confirmed)


# Reschedule


def test_a_reschedule_says_from_when_to_when() -> None:
    appointment.given(scheduled, confirmed).when(but(reschedule, reason="trabalho")).then(
        AppointmentRescheduled(
            **IDS,
            previous_scheduled_for=START,
            new_scheduled_for=NOW + 3 * DAY,
            reason="trabalho",
            rescheduled_by="agent",
            rescheduled_at=NOW,
        )
    )
    again = appointment.given(scheduled, rescheduled).when(but(reschedule, scheduled_for=NOW + 4 * DAY)).only()
    assert again.previous_scheduled_for == NOW + 3 * DAY


def test_it_is_unconfirmed_then() -> None:
    outcome = appointment.given(scheduled, confirmed).when(reschedule)
    after = outcome.case.appointments.appointments[APPOINTMENT]
    assert (after.status, after.confirmations, after.scheduled_for) == ("scheduled", 0, NOW + 3 * DAY)


def test_a_reschedule_to_the_very_same_time_changes_nothing() -> None:
    appointment.given(registered, scheduled, confirmed).when(
        but(reschedule, scheduled_for=scheduled.scheduled_for)
    ).then_nothing()


def test_a_suspended_patient_is_not_rescheduled_but_may_confirm_and_cancel() -> None:
    story = appointment.given(scheduled, became_suspended)
    story.when(reschedule).then_rejected("patient_not_active")
    story.when(confirm).then(confirmed)
    story.when(cancel).then(cancelled)


# Cancellation


def test_a_cancellation_says_why() -> None:
    appointment.given(scheduled).when(cancel).then(
        AppointmentCancelled(**IDS, reason="viagem", cancelled_by="agent", cancelled_at=NOW)
    )
    appointment.given(scheduled).when(but(cancel, reason=None)).then(
        AppointmentCancelled(**IDS, cancelled_by="agent", cancelled_at=NOW)
    )


# No-show: only after the start


def test_a_no_show_only_once_it_began() -> None:
    story = appointment.given(scheduled)
    story.at(START - INSTANT).when(mark_no_show).then_rejected("no_show_before_the_start")
    story.at(START).when(but(mark_no_show, notes="não atendeu")).then(
        AppointmentMarkedAsNoShow(**IDS, scheduled_for=START, marked_by="agent", marked_at=START, notes="não atendeu")
    )


def test_the_start_is_the_newest_one() -> None:
    story = appointment.given(scheduled, rescheduled).at(START + MINUTE)
    story.when(mark_no_show).then_rejected("no_show_before_the_start")
    after = story.at(rescheduled.new_scheduled_for + MINUTE).when(mark_no_show).only()
    assert after.scheduled_for == rescheduled.new_scheduled_for


def test_an_imported_no_show_is_judged_when_it_happened() -> None:
    past = NOW - 100 * DAY
    story = appointment.by("import").given(but(scheduled, scheduled_for=past))
    story.when(but(mark_no_show, occurred_at=past - INSTANT)).then_rejected("no_show_before_the_start")
    assert story.when(but(mark_no_show, occurred_at=past + HOUR)).only().marked_at == past + HOUR


# Completion: not before the day, in the clinic's zone


def test_a_visit_is_completed() -> None:
    at = START + HOUR
    appointment.given(scheduled).at(at).when(but(complete, notes="retorno em 30 dias", requires_follow_up=True)).then(
        AppointmentCompleted(**IDS, completed_at=at, notes="retorno em 30 dias", requires_follow_up=True)
    )
    assert appointment.given(scheduled).at(at).when(complete).only().requires_follow_up is False


UTC_DAY = datetime(2026, 3, 10, tzinfo=UTC)
COMPLETIONS = [
    # scheduled for, at, zone, accepted
    (UTC_DAY + 15 * HOUR, UTC_DAY + 3 * HOUR, "America/Sao_Paulo", True),  # midnight in São Paulo
    (UTC_DAY + 15 * HOUR, UTC_DAY + 3 * HOUR - INSTANT, "America/Sao_Paulo", False),  # the day before, there
    (UTC_DAY + 15 * HOUR, UTC_DAY + 3 * HOUR - INSTANT, "UTC", True),
    (UTC_DAY + 15 * HOUR, UTC_DAY - INSTANT, "UTC", False),
    (UTC_DAY + HOUR, UTC_DAY - 20 * HOUR, "America/Sao_Paulo", True),  # 22:00 on the 9th in São Paulo, the 10th in UTC
    (UTC_DAY + HOUR, UTC_DAY - 20 * HOUR, "UTC", False),
    (UTC_DAY + 15 * HOUR, UTC_DAY + 4 * HOUR - INSTANT, "America/Manaus", False),  # an hour behind São Paulo
    (UTC_DAY + 15 * HOUR, UTC_DAY + 4 * HOUR, "America/Manaus", True),
    (UTC_DAY + 15 * HOUR, UTC_DAY + 40 * DAY, "America/Sao_Paulo", True),
]


@pytest.mark.parametrize(("start", "at", "zone", "accepted"), COMPLETIONS)
def test_a_completion_not_before_the_day(start: datetime, at: datetime, zone: str, accepted: bool) -> None:
    story = appointment.where(zone=ZoneInfo(zone)).given(but(scheduled, scheduled_for=start)).at(at)
    if accepted:
        assert story.when(complete).only().completed_at == at
    else:
        story.when(complete).then_rejected("completion_before_the_day")


def test_a_completion_needs_the_clinics_zone() -> None:
    appointment.where(zone=None).given(scheduled).at(START).when(complete).then_rejected("clinic_unknown")


def test_an_imported_completion_is_judged_when_it_happened() -> None:
    story = appointment.by("import").given(but(scheduled, scheduled_for=NOW - 9 * DAY))
    story.when(but(complete, occurred_at=NOW - 10 * DAY)).then_rejected("completion_before_the_day")
    assert story.when(but(complete, occurred_at=NOW - 9 * DAY)).only().completed_at == NOW - 9 * DAY


# Reminders


def test_a_reminder_gets_an_id_where_none_is_named() -> None:
    appointment.given(scheduled).when(remind).then(
        AppointmentReminderSent(**IDS, reminder_id=REMINDER, channel="whatsapp", sent_at=NOW, delivery_status="sent")
    )
    named = but(remind, reminder_id=OTHER_REMINDER, channel="sms")
    appointment.given(scheduled).when(named).then(but(reminder_sent, reminder_id=OTHER_REMINDER, channel="sms"))


def test_a_later_status_is_the_same_event_again() -> None:
    later = but(remind, reminder_id=REMINDER, delivery_status="read")
    appointment.given(scheduled, reminder_sent).when(later).then(but(reminder_sent, delivery_status="read"))


STATUSES = ("sent", "failed", "delivered", "read")


@pytest.mark.parametrize("known", STATUSES)
@pytest.mark.parametrize("told", STATUSES)
def test_a_status_only_rises(known: Any, told: Any) -> None:
    story = appointment.given(scheduled, but(reminder_sent, delivery_status=known))
    outcome = story.when(but(remind, reminder_id=REMINDER, delivery_status=told))
    if STATUSES.index(told) > STATUSES.index(known):
        outcome.then(but(reminder_sent, delivery_status=told))
    else:
        outcome.then_nothing()


def test_however_often_and_in_whatever_order_statuses_are_told_each_rise_is_one_event() -> None:
    """22 repeats were 22 versions of the appointment."""
    story = appointment.given(scheduled)
    for told in ["sent", "sent", "delivered", "sent", "delivered", "read", *["read", "delivered", "sent"] * 6]:
        story = story.given(*story.when(but(remind, reminder_id=REMINDER, delivery_status=told)).events)
    assert story.case.versions[APPOINTMENT] == 4


def test_what_could_not_be_sent_is_tried_again_and_what_went_out_may_fail() -> None:
    again, failed = but(remind, reminder_id=REMINDER), but(reminder_not_sent, reminder_id=REMINDER)
    unsent = appointment.given(scheduled, reminder_failed)
    unsent.when(failed).then_nothing()
    unsent.when(again).then(reminder_sent)
    appointment.given(scheduled, reminder_sent).when(failed).then(reminder_failed)
    out = unsent.given(reminder_sent, reminder_failed)
    for stale in (again, failed, but(again, delivery_status="failed")):
        out.when(stale).then_nothing()
    out.when(but(again, delivery_status="delivered")).then(but(reminder_sent, delivery_status="delivered"))


def test_what_was_recorded_before_statuses_only_rose_counts_with_the_highest() -> None:
    fell = (but(reminder_sent, delivery_status="read"), but(reminder_sent, delivery_status="delivered"))
    later = but(remind, reminder_id=REMINDER, delivery_status="read")
    appointment.given(scheduled, *fell).when(later).then_nothing()


def test_a_reminder_that_did_not_go_out() -> None:
    appointment.given(scheduled).when(reminder_not_sent).then(
        AppointmentReminderFailed(
            **IDS, reminder_id=REMINDER, channel="whatsapp", failed_at=NOW, error="número sem WhatsApp"
        )
    )


@pytest.mark.parametrize("both", [{}, {"delivery_status": "sent", "error": "não"}])
def test_a_reminder_was_sent_or_it_was_not(both: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RecordReminder(channel="whatsapp", **both)


@pytest.mark.parametrize(
    ("over", "allowed"),
    [([], True), ([confirmed], True), ([completed], True), ([cancelled], False), ([no_show], False)],
)
def test_reminders_are_allowed_on_completed_appointments(over: list[Any], allowed: bool) -> None:
    outcome = appointment.given(scheduled, *over).when(remind)
    if allowed:
        outcome.then(reminder_sent)
    else:
        outcome.then_rejected("appointment_not_live")


@pytest.mark.parametrize("command", [remind, reminder_not_sent], ids=["sent", "not sent"])
def test_nobody_is_reminded_who_was_anonymised(command: Any) -> None:
    appointment.given(scheduled, completed, anonymized).when(command).then_rejected("patient_anonymized")


def test_an_appointment_has_so_many_reminders_and_no_more() -> None:
    story = appointment.where(limits=Limits(reminders_per_appointment_max=2)).given(scheduled, reminder_sent)
    third = but(remind, reminder_id=THIRD_APPOINTMENT)
    second = but(reminder_failed, reminder_id=OTHER_REMINDER)
    story.when(third).then(but(reminder_sent, reminder_id=THIRD_APPOINTMENT))
    story.given(second).when(third).then_rejected("too_many_reminders")
    story.given(second).when(but(remind, reminder_id=REMINDER, delivery_status="read")).then(
        but(reminder_sent, delivery_status="read")
    )


# Actors: by the token's role, never from the body


@pytest.mark.parametrize(
    ("role", "actor"),
    [
        ("admin", "agent"),
        ("manager", "agent"),
        ("receptionist", "agent"),
        ("doctor", "doctor"),
        ("bot", "bot"),
        ("import", "import"),
        ("system", "system"),
    ],
)
def test_the_actor_follows_the_role(role: str, actor: str) -> None:
    story = appointment.given(scheduled).by(role)
    assert appointment.by(role).when(book).only().scheduled_by == actor
    assert story.when(confirm).only().confirmed_by == actor
    assert story.when(reschedule).only().rescheduled_by == actor
    assert story.when(cancel).only().cancelled_by == actor
    assert story.at(START + HOUR).when(mark_no_show).only().marked_by == actor


def test_the_bot_passes_on_what_the_patient_did() -> None:
    theirs = but(confirm, on_behalf_of_patient=True)
    assert appointment.given(scheduled).by("bot").when(theirs).only().confirmed_by == "patient"
    appointment.given(scheduled).when(theirs).then_rejected("only_the_bot_speaks_for_patients")
    booked_by_her = but(book, on_behalf_of_patient=True)
    assert appointment.by("bot").when(booked_by_her).only().scheduled_by == "patient"


def test_the_doctors_name_stays_as_booked() -> None:
    married = Doctor("Dra. Ana Lúcia Nogueira Prado", ANA_WORKS.clinic_ids)
    assert appointment.where(doctor=married).when(book).only().doctor_name == "Dra. Ana Lúcia Nogueira Prado"
