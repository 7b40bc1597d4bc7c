"""The appointment read model: what each fact does to the row, and that it does nothing else."""

from typing import Any

import pytest

from examples import (
    APPOINTMENT,
    BEFORE,
    DAY,
    DRA_ANA,
    HOUR,
    MARIA,
    MINUTE,
    NOW,
    OTHER_APPOINTMENT,
    OTHER_PHONE,
    OTHER_REMINDER,
    PHONE,
    REMINDER,
    TENANT,
    VITORIA,
    abandoned,
    anonymized,
    appointment_view,
    became_inactive,
    but,
    cancelled,
    completed,
    confirmed,
    contact_updated,
    conversation_started,
    escalated,
    journey_completed,
    journey_started,
    medical_history_updated,
    message_received,
    moved_to,
    no_show,
    preferences_updated,
    recalculated,
    recovered,
    registered,
    reminder_failed,
    reminder_sent,
    rescheduled,
    risk_detected,
    risk_escalated,
    scheduled,
)
from healz.events.patient import PatientContactUpdated

registered_only = appointment_view.given(registered)
booked = registered_only.given(scheduled)
START = scheduled.scheduled_for


def test_scheduled_makes_the_row() -> None:
    registered_only.when(but(scheduled, notes="primeira consulta")).then_row(
        tenant_id=TENANT,
        appointment_id=APPOINTMENT,
        version=1,
        clinic_id=VITORIA,
        patient_id=MARIA,
        patient_name="Maria Aparecida da Silva",
        patient_phone=PHONE,
        doctor_id=DRA_ANA,
        doctor_name="Dra. Ana Lúcia Nogueira",
        scheduled_for=START,
        duration=30,
        appointment_type="first_visit",
        status="scheduled",
        notes="primeira consulta",
        created_at=scheduled.scheduled_at,
        updated_at=NOW + 2 * MINUTE,
    )


def test_confirmed() -> None:
    booked.when(confirmed).then(
        status="confirmed",
        confirmed_at=NOW,
        confirmed_by="agent",
        confirmation_method="phone",
        confirmation_count=1,
    )


def test_the_last_confirmation_counts() -> None:
    again = but(
        confirmed, confirmed_by="patient", confirmation_method="whatsapp", confirmed_at=NOW + HOUR, confirmation_count=2
    )
    booked.given(confirmed).when(again).then(
        confirmed_at=NOW + HOUR, confirmed_by="patient", confirmation_method="whatsapp", confirmation_count=2
    )


def test_rescheduled_clears_confirmation_and_reminder() -> None:
    reminder = but(reminder_sent, delivery_status="read")
    booked.given(confirmed, reminder).when(rescheduled).then(
        status="scheduled",
        scheduled_for=rescheduled.new_scheduled_for,
        rescheduled_count=1,
        original_scheduled_for=START,
        confirmed_at=None,
        confirmed_by=None,
        confirmation_method=None,
        confirmation_count=0,
        reminder_sent_at=None,
        reminder_delivery_status=None,
        reminder_id=None,
    )


def test_the_original_time_is_that_before_the_first_reschedule() -> None:
    again = but(rescheduled, previous_scheduled_for=NOW + 3 * DAY, new_scheduled_for=NOW + 4 * DAY)
    booked.given(rescheduled).when(again).then(scheduled_for=NOW + 4 * DAY, rescheduled_count=2)
    booked.given(rescheduled, again).shows(original_scheduled_for=START)


def test_cancelled() -> None:
    booked.when(cancelled).then(status="cancelled", cancelled_at=NOW, cancellation_reason="viagem")
    booked.when(but(cancelled, reason=None)).then(status="cancelled", cancelled_at=NOW)


def test_a_cancelled_appointment_keeps_what_was_confirmed() -> None:
    booked.given(confirmed).when(cancelled).then(status="cancelled", cancelled_at=NOW, cancellation_reason="viagem")


def test_no_show() -> None:
    booked.when(no_show).then(status="no_show")


def test_completed() -> None:
    booked.when(completed).then(status="completed", completed_at=completed.completed_at)


def test_notes_are_the_newest_given() -> None:
    noted = registered_only.given(but(scheduled, notes="primeira consulta"))
    noted.when(completed).then(status="completed", completed_at=completed.completed_at)
    noted.when(but(completed, notes="retorno")).then(
        status="completed", completed_at=completed.completed_at, notes="retorno"
    )
    noted.when(but(no_show, notes="não atendeu")).then(status="no_show", notes="não atendeu")
    noted.when(no_show).then(status="no_show")


# Reminders


def test_a_new_reminder() -> None:
    booked.when(reminder_sent).then(
        reminder_id=REMINDER,
        reminders_seen=[str(REMINDER)],
        reminder_sent_at=NOW,
        reminder_delivery_status="sent",
    )


def test_a_later_status_of_it() -> None:
    later = but(reminder_sent, sent_at=NOW + MINUTE, delivery_status="read")
    booked.given(reminder_sent).when(later).then(reminder_delivery_status="read")


