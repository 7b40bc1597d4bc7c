"""What a person may do to a journey: every command in every stage."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from command_api.decide.journey.commands import (
    AbandonJourney,
    CompleteJourney,
    EscalateRisk,
    JourneyCommand,
    RecoverJourney,
    ReportRisk,
)
from examples import (
    AGENT,
    DAY,
    HOUR,
    INSTANT,
    JOURNEY,
    MARIA,
    MINUTE,
    NEW_JOURNEY,
    NOW,
    SERRA,
    VITORIA,
    anonymized,
    became_inactive,
    became_suspended,
    book,
    but,
    journey,
    journey_started,
    moved_to,
    patient,
    scheduled,
)
from healz.events import Event
from healz.events.journey import (
    JourneyAbandoned,
    JourneyCompleted,
    JourneyEvent,
    JourneyRecovered,
    JourneyStarted,
    RiskEscalated,
    RiskScoreRecalculated,
)
from healz.events.risk import Factor, RiskLevel, Statistics
from healz.events.stages import Stage
from journey_examples import (
    ACTIVE,
    STAGES,
    abandon,
    call_for_help,
    called_off,
    claim,
    end_silent,
    factor,
    finish,
    missed,
    of_journey,
    rated,
    recover,
    release,
    report,
    ring,
    snooze,
    start,
    visited_at,
    weigh_silence,
)

Came = list[str] | str
"""The events, or the rule that refuses."""

OVER = "journey_not_active"
SPEAKING = but(journey_started, started_at=NOW - 5 * DAY)
BY_HAND = but(journey_started, initiated_by="manual")


def expected(command: JourneyCommand, stage: Stage) -> Came:
    """The table of journey.md, one line for each of its rows."""
    active = stage in ACTIVE
    if command is start:
        return "journey_active_already" if active else ["JourneyStarted"]
    if command is report:
        return ["RiskDetected", "RiskScoreRecalculated"] if active else OVER
    if command is call_for_help:
        return ["RiskEscalated"] if active else OVER
    if command is recover:
        lost = stage in ("at_risk", "no_show")
        return ["JourneyRecovered"] if lost else "journey_not_at_risk" if active else OVER
    if command in (claim, ring, snooze):
        done = {claim: "JourneyAssigned", ring: "CallMade", snooze: "JourneySnoozed"}
        return [done[command]] if active else OVER
    if command is abandon:
        return ["JourneyAbandoned"] if active else OVER
    assert command is finish
    return ["JourneyCompleted"] if active or stage == "abandoned" else OVER


COMMANDS = [start, report, call_for_help, recover, abandon, finish, claim, ring, snooze]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_command_in_every_stage(command: JourneyCommand, stage: Stage) -> None:
    target = NEW_JOURNEY if command is start else JOURNEY
    outcome = journey.given(SPEAKING, moved_to(stage)).about(target).when(command)
    came = expected(command, stage)
    if isinstance(came, str):
        outcome.then_rejected(came)
        return
    outcome.then_in_order(*came)
    after = outcome.case.journeys[VITORIA]
    moves = {"JourneyStarted": "initiated", "JourneyRecovered": "recovered", "JourneyAbandoned": "abandoned"}
    assert after.stage == (moves | {"JourneyCompleted": "completed"}).get(came[0], stage)


def test_every_command_is_here() -> None:
    every = set(JourneyCommand.__subclasses__())
    assert {type(command) for command in COMMANDS} | {type(weigh_silence), type(end_silent), type(release)} == every


# Start


def test_a_person_starts_a_journey() -> None:
    journey.about(NEW_JOURNEY).when(start).then(
        JourneyStarted(
            journey_id=NEW_JOURNEY, patient_id=MARIA, clinic_id=VITORIA, initiated_by="manual", started_at=NOW
        )
    )


def test_a_started_journey_goes_on_with_the_next_fact() -> None:
    started = journey.about(NEW_JOURNEY).when(start)
    journey.where(case=started.case).when(book).then_in_order("AppointmentScheduled", "JourneyStageChanged")


def test_an_active_journey_in_another_clinic_is_no_obstacle() -> None:
    elsewhere = but(start, clinic_id=SERRA)
    journey.given(journey_started).about(NEW_JOURNEY).when(elsewhere).then_in_order("JourneyStarted")


def test_a_journey_starts_in_a_clinic_that_there_is() -> None:
    journey.about(NEW_JOURNEY).where(zone=None).when(start).then_rejected("clinic_unknown")


def test_a_journey_starts_for_a_patient_who_is_registered() -> None:
    patient.where(kind=JourneyEvent).about(NEW_JOURNEY).when(start).then_rejected("patient_unknown")


# Who the patient is


@pytest.mark.parametrize(
    ("command", "status", "came"),
    [
        (start, became_suspended, "patient_not_active"),
        (start, became_inactive, "patient_not_active"),
        # Whoever is suspended still has a journey, and people may still act on it.
        (report, became_suspended, ["RiskDetected", "RiskScoreRecalculated"]),
        (call_for_help, became_suspended, ["RiskEscalated"]),
        (recover, became_suspended, ["JourneyRecovered"]),
        (abandon, became_suspended, ["JourneyAbandoned"]),
        (finish, became_suspended, ["JourneyCompleted"]),
        *[(command, anonymized, "patient_anonymized") for command in [*COMMANDS, weigh_silence, end_silent]],
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str | list) else None,
)
def test_what_may_be_done_depends_on_the_patient(command: JourneyCommand, status: Event, came: Came) -> None:
    before = [] if command is start else [SPEAKING, moved_to("at_risk")]
    target = NEW_JOURNEY if command is start else JOURNEY
    outcome = journey.given(*before, status).about(target).when(command)
    if isinstance(came, str):
        outcome.then_rejected(came)
    else:
        outcome.then_in_order(*came)


@pytest.mark.parametrize(
    "command", [*COMMANDS[1:], weigh_silence, end_silent], ids=lambda command: type(command).__name__
)
def test_a_journey_that_another_has_followed_is_over(command: JourneyCommand) -> None:
    """Also one that was abandoned, which a person might else complete."""
    followed = but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW - HOUR)
    before = (journey_started, moved_to("abandoned"), followed)
    journey.given(*before).about(JOURNEY).when(command).then_rejected(OVER)
    assert journey.given(*before).about(NEW_JOURNEY).when(finish).of(JourneyCompleted)[0].journey_id == NEW_JOURNEY


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_person_does_not_say_when(command: JourneyCommand) -> None:
    target = NEW_JOURNEY if command is start else JOURNEY
    before = [] if command is start else [journey_started, moved_to("at_risk")]
    story = journey.given(*before).about(target)
    story.when(but(command, occurred_at=NOW - HOUR)).then_rejected("time_is_not_yours_to_say")
    story.by("import").when(but(command, occurred_at=NOW + 6 * MINUTE)).then_rejected("time_to_come")
    by_import = story.by("import").when(but(command, occurred_at=NOW - MINUTE))
    assert {event.happened_at for event in by_import.events} == {NOW - MINUTE}


# What the events say


def test_a_person_escalates() -> None:
    story = journey.given(journey_started, moved_to("scheduled")).about(JOURNEY)
    told = RiskEscalated(**of_journey, escalation_reason="não responde há dias", assigned_to=AGENT, escalated_at=NOW)
    story.when(but(call_for_help, assigned_to=AGENT)).then(told)
    story.when(call_for_help).then(but(told, assigned_to=None))
    again = story.given(told).when(call_for_help)
    again.then_in_order("RiskEscalated")


@pytest.mark.parametrize(
    ("stage", "factors_left"), [("at_risk", ()), ("no_show", (factor("no_show", "0.90", "high", NOW - HOUR),))]
)
def test_a_person_recovers(stage: Stage, factors_left: tuple[Factor, ...]) -> None:
    """Out of at_risk all indicators are cleared, out of no_show they stay; silence is broken by the recovery."""
    silence = factor("silence", "0.47", "medium", NOW - HOUR)
    missing = factor("no_show", "0.90", "high", NOW - HOUR)
    before = (SPEAKING, *missed(1), *missed(2), rated("0.00", "1.00", "critical", missing, silence))
    outcome = journey.given(*before, scheduled, moved_to(stage)).about(JOURNEY).when(recover)
    score = "0.90" if factors_left else "0.00"
    level: RiskLevel = "critical" if factors_left else "low"
    outcome.then(
        JourneyRecovered(
            **of_journey,
            recovery_reason="falamos por telefone",
            previous_risk_score=Decimal("1.00"),
            recovered_at=NOW,
        ),
        rated("1.00", score, level, *factors_left, at=NOW),
    )
    assert outcome.case.journeys[VITORIA].stage == "recovered"


def test_won_back_and_at_risk_again_at_once() -> None:
    """Out of no_show with a score that stays high and no appointment ahead: the 0.70 row, after the recovery."""
    silence = factor("silence", "0.47", "medium", NOW - HOUR)
    missing = factor("no_show", "0.90", "high", NOW - HOUR)
    before = (SPEAKING, *missed(1), *missed(2), rated("0.00", "1.00", "critical", missing, silence))
    outcome = journey.given(*before, moved_to("no_show")).about(JOURNEY).when(recover)
    outcome.then_in_order("JourneyRecovered", "RiskScoreRecalculated", "JourneyStageChanged")
    assert outcome.events[-1] == but(
        moved_to("at_risk", previous="recovered"), reason="risk_score_recalculated", changed_at=NOW
    )


def test_a_person_abandons() -> None:
    before = (journey_started, rated("0.00", "0.56", "medium"), moved_to("scheduled"))
    journey.given(*before).about(JOURNEY).when(abandon).then(
        JourneyAbandoned(
            **of_journey,
            abandonment_reason="mudou de cidade",
            final_risk_score=Decimal("0.56"),
            abandoned_at=NOW,
        )
    )
    journey.given(journey_started).about(JOURNEY).when(abandon).then(
        JourneyAbandoned(
            **of_journey, abandonment_reason="mudou de cidade", final_risk_score=Decimal(0), abandoned_at=NOW
        )
    )


def finished(reason: str, days: int, appointments: int, missed: int, cancelled: int, average: str) -> JourneyCompleted:
    statistics = Statistics(
        total_appointments=appointments,
        no_show_count=missed,
        cancellation_count=cancelled,
        average_risk_score=Decimal(average),
    )
    return JourneyCompleted(
        **of_journey,
        completion_reason=reason,
        total_duration=days,
        statistics=statistics,
        completed_at=NOW,
    )


@pytest.mark.parametrize("stage", ["scheduled", "abandoned"])
@pytest.mark.parametrize("reason", ["successful_treatment", "patient_moved", "other"])
def test_a_person_completes(stage: Stage, reason: str) -> None:
    before = (BY_HAND, moved_to(stage))
    came = journey.given(*before).about(JOURNEY).when(but(finish, reason=reason))
    came.then(finished(reason, 1, 0, 0, 0, "0.00"))


def test_statistics_are_of_the_journeys_whole_life() -> None:
    """Counts for the risk start anew at a visit; these don't. The average is of all its scores, half up."""
    life = (
        *(*missed(1), *called_off(2), *visited_at(3, NOW - HOUR), *missed(4), *called_off(5), *called_off(6)),
        *(rated("0.00", "0.30", "medium"), rated("0.30", "0.35", "medium")),
        *(rated("0.35", "0.00", "low"), rated("0.00", "0.05", "low")),
    )
    came = journey.given(BY_HAND, *life).about(JOURNEY).when(finish)
    came.then(finished("patient_moved", 1, 6, 2, 3, "0.18"))  # 0.175


