"""What time does to a journey: the silence and the abandonment sweep, in every stage, to the microsecond."""

from datetime import timedelta
from decimal import Decimal

import pytest

from command_api.decide.journey.commands import JourneyCommand
from examples import (
    DAY,
    INSTANT,
    JOURNEY,
    MINUTE,
    NOW,
    SERRA,
    became_active,
    became_inactive,
    became_suspended,
    but,
    conversation_started,
    journey,
    journey_started,
    moved_to,
    scheduled,
)
from given_when_then import Outcome, names
from healz.events import Event
from healz.events.journey import JourneyAbandoned, JourneyCompleted, RiskScoreRecalculated
from healz.events.risk import Statistics
from healz.events.stages import Stage
from journey_examples import STAGES, end_silent, factor, of_journey, rated, visited_at, weigh_silence, wrote

THIRTY, NINE, HALF_A_YEAR = 30 * DAY, 9 * DAY, 180 * DAY
LONG = 1000 * DAY


def swept(
    stage: Stage, silent: timedelta, in_stage: timedelta, *more: Event, command: JourneyCommand = end_silent
) -> Outcome:
    """As of NOW: so long since the last interaction, so long in that stage."""
    begun = but(journey_started, started_at=NOW - silent)
    story = journey.given(conversation_started, begun, *more, but(moved_to(stage), changed_at=NOW - in_stage))
    return story.about(JOURNEY).by("system").when(command)


ENDS = {"at_risk": "JourneyAbandoned", "attended": "JourneyCompleted", "returned": "JourneyCompleted"}


@pytest.mark.parametrize("stage", STAGES)
def test_the_abandonment_sweep_ends_journeys_in_three_stages(stage: Stage) -> None:
    outcome = swept(stage, LONG, LONG)
    outcome.then_in_order(*([ENDS[stage]] if stage in ENDS else []))


@pytest.mark.parametrize("stage", STAGES)
def test_the_silence_sweep_weighs_journeys_where_somebody_is_expected_to_speak(stage: Stage) -> None:
    """It never ends one: a long silence puts it at risk, and that is for the other sweep to end."""
    outcome = swept(stage, 14 * DAY, 14 * DAY, command=weigh_silence)
    speaks = stage in ("initiated", "first_contact", "scheduled", "confirmed", "no_show", "recovered", "at_risk")
    outcome.then_in_order(*(["RiskDetected", "RiskScoreRecalculated"] if speaks else []))


@pytest.mark.parametrize(
    ("stage", "silent", "in_stage", "ends"),
    [
        ("at_risk", THIRTY, NINE, True),
        ("at_risk", THIRTY - INSTANT, NINE, False),
        ("at_risk", THIRTY, NINE - INSTANT, False),
        ("at_risk", LONG, NINE - INSTANT, False),
        ("at_risk", THIRTY - INSTANT, LONG, False),
        ("attended", HALF_A_YEAR, DAY, True),
        ("attended", HALF_A_YEAR - INSTANT, LONG, False),
        ("returned", HALF_A_YEAR, DAY, True),
        ("returned", HALF_A_YEAR - INSTANT, LONG, False),
    ],
)
def test_an_end_comes_to_the_microsecond(stage: Stage, silent: timedelta, in_stage: timedelta, ends: bool) -> None:
    swept(stage, silent, in_stage).then_in_order(*([ENDS[stage]] if ends else []))


@pytest.mark.parametrize("stage", sorted(ENDS))
@pytest.mark.parametrize(
    ("ended_ago", "ends"), [(-20 * DAY, False), (DAY - INSTANT, False), (DAY, True), (20 * DAY, True)]
)
def test_no_journey_ends_while_an_appointment_lies_ahead(stage: Stage, ended_ago: timedelta, ends: bool) -> None:
    """It does until 24 hours after its end."""
    booked = but(scheduled, scheduled_for=NOW - ended_ago - 30 * MINUTE, scheduled_at=NOW - LONG)
    swept(stage, LONG, LONG, booked).then_in_order(*([ENDS[stage]] if ends else []))


def test_an_appointment_in_another_clinic_keeps_no_journey_here() -> None:
    elsewhere = but(scheduled, clinic_id=SERRA, scheduled_for=NOW + DAY)
    swept("at_risk", LONG, LONG, elsewhere).then_in_order("JourneyAbandoned")


def test_a_message_breaks_the_silence() -> None:
    silences: list[tuple[Stage, timedelta]] = [
        ("at_risk", THIRTY),
        ("attended", HALF_A_YEAR),
        ("returned", HALF_A_YEAR),
    ]
    for stage, days in silences:
        angry = wrote("negative", NOW - days + INSTANT)
        swept(stage, LONG, LONG, angry).then_nothing()


def test_nine_days_count_from_the_last_time_it_came_to_be_at_risk() -> None:
    """At risk long ago, booked, missed: at risk since that no-show."""
    before = (but(moved_to("at_risk"), changed_at=NOW - 40 * DAY), but(moved_to("scheduled"), changed_at=NOW - THIRTY))
    swept("at_risk", THIRTY, NINE - INSTANT, *before).then_nothing()


