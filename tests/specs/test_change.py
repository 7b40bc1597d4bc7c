"""A live appointment is with another doctor, takes longer, or is of another kind."""

from typing import Any

import pytest
from pydantic import ValidationError

from command_api.decide.appointment.change.commands import ChangeAppointment
from command_api.decide.given import Doctor
from examples import (
    APPOINTMENT,
    DAY,
    DR_JOSE,
    DRA_ANA,
    HOUR,
    MARIA,
    MINUTE,
    NOW,
    OTHER_APPOINTMENT,
    SERRA,
    VITORIA,
    appointment,
    appointment_view,
    became_inactive,
    but,
    cancelled,
    completed,
    confirmed,
    journey_started,
    moved_to,
    registered,
    scheduled,
)
from healz.events.appointment import AppointmentCancelled, AppointmentRescheduled, AppointmentScheduled
from healz.events.appointment_change import AppointmentChanged
from healz.events.journey import RiskScoreRecalculated
from journey_examples import factor, rated

JOSE_WORKS = Doctor("Dr. José Maria Conceição", frozenset({VITORIA}))
with_jose = ChangeAppointment(doctor_id=DR_JOSE, reason="a doutora saiu")
longer = ChangeAppointment(duration=60)
START = scheduled.scheduled_for
booked = appointment.given(scheduled).where(doctor=JOSE_WORKS)
IDS: dict[str, Any] = {"appointment_id": APPOINTMENT, "patient_id": MARIA, "clinic_id": VITORIA, "doctor_id": DR_JOSE}
changed = AppointmentChanged(
    **IDS,
    previous_doctor_id=DRA_ANA,
    doctor_name=JOSE_WORKS.full_name,
    duration=30,
    appointment_type="first_visit",
    reason="a doutora saiu",
    changed_by="agent",
    changed_at=NOW,
)


def test_it_is_with_another_doctor() -> None:
    booked.when(with_jose).then(changed)


def test_a_confirmation_stays() -> None:
    outcome = booked.given(confirmed).when(with_jose)
    assert outcome.case.appointments.appointments[APPOINTMENT].status == "confirmed"


def test_only_what_differs_is_said() -> None:
    event = booked.when(but(longer, appointment_type="return")).only()
    assert (event.duration, event.appointment_type, event.doctor_id) == (60, "return", DRA_ANA)
    assert not {"previous_doctor_id", "reason"} & event.model_fields_set


def test_asked_twice_nothing_happens() -> None:
    booked.given(changed).when(with_jose).then_nothing()


def test_with_another_doctor_at_another_time_it_is_one_command_on_the_clinics_account() -> None:
    moved = but(with_jose, scheduled_for=START + DAY)
    outcome = booked.when(moved)
    change, move = outcome.of(AppointmentChanged, AppointmentRescheduled)
    assert (move.new_scheduled_for, move.doctor_id, move.on_whose_account) == (START + DAY, DR_JOSE, "clinic")
    assert (
        booked.when(but(moved, on_whose_account="patient")).of(AppointmentRescheduled)[0].on_whose_account == "patient"
    )
    assert change == changed
    alone = booked.when(ChangeAppointment(duration=60, scheduled_for=START + DAY)).of(AppointmentRescheduled)
    assert "on_whose_account" not in alone[0].model_fields_set


def test_it_moves_no_journey_and_is_no_sign_of_life() -> None:
    booked.when(with_jose).then_in_order("AppointmentChanged")
    assert changed.interaction_at is None


def test_with_another_doctor_at_another_time_a_risk_that_is_gone_is_weighed_once() -> None:
    silent = rated("0.00", "1.00", "critical", factor("silence", "1.00", "high"))
    story = appointment.given(journey_started, scheduled, moved_to("at_risk"), silent).where(doctor=JOSE_WORKS)
    outcome = story.at(NOW + HOUR).when(but(with_jose, scheduled_for=START + 9 * DAY))
    outcome.of(AppointmentChanged, AppointmentRescheduled)
    [weighed] = outcome.of(RiskScoreRecalculated)
    assert (str(weighed.previous_score), str(weighed.new_score)) == ("1.00", "0.00")


def test_what_is_over_is_not_changed() -> None:
    for end in (cancelled, completed):
        booked.given(end).when(with_jose).then_rejected("appointment_not_live")


def test_doctor_clinic_and_patient_must_fit() -> None:
    booked.where(doctor=None).when(with_jose).then_rejected("doctor_unknown")
    elsewhere = Doctor("Dr. José Maria Conceição", frozenset({SERRA}))
    booked.where(doctor=elsewhere).when(with_jose).then_rejected("doctor_not_in_clinic")
    story = appointment.given(scheduled, became_inactive).where(doctor=JOSE_WORKS)
    assert story.when(with_jose).rejected is not None


def test_a_longer_one_must_fit_too() -> None:
    other = but(scheduled, appointment_id=OTHER_APPOINTMENT, scheduled_for=START + HOUR)
    booked.given(other).when(longer).then_in_order("AppointmentChanged")
    booked.given(other).when(but(longer, duration=61)).then_rejected("patient_overlap")


def test_one_that_has_begun_can_be_changed_where_it_is() -> None:
    late = booked.at(START + 10 * MINUTE)
    late.when(with_jose).then_in_order("AppointmentChanged")
    late.when(but(with_jose, scheduled_for=START + 5 * MINUTE)).then_rejected("appointment_in_the_past")


def test_in_another_clinic_it_is_booked_there_and_cancelled_here_on_the_clinics_account() -> None:
    ana = Doctor("Dra. Ana Lúcia Nogueira", frozenset({VITORIA, SERRA}))
    story = appointment.given(journey_started, scheduled).where(doctor=ana)
    outcome = story.when(ChangeAppointment(clinic_id=SERRA, duration=45))
    outcome.then_in_order("AppointmentScheduled", "AppointmentCancelled", "JourneyStarted", "JourneyStageChanged")
    there, here = outcome.of(AppointmentScheduled, AppointmentCancelled)
    assert (there.clinic_id, there.scheduled_for, there.duration, there.doctor_id) == (SERRA, START, 45, DRA_ANA)
    assert (here.clinic_id, here.appointment_id, here.on_whose_account) == (VITORIA, APPOINTMENT, "clinic")
    assert here.reason == "moved_to_another_clinic"
    assert there.appointment_id != APPOINTMENT
    [live] = outcome.case.appointments.live
    assert live.appointment_id == there.appointment_id
    assert outcome.case.journeys[SERRA].stage == "scheduled"
    assert outcome.case.journeys[VITORIA].evidence.cancellations == ()


def test_the_clinic_where_it_is_is_no_other() -> None:
    booked.when(but(with_jose, clinic_id=VITORIA)).then(changed)


def test_nobody_works_where_they_do_not() -> None:
    booked.when(ChangeAppointment(clinic_id=SERRA, doctor_id=DR_JOSE)).then_rejected("doctor_not_in_clinic")
    booked.where(zone=None).when(ChangeAppointment(clinic_id=SERRA)).then_rejected("clinic_unknown")


def test_the_row() -> None:
    view = appointment_view.given(registered, scheduled)
    view.when(but(changed, duration=45, appointment_type="return")).then(
        doctor_id=DR_JOSE, doctor_name=JOSE_WORKS.full_name, duration=45, appointment_type="return"
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "x"},
        {"scheduled_for": "2030-03-11T11:00:00-03:00"},
        {"duration": 0},
        {"duration": True},
        {"duration": 60, "on_whose_account": "clinic"},
        {"doctor_id": None},
    ],
)
def test_what_changes_nothing_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ChangeAppointment.model_validate(body)
