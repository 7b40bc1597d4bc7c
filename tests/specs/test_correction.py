"""A mistake is corrected: what had been said stays in the log, and all else is as if the right thing had been said."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from command_api.decide.appointment.outcome.commands import CorrectOutcome
from command_api.decide.journey.commands import EndSilentJourney, RecalculateSilence
from command_api.decide.limits import Limits
from examples import (
    APPOINTMENT,
    DAY,
    HOUR,
    MARIA,
    MINUTE,
    NOW,
    OTHER_APPOINTMENT,
    VITORIA,
    anonymize,
    appointment,
    book,
    but,
    cancel,
    complete,
    confirm,
    deactivate,
    mark_no_show,
    receive,
    registered,
    reschedule,
    scheduled,
    start_conversation,
)
from given_when_then import Log, Story, event_id
from healz.events import Event
from healz.events.appointment_correction import AppointmentOutcomeCorrected
from healz.events.journey import JourneyAbandoned, JourneyStageChanged, RiskEscalated, RiskScoreRecalculated
from healz.read_models import appointment as appointment_model
from healz.read_models import journey as journey_model
from healz.read_models import patient as patient_model
from healz.read_models.appointment_row import AppointmentRows
from healz.read_models.journey_row import JourneyRow, JourneyRows
from healz.read_models.patient_journeys import NO_SCORE
from journey_examples import abandon, nth

START = scheduled.scheduled_for
ENDED = START + HOUR
came = CorrectOutcome(outcome="completed", reason="estava na recepção")
missed = CorrectOutcome(outcome="no_show", reason="outra Maria")
called_off = CorrectOutcome(outcome="cancelled", reason="tinha desmarcado")
still_on = CorrectOutcome(outcome="live", reason="clicou errado")
RIGHT: dict[str, tuple[Any, CorrectOutcome]] = {
    "completed": (complete, came),
    "to be seen again": (but(complete, requires_follow_up=True), but(came, requires_follow_up=True)),
    "no_show": (mark_no_show, missed),
    "cancelled": (cancel, called_off),
    "cancelled by the clinic": (
        but(cancel, on_whose_account="clinic"),
        but(called_off, on_whose_account="clinic"),
    ),
}
"""What is said at first, and the same as a correction."""


class Told:
    """Maria's history, command by command; each answer is decided on what came before."""

    def __init__(self) -> None:
        self.story: Story = appointment.where(target=APPOINTMENT)
        self.commits: list[list[Event]] = [[registered]]
        self.journeys = 0

    def tell(self, command: Any, at: datetime, about: UUID = APPOINTMENT, by: str = "receptionist") -> list[Event]:
        self.journeys += 1
        outcome = self.story.by(by).at(at).about(about).where(journey_id=UUID(int=0xB0 + self.journeys)).when(command)
        assert outcome.rejected is None, outcome.rejected
        self.story = self.story.where(case=outcome.case)
        self.commits.append(outcome.events)
        return outcome.events

    def booked(self, about: UUID = APPOINTMENT, starts: datetime = START, at: datetime | None = None) -> "Told":
        self.tell(but(book, scheduled_for=starts), at or starts - 2 * DAY, about)
        return self

    @property
    def journey(self) -> Any:
        return self.story.case.journeys[VITORIA]

    @property
    def rows(self) -> tuple[Any, AppointmentRows, JourneyRows]:
        log = Log(UUID(int=1), NOW)
        for commit in self.commits:
            first = event_id(len(log.recorded) + 1)
            for n, event in enumerate(commit):
                log = log.add(event, first if n else None)
        patient, appointments, journeys = None, AppointmentRows(), JourneyRows()
        for recorded in log.recorded:
            patient = patient_model.evolve(patient, recorded)
            appointments = appointment_model.evolve(appointments, recorded)
            journeys = journey_model.evolve(journeys, recorded)
        return patient, appointments, journeys

    @property
    def journey_row(self) -> JourneyRow:
        *_, newest = self.rows[2].journeys.values()
        return newest


OWN_TIMES = {
    "version",
    "updated_at",
    "stage_changed_at",
    "previous_stage",
    "last_risk_calculated_at",
    "risk_indicators",
    "escalated_at",
    "cancellation_reason",
    "notes",
}
"""What a correction can't undo: that there were other versions, stages and scores before; and words."""


def plain(row: Any) -> dict[str, Any]:
    columns = {name: getattr(row, name) for name in row.__struct_fields__ if name not in OWN_TIMES}
    return columns | {"journeys": {key: {"score": NO_SCORE} | way for key, way in columns.get("journeys", {}).items()}}