def test_statistics_are_not_of_an_earlier_journey() -> None:
    """The booking that starts it is its own."""
    earlier = (journey_started, *missed(1), *called_off(2), rated("0.00", "0.90", "critical"), moved_to("abandoned"))
    booked = journey.given(*earlier).when(book).case
    begun = journey.given(*earlier).about(NEW_JOURNEY).when(start).case
    for case, appointments, average in [(booked, 1, "0.00"), (begun, 0, "0.00")]:
        (said,) = journey.where(case=case).about(NEW_JOURNEY).when(finish).of(JourneyCompleted)
        told = finished("patient_moved", 0, appointments, 0, 0, average)
        assert (said.statistics, said.total_duration) == (told.statistics, told.total_duration)


def test_statistics_are_of_one_clinic() -> None:
    elsewhere = [but(event, clinic_id=SERRA) for event in (*missed(1), *called_off(2))]
    journey.given(BY_HAND, *elsewhere).about(JOURNEY).when(finish).then(finished("patient_moved", 1, 0, 0, 0, "0.00"))


@pytest.mark.parametrize(
    ("ago", "days"), [(DAY - INSTANT, 0), (DAY, 1), (2 * DAY - INSTANT, 1), (400 * DAY, 400), (-HOUR, 0)]
)
def test_a_duration_is_in_whole_days(ago: timedelta, days: int) -> None:
    """A message of a clock that is a little ahead starts no journey of minus one day."""
    begun = but(BY_HAND, started_at=NOW - ago)
    journey.given(begun).about(JOURNEY).when(finish).then(finished("patient_moved", days, 0, 0, 0, "0.00"))