def test_what_an_abandonment_says() -> None:
    silence = factor("silence", "1.00", "high", NOW - NINE)
    swept("at_risk", THIRTY, NINE, rated("0.00", "1.00", "critical", silence, at=NOW - NINE)).then(
        JourneyAbandoned(**of_journey, abandonment_reason="silence", final_risk_score=Decimal("1.00"), abandoned_at=NOW)
    )


def test_what_a_completion_says() -> None:
    visit = visited_at(1, NOW - HALF_A_YEAR)
    manual = but(journey_started, initiated_by="manual", started_at=NOW - 200 * DAY)
    story = journey.given(manual, *visit, moved_to("attended")).about(JOURNEY).by("system")
    statistics = Statistics(
        total_appointments=1, no_show_count=0, cancellation_count=0, average_risk_score=Decimal("0.00")
    )
    story.when(end_silent).then(
        JourneyCompleted(
            **of_journey,
            completion_reason="successful_treatment",
            total_duration=200,
            statistics=statistics,
            completed_at=NOW,
        )
    )


@pytest.mark.parametrize("command", [weigh_silence, end_silent], ids=lambda command: type(command).__name__)
@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("at_risk", became_suspended),
        ("initiated", became_suspended),
        ("attended", became_suspended),
        ("at_risk", became_inactive),
    ],
)
def test_sweeps_skip_whoever_is_not_active(command: JourneyCommand, stage: Stage, status: Event) -> None:
    swept(stage, LONG, LONG, status, command=command).then_nothing()


@pytest.mark.parametrize("command", [weigh_silence, end_silent], ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("stage", ["at_risk", "attended", "initiated"])
def test_whoever_is_active_again_is_swept_again(command: JourneyCommand, stage: Stage) -> None:
    back = but(became_active, previous_status="suspended")
    direct = swept(stage, LONG, LONG, command=command)
    assert names(swept(stage, LONG, LONG, became_suspended, back, command=command).events) == names(direct.events)


@pytest.mark.parametrize("command", [weigh_silence, end_silent], ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("days", [13, 14, 20, 21, 26, 30, 180, 1000])
def test_a_sweep_run_twice_changes_nothing_more(command: JourneyCommand, stage: Stage, days: int) -> None:
    first = swept(stage, days * DAY, days * DAY, command=command)
    journey.where(case=first.case).about(JOURNEY).by("system").when(command).then_nothing()


@pytest.mark.parametrize("command", [weigh_silence, end_silent], ids=lambda command: type(command).__name__)
def test_a_sweep_of_a_day_gone_by_undoes_nothing(command: JourneyCommand) -> None:
    first = swept("first_contact", 21 * DAY, 21 * DAY, command=weigh_silence)
    earlier = but(command, occurred_at=NOW - 5 * DAY)
    journey.where(case=first.case).about(JOURNEY).by("system").when(earlier).then_nothing()


def test_a_sweep_as_of_a_day_gone_by_judges_it_as_of_then() -> None:
    """For imported history, day by day."""
    then = NOW - 100 * DAY
    begun = but(journey_started, started_at=then - 14 * DAY)
    story = journey.given(begun, but(moved_to("first_contact"), changed_at=then - 14 * DAY)).about(JOURNEY).by("system")
    outcome = story.when(but(weigh_silence, occurred_at=then))
    seen = factor("silence", "0.47", "medium", then)
    assert outcome.of(RiskScoreRecalculated) == [rated("0.00", "0.47", "medium", seen, at=then)]
    ending = journey.given(begun, but(moved_to("at_risk"), changed_at=then - 14 * DAY)).about(JOURNEY).by("system")
    ending.when(but(end_silent, occurred_at=then)).then_nothing()
    later = ending.when(but(end_silent, occurred_at=then + 16 * DAY))
    assert [event.abandoned_at for event in later.of(JourneyAbandoned)] == [then + 16 * DAY]


def test_silence_from_first_contact_to_its_end() -> None:
    """Day by day for forty days: each change once, at risk at 21, a person called at 26, given up at 30."""
    case = swept("first_contact", DAY * 0, DAY * 0).case
    happened: dict[int, list[str]] = {}
    for day in range(1, 41):
        for command in (weigh_silence, end_silent):
            outcome = journey.where(case=case).at(NOW + day * DAY).about(JOURNEY).by("system").when(command)
            happened.setdefault(day, []).extend(names(outcome.events))
            case = outcome.case
    assert {day: came for day, came in happened.items() if came} == {
        14: ["RiskDetected", "RiskScoreRecalculated"],
        **{day: ["RiskScoreRecalculated"] for day in [*range(15, 21), *range(22, 26), *range(27, 30)]},
        21: ["RiskDetected", "RiskScoreRecalculated", "JourneyStageChanged"],
        26: ["RiskScoreRecalculated", "RiskEscalated"],
        30: ["RiskScoreRecalculated", "JourneyAbandoned"],
    }