def same_rows(corrected: Told, right: Told) -> None:
    """The rows are those of who said the right thing at first."""
    (patient, appointments, journeys), (patient2, appointments2, journeys2) = corrected.rows, right.rows
    assert plain(patient) == plain(patient2)
    assert {key: plain(row) for key, row in appointments.appointments.items()} == {
        key: plain(row) for key, row in appointments2.appointments.items()
    }
    assert {key: plain(row) for key, row in journeys.journeys.items()} == {
        key: plain(row) for key, row in journeys2.journeys.items()
    }
    assert journeys.clinics == journeys2.clinics
    ours, theirs = corrected.journey.evidence, right.journey.evidence
    for name in ("since", "no_shows", "cancellations", "reschedules", "negative_message"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert corrected.journey.last_visit_at == right.journey.last_visit_at
    assert {key: replace(live, corrections=0) for key, live in corrected.journey.live.items()} == right.journey.live


def past(told: Told, kind: str) -> Told:
    """Something that was so before."""
    if kind == "a no-show":
        told.booked(nth(1), NOW - 9 * DAY).tell(mark_no_show, NOW - 9 * DAY + HOUR, nth(1))
    elif kind == "two cancellations":
        for n in (1, 2):
            told.booked(nth(n), NOW - 9 * DAY + n * HOUR).tell(cancel, NOW - 10 * DAY + n * HOUR, nth(n))
    elif kind == "a visit":
        told.booked(nth(1), NOW - 9 * DAY).tell(complete, NOW - 9 * DAY + HOUR, nth(1))
    elif kind == "another is live":
        told.booked(nth(1), NOW + 20 * DAY, NOW - DAY)
    elif kind == "another is confirmed":
        told.booked(nth(1), NOW + 20 * DAY, NOW - DAY).tell(confirm, NOW - DAY, nth(1))
    elif kind == "a no-show, then a visit":
        past(told, "a no-show")
        told.booked(nth(2), NOW - 6 * DAY).tell(complete, NOW - 6 * DAY + HOUR, nth(2))
    elif kind == "moved twice":
        told.booked(nth(1), NOW + 20 * DAY, NOW - 2 * DAY)
        for days in (21, 22):
            told.tell(but(reschedule, scheduled_for=NOW + days * DAY), NOW - DAY, nth(1))
    return told


PASTS = [
    *("nothing", "a no-show", "two cancellations", "a visit", "another is live", "another is confirmed"),
    *("a no-show, then a visit", "moved twice"),
]


@pytest.mark.parametrize("before", PASTS)
@pytest.mark.parametrize("right", RIGHT)
@pytest.mark.parametrize("mistaken", RIGHT)
def test_the_rows_are_as_if_the_right_thing_had_been_said(mistaken: str, right: str, before: str) -> None:
    if mistaken == right:
        return
    said, correction = RIGHT[mistaken][0], RIGHT[right][1]
    corrected, first = (past(Told(), before).booked(starts=START, at=NOW) for _ in range(2))
    corrected.tell(said, ENDED)
    (fact, *_) = corrected.tell(correction, ENDED + 5 * MINUTE)
    assert isinstance(fact, AppointmentOutcomeCorrected)
    first.tell(RIGHT[right][0], ENDED)
    same_rows(corrected, first)


@pytest.mark.parametrize("before", PASTS)
@pytest.mark.parametrize("confirmation", [False, True])
@pytest.mark.parametrize("mistaken", RIGHT)
def test_what_has_not_ended_is_live_again(mistaken: str, before: str, confirmation: bool) -> None:
    corrected, first = (past(Told(), before).booked(starts=START, at=NOW) for _ in range(2))
    for told in (corrected, first):
        if confirmation:
            told.tell(confirm, NOW + HOUR)
    corrected.tell(RIGHT[mistaken][0], ENDED)
    (fact, *_) = corrected.tell(still_on, ENDED + 5 * MINUTE)
    assert fact.right_status == ("confirmed" if confirmation else "scheduled")  # type: ignore[attr-defined]
    same_rows(corrected, first)
    corrected.tell(complete, ENDED + HOUR)
    first.tell(complete, ENDED + HOUR)
    same_rows(corrected, first)


@pytest.mark.parametrize("right", RIGHT)
@pytest.mark.parametrize("mistaken", RIGHT)
def test_a_correction_is_corrected(mistaken: str, right: str) -> None:
    told, first = (past(Told(), "a no-show").booked(starts=START, at=NOW) for _ in range(2))
    told.tell(RIGHT[mistaken][0], ENDED)
    first.tell(RIGHT[mistaken][0], ENDED)
    if mistaken != right:
        told.tell(RIGHT[right][1], ENDED + 5 * MINUTE)
        told.tell(RIGHT[mistaken][1], ENDED + 6 * MINUTE)
    same_rows(told, first)


@pytest.mark.parametrize("right", ["completed", "to be seen again", "cancelled by the clinic"])
def test_who_was_given_up_for_a_no_show_that_was_none_is_on_the_way_again(right: str) -> None:
    told, first = (past(Told(), "a no-show").booked(starts=START, at=NOW) for _ in range(2))
    told.tell(mark_no_show, ENDED)
    first.tell(RIGHT[right][0], ENDED)
    journey_id = told.journey.journey_id
    assert told.journey.stage == "at_risk"
    for days in (10, 20, 31):
        told.tell(RecalculateSilence(), ENDED + days * DAY, journey_id, "system")
    end = told.tell(EndSilentJourney(), ENDED + 40 * DAY, journey_id, "system")
    assert [type(event) for event in end] == [JourneyAbandoned]
    events = told.tell(RIGHT[right][1], ENDED + 41 * DAY)
    moves = [event for event in events if isinstance(event, JourneyStageChanged)]
    assert (moves[0].previous_stage, moves[0].reason) == ("abandoned", "appointment_outcome_corrected")
    assert told.journey.is_active
    assert told.journey_row.is_active
    if right == "completed":
        assert (told.journey.stage, told.journey.score) == ("attended", 0)
        assert told.rows[0].current_journey_stage == "attended"
    assert told.journey_row.missed_appointments == 1


def test_who_has_left_since_is_not_on_the_way_again() -> None:
    told = past(Told(), "a no-show").booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    journey_id = told.journey.journey_id
    for command, days in ((RecalculateSilence(), 31), (EndSilentJourney(), 40)):
        told.tell(command, ENDED + days * DAY, journey_id, "system")
    told.tell(deactivate, ENDED + 41 * DAY, MARIA)
    (fact,) = told.tell(came, ENDED + 42 * DAY)
    assert isinstance(fact, AppointmentOutcomeCorrected)
    assert told.journey.stage == "abandoned"


def test_what_a_person_gave_up_stays_given_up() -> None:
    told = past(Told(), "a no-show").booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    told.tell(abandon, ENDED + HOUR, told.journey.journey_id)
    (fact,) = told.tell(came, ENDED + DAY)
    assert isinstance(fact, AppointmentOutcomeCorrected)
    assert (told.journey.stage, told.journey_row.missed_appointments) == ("abandoned", 1)


def test_a_second_no_show_that_was_none_takes_the_escalation_back() -> None:
    told = past(Told(), "a no-show").booked(starts=START, at=NOW)
    assert any(isinstance(event, RiskEscalated) for event in told.tell(mark_no_show, ENDED))
    assert told.journey_row.has_escalation
    told.tell(called_off, ENDED + HOUR)
    assert (told.journey.score, told.journey_row.has_escalation) == (told.journey_row.risk_score, False)
    assert told.journey_row.escalated_at is None


def test_an_escalation_for_something_else_stays() -> None:
    told = past(Told(), "a no-show").booked(starts=START, at=NOW)
    for n in (2, 3):
        told.booked(nth(n), START + n * HOUR, NOW)
    told.tell(mark_no_show, ENDED)
    assert told.journey.score >= 0.85
    told.tell(mark_no_show, START + 4 * HOUR, nth(2))
    events = told.tell(called_off, START + 5 * HOUR)
    assert told.journey.score >= 0.85
    assert told.journey.stage == "at_risk"
    assert told.journey_row.has_escalation == any(isinstance(event, RiskEscalated) for event in events)
    assert told.journey_row.has_escalation


def test_what_moved_the_journey_since_stays() -> None:
    """A booking after the mistake: the patient is booked, whatever became of the visit before."""
    told = Told().booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    told.booked(OTHER_APPOINTMENT, START + 9 * DAY, ENDED + HOUR)
    told.tell(came, ENDED + 2 * HOUR)
    assert (told.journey.stage, told.journey.last_visit_at) == ("scheduled", ENDED)
    assert told.journey.evidence.no_shows == ()


def test_who_was_won_back_from_a_no_show_that_was_none_has_attended() -> None:
    told = Told().booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    told.tell(start_conversation, ENDED + MINUTE, nth(7), "bot")
    told.tell(receive, ENDED + 2 * MINUTE, nth(7), "bot")
    assert told.journey.stage == "recovered"
    told.tell(came, ENDED + HOUR)
    assert told.journey.stage == "attended"


def test_the_earlier_of_two_no_shows_is_none() -> None:
    told = past(Told(), "a no-show").booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    assert told.journey.stage == "at_risk"
    told.tell(came, ENDED + HOUR, nth(1))
    assert (told.journey.stage, told.journey.score) == ("no_show", Decimal("0.30"))
    assert told.journey_row.missed_appointments == 1


def test_the_visit_before_counts_again() -> None:
    told = past(Told(), "a visit").booked(starts=START, at=NOW)
    told.tell(complete, ENDED)
    patient, _, _ = told.rows
    assert patient.last_appointment_at == ENDED
    told.tell(missed, ENDED + HOUR)
    patient, _, _ = told.rows
    assert patient.last_appointment_at == told.journey_row.last_appointment_at == NOW - 9 * DAY + HOUR
    assert patient.last_interaction_at == told.journey_row.last_interaction_at == NOW


# What is refused


def corrections(at: datetime = ENDED + HOUR, *commands: Any) -> Story:
    told = Told().booked(starts=START, at=NOW)
    for command in commands:
        told.tell(command, ENDED)
    return told.story.at(at).about(APPOINTMENT).by("receptionist")


def test_what_has_not_ended_has_nothing_to_correct() -> None:
    corrections().when(came).then_rejected("appointment_still_live")


@pytest.mark.parametrize("kind", RIGHT)
def test_what_was_said_just_so_is_no_correction(kind: str) -> None:
    said, same = RIGHT[kind]
    corrections(ENDED + HOUR, said).when(same).then_rejected("nothing_to_correct")


def test_so_often_and_no_more() -> None:
    told = Told().booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    told.tell(came, ENDED + HOUR)
    told.story.where(limits=Limits(corrections_per_appointment_max=1)).at(ENDED + HOUR).when(missed).then_rejected(
        "too_many_corrections"
    )


def test_nobody_came_or_was_missed_before_the_day() -> None:
    told = Told().booked(starts=START, at=NOW)
    told.tell(cancel, NOW + HOUR)
    story = told.story.at(NOW + 2 * HOUR).by("receptionist").about(APPOINTMENT)
    story.when(came).then_rejected("completion_before_the_day")
    story.when(missed).then_rejected("no_show_before_the_start")
    story.when(still_on).then_in_order("AppointmentOutcomeCorrected", "JourneyStageChanged")
    later = story.at(START + 10 * DAY)
    assert later.when(came).only().right_since == START + timedelta(minutes=30)
    assert later.when(missed).only().right_since == START + timedelta(minutes=30)


def test_nobody_is_in_two_places_again() -> None:
    told = Told().booked(starts=START, at=NOW)
    told.tell(cancel, NOW + HOUR)
    told.booked(OTHER_APPOINTMENT, START, NOW + HOUR)
    told.story.at(NOW + 2 * HOUR).by("receptionist").about(APPOINTMENT).when(still_on).then_rejected("patient_overlap")


def test_who_left_is_not_booked_again_and_who_is_forgotten_stays_so() -> None:
    told = Told().booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    told.tell(deactivate, ENDED + HOUR, MARIA)
    story = told.story.at(ENDED + 2 * HOUR).by("receptionist").about(APPOINTMENT)
    story.when(still_on).then_rejected("patient_not_active")
    story.when(came).then_in_order("AppointmentOutcomeCorrected")
    told.tell(anonymize, ENDED + 3 * HOUR, MARIA)
    told.story.at(ENDED + 4 * HOUR).about(APPOINTMENT).by("receptionist").when(came).then_rejected("patient_anonymized")


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "completed"},
        {"outcome": "completed", "reason": ""},
        {"outcome": "scheduled", "reason": "x"},
        {"outcome": "no_show", "reason": "x", "requires_follow_up": True},
        {"outcome": "completed", "reason": "x", "on_whose_account": "clinic"},
        {"outcome": "cancelled", "reason": "x", "on_whose_account": "doctor"},
    ],
)
def test_what_is_no_correction_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CorrectOutcome.model_validate(body)


def test_the_score_is_weighed_anew() -> None:
    told = past(Told(), "a no-show").booked(starts=START, at=NOW)
    told.tell(mark_no_show, ENDED)
    weighed = [event for event in told.tell(came, ENDED + HOUR) if isinstance(event, RiskScoreRecalculated)]
    assert [(event.previous_score, event.new_score) for event in weighed] == [(Decimal("0.90"), Decimal(0))]