def test_a_newer_reminder_stands_in_its_place() -> None:
    newer = but(reminder_sent, reminder_id=OTHER_REMINDER, sent_at=NOW + HOUR)
    booked.given(reminder_sent).when(newer).then(
        reminder_id=OTHER_REMINDER,
        reminders_seen=[str(REMINDER), str(OTHER_REMINDER)],
        reminder_sent_at=NOW + HOUR,
    )


def test_a_late_status_of_an_older_one_changes_nothing() -> None:
    newer = but(reminder_sent, reminder_id=OTHER_REMINDER, sent_at=NOW + HOUR)
    both = booked.given(reminder_sent, newer)
    both.when(but(reminder_sent, delivery_status="read")).then()
    both.when(reminder_failed).then()


def test_a_late_status_of_one_before_the_reschedule_changes_nothing() -> None:
    booked.given(reminder_sent, rescheduled).when(but(reminder_sent, delivery_status="read")).then()


def test_a_reminder_after_the_reschedule_counts() -> None:
    newer = but(reminder_sent, reminder_id=OTHER_REMINDER, sent_at=NOW + HOUR)
    booked.given(reminder_sent, rescheduled).when(newer).then(
        reminder_id=OTHER_REMINDER,
        reminders_seen=[str(REMINDER), str(OTHER_REMINDER)],
        reminder_sent_at=NOW + HOUR,
        reminder_delivery_status="sent",
    )


def test_a_reminder_that_failed() -> None:
    booked.when(reminder_failed).then(
        reminder_id=REMINDER, reminders_seen=[str(REMINDER)], reminder_delivery_status="failed"
    )
    booked.given(reminder_sent).when(reminder_failed).then(reminder_delivery_status="failed")
    booked.given(reminder_failed).when(reminder_sent).then(reminder_sent_at=NOW, reminder_delivery_status="sent")


def test_a_reminder_of_a_completed_appointment() -> None:
    booked.given(completed).when(reminder_sent).then(
        reminder_id=REMINDER,
        reminders_seen=[str(REMINDER)],
        reminder_sent_at=NOW,
        reminder_delivery_status="sent",
    )


# The patient's name and phone, on all of the patient's rows


def test_name_and_phone_follow() -> None:
    booked.when(contact_updated).then(patient_name="Maria da Silva Gonçalves", patient_phone=OTHER_PHONE)
    booked.when(but(contact_updated, new_phone=None)).then(patient_name="Maria da Silva Gonçalves")
    booked.when(but(contact_updated, new_full_name=None)).then(patient_phone=OTHER_PHONE)
    booked.when(anonymized).then(patient_name="Anonymized patient", patient_phone="")


def test_nothing_that_was_written_of_an_anonymised_patient_stays() -> None:
    nobody = {"patient_name": "Anonymized patient", "patient_phone": ""}
    noted = registered_only.given(but(scheduled, notes="traz exames"))
    noted.when(anonymized).then(**nobody, notes=None)
    noted.given(completed).when(anonymized).then(**nobody, notes=None)
    noted.given(but(cancelled, reason="viajou")).when(anonymized).then(**nobody, notes=None, cancellation_reason=None)


@pytest.mark.parametrize(
    "late", [cancelled, completed, no_show, contact_updated], ids=lambda event: type(event).__name__
)
def test_nothing_comes_back_after_it(late: Any) -> None:
    for row in booked.given(anonymized, late).rows.appointments.values():
        shown = (row.patient_name, row.patient_phone, row.notes, row.cancellation_reason)
        assert shown == ("Anonymized patient", "", None, None)


def test_a_later_booking_says_nothing_either() -> None:
    registered_only.given(anonymized, but(scheduled, notes="x")).shows(patient_name="Anonymized patient", notes=None)


def test_all_rows_follow() -> None:
    another = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=START + DAY)
    rows = booked.given(another, cancelled, contact_updated).rows
    assert {row.patient_phone for row in rows.appointments.values()} == {OTHER_PHONE}


def test_a_later_booking_has_the_newest_name() -> None:
    registered_only.given(contact_updated, scheduled).shows(patient_name="Maria da Silva Gonçalves")


@pytest.mark.parametrize(
    "event",
    [
        PatientContactUpdated(patient_id=MARIA, updated_at=NOW, new_email=None),
        PatientContactUpdated(
            patient_id=MARIA, updated_at=NOW, new_full_name="Maria Aparecida da Silva", new_phone=PHONE
        ),
        preferences_updated,
        became_inactive,
        medical_history_updated,
        journey_started,
        moved_to("scheduled"),
        risk_detected,
        recalculated,
        risk_escalated,
        recovered,
        abandoned,
        journey_completed,
        conversation_started,
        message_received,
        escalated,
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_changes_nothing_here(event: Any) -> None:
    booked.when(event).then_nothing()


def test_another_appointment_leaves_the_row_alone() -> None:
    before = booked
    another = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=START + DAY)
    after = before.given(another, but(cancelled, appointment_id=OTHER_APPOINTMENT))
    assert after.rows.appointments[APPOINTMENT] is before.rows.appointments[APPOINTMENT]


def test_created_at_is_when_it_was_booked() -> None:
    registered_only.given(but(scheduled, scheduled_at=BEFORE)).shows(created_at=BEFORE)