def test_a_new_journey_is_rated_anew() -> None:
    """An earlier one ended at 0.30; here the same sign is news."""
    sign = factor("tone_change", "0.60", "medium")
    earlier = (journey_started, rated("0.00", "0.60", "medium", sign), moved_to("abandoned"))
    fresh = but(journey_started, journey_id=NEW_JOURNEY, started_at=NOW)
    outcome = journey.given(*earlier, fresh).about(NEW_JOURNEY).when(report)
    outcome.then_in_order("RiskDetected", "RiskScoreRecalculated")
    assert outcome.of(RiskScoreRecalculated)[0].previous_score == Decimal(0)


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (EscalateRisk, {"reason": ""}),
        (EscalateRisk, {"reason": "x" * 501}),
        (RecoverJourney, {"reason": ""}),
        (AbandonJourney, {"reason": ""}),
        (CompleteJourney, {"reason": "bored"}),
        *[(ReportRisk, {"risk_type": risk}) for risk in ("silence", "no_show", "cancellation", "delay")],
        (ReportRisk, {"risk_type": "tone_change", "notes": "x" * 2001}),
    ],
)
def test_what_a_command_may_not_say(command: type[JourneyCommand], fields: dict[str, str]) -> None:
    """A person reports a change of tone and nothing else: all other signs follow from facts."""
    with pytest.raises(ValidationError):
        command.model_validate(fields)
