"""Whose doing a cancellation or a move was: the clinic's own does not count against the patient."""

from typing import Any

import pytest

from command_api.decide.journey.commands import RecalculateSilence
from examples import (
    DAY,
    JOURNEY,
    NOW,
    appointment,
    but,
    cancel,
    cancelled,
    journey,
    journey_started,
    journey_view,
    patient_view,
    registered,
    reschedule,
    rescheduled,
    scheduled,
)
from healz.events.journey import RiskDetected
from journey_examples import called_off, put_off

BY_THE_CLINIC = but(cancelled, on_whose_account="clinic")
begun = journey.given(but(journey_started, started_at=NOW - 10 * DAY))


@pytest.mark.parametrize("role", ["receptionist", "manager", "admin", "bot", "import"])
@pytest.mark.parametrize("command", [cancel, reschedule], ids=["cancel", "move"])
def test_without_a_word_it_is_the_patients_and_the_event_is_as_it_always_was(role: str, command: Any) -> None:
    event = appointment.given(scheduled).by(role).when(command).only()
    assert "on_whose_account" not in event.model_fields_set


@pytest.mark.parametrize("command", [cancel, reschedule], ids=["cancel", "move"])
def test_a_doctor_without_a_word_means_the_clinic(command: Any) -> None:
    story = appointment.given(scheduled).by("doctor")
    assert story.when(command).only().on_whose_account == "clinic"
    assert story.when(but(command, on_whose_account="patient")).only().on_whose_account == "patient"


@pytest.mark.parametrize("command", [cancel, reschedule], ids=["cancel", "move"])
def test_what_is_said_is_recorded_whoever_says_it(command: Any) -> None:
    for role in ("receptionist", "bot", "import"):
        said = appointment.given(scheduled).by(role).when(but(command, on_whose_account="clinic")).only()
        assert said.on_whose_account == "clinic"


def test_a_patient_may_move_what_the_clinic_can_not_keep() -> None:
    moved = but(reschedule, on_whose_account="clinic", on_behalf_of_patient=True)
    event = appointment.given(scheduled).by("bot").when(moved).only()
    assert (event.rescheduled_by, event.on_whose_account) == ("patient", "clinic")


def test_two_cancellations_by_the_clinic_are_no_sign_of_risk() -> None:
    story = begun.given(*called_off(1), scheduled)
    assert story.when(cancel).of(RiskDetected)[0].risk_type == "cancellation"
    assert story.when(but(cancel, on_whose_account="clinic")).of(RiskDetected) == []
    by_the_clinic = [but(event, on_whose_account="clinic") for event in called_off(1)[1:]]
    story = begun.given(called_off(1)[0], *by_the_clinic, scheduled)
    assert story.when(cancel).of(RiskDetected) == []


def test_moves_by_the_clinic_are_no_delay() -> None:
    moved = put_off(1)[-1]
    twice = but(reschedule, scheduled_for=NOW + 9 * DAY)
    story = begun.about(moved.aggregate_id)
    assert story.given(*put_off(1)).when(twice).of(RiskDetected)[0].risk_type == "delay"
    assert story.given(*put_off(1)).when(but(twice, on_whose_account="clinic")).of(RiskDetected) == []
    assert story.given(put_off(1)[0], but(moved, on_whose_account="clinic")).when(twice).of(RiskDetected) == []


def test_the_stage_follows_whoever_cancelled() -> None:
    in_stage = begun.given(scheduled)
    named = [in_stage.when(but(cancel, on_whose_account=account)) for account in ("patient", "clinic")]
    assert [type(event).__name__ for event in named[0].events] == [type(event).__name__ for event in named[1].events]


def test_the_days_of_silence_begin_anew_for_who_waited_for_what_the_clinic_cancelled() -> None:
    """They were expected on that day, and had nothing to say until then."""
    long_ago = NOW - 25 * DAY
    story = journey.given(but(journey_started, started_at=long_ago), but(scheduled, scheduled_at=long_ago))
    story = story.given(BY_THE_CLINIC)
    story.about(JOURNEY).by("system").at(NOW + DAY).when(RecalculateSilence()).then_nothing()


def test_the_counts_of_the_rows_are_those_on_the_patients_account() -> None:
    for view, column in ((patient_view, "cancelled_appointments"), (journey_view, "cancelled_appointments")):
        before = view.given(registered, but(journey_started, started_at=NOW - 10 * DAY), scheduled)
        before.given(cancelled).shows(**{column: 1})
        before.given(BY_THE_CLINIC).shows(**{column: 0})
    journey_view.given(registered, journey_started, scheduled, but(rescheduled, on_whose_account="clinic")).shows(
        cancelled_appointments=0
    )
