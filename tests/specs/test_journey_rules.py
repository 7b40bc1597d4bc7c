"""The numbers that journeys are judged by: what may be said, and that each of them is the one that is used."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from command_api.decide.journey.rules import JourneyRules
from examples import (
    APPOINTMENT,
    CONVERSATION,
    DAY,
    HOUR,
    JOURNEY,
    MINUTE,
    NEW_MESSAGE,
    NOW,
    VITORIA,
    book,
    but,
    conversation_started,
    journey,
    mark_no_show,
    moved_to,
    receive,
    scheduled,
)
from given_when_then import Outcome, Story, names
from healz.events import Event
from healz.events.journey import JourneyRecovered, JourneyStageChanged, RiskDetected, RiskScoreRecalculated
from healz.events.stages import Stage
from journey_examples import (
    VISIT,
    called_off,
    end_silent,
    factor,
    journey_started,
    missed,
    put_off,
    rated,
    recover,
    report,
    visited,
    visited_at,
    weigh_silence,
    wrote,
)


def test_the_defaults() -> None:
    """The numbers of the stage and the risk table."""
    assert {name: str(value) for name, value in JourneyRules().model_dump().items()} == {
        "silence_weight": "0.40",
        "silence_days_min": "14",
        "silence_days_high": "21",
        "silence_days_full": "30",
        "no_show_weight": "0.30",
        "no_show_value": "0.30",
        "no_shows_min": "2",
        "no_shows_value": "0.90",
        "cancellation_weight": "0.20",
        "cancellations_min": "2",
        "cancellations_value": "0.50",
        "delay_weight": "0.20",
        "reschedules_min": "2",
        "reschedules_value": "0.40",
        "tone_change_weight": "0.10",
        "tone_change_value": "0.60",
        "score_medium": "0.30",
        "score_high": "0.70",
        "score_critical": "0.85",
        "return_days": "7",
        "follow_up_days": "30",
        "live_hours": "24",
        "abandonment_silence_days": "30",
        "abandonment_at_risk_days": "9",
        "completion_silence_days": "180",
        "recovery_by": "any_message",
        "conversation_silence_days": "7",
    }


@pytest.mark.parametrize(
    "said",
    [
        {"silence_days_min": 22},
        {"silence_days_high": 31},
        {"silence_days_high": 13},
        {"silence_days_full": 20},
        {"no_show_value": "0.91"},
        {"no_shows_value": "0.29"},
        {"score_medium": "0.71"},
        {"score_high": "0.86"},
        {"score_high": "0.29"},
        {"score_critical": "0.69"},
        {"silence_weight": "1.01"},
        {"silence_weight": "-0.01"},
        {"tone_change_value": "1.01"},
        {"silence_days_min": 0},
        {"silence_days_full": 3651},
        {"return_days": 0},
        {"no_shows_min": 1},
        {"cancellations_min": 101},
        {"live_hours": -1},
        {"live_hours": 721},
        {"unknown": 1},
        {"recovery_by": "nobody"},
        {"silence_days_min": 14.5},
        {"silence_weight": "much"},
        {"silence_weight": None},
        *[{name: wrong} for name in ("silence_days_min", "live_hours", "no_shows_min") for wrong in (True, "10", 10.5)],
        {"silence_weight": True},
    ],
    ids=str,
)
def test_numbers_that_make_no_sense_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        JourneyRules.model_validate(said)


@pytest.mark.parametrize(
    "said",
    [
        {"silence_days_min": 21},
        {"silence_days_high": 14},
        {"silence_days_full": 21},
        {"no_show_value": "0.90"},
        {"score_high": "0.85"},
        {"score_high": "0.30"},
        {"score_critical": 1},
        {"silence_weight": 0},
        {"live_hours": 0},
        {"cancellations_min": 100},
    ],
    ids=str,
)
def test_numbers_at_their_bounds_are_taken(said: dict[str, Any]) -> None:
    assert JourneyRules.model_validate(said).model_dump(include=set(said)) == {
        name: Decimal(value) if isinstance(value, str) else value for name, value in said.items()
    }


def test_what_is_stored_reads_back() -> None:
    own = JourneyRules(silence_days_min=10, live_hours=0, cancellations_min=3, score_high=Decimal("0.65"))
    assert JourneyRules.model_validate_json(own.model_dump_json(exclude_unset=True)) == own


def test_a_share_has_two_places_half_up() -> None:
    assert JourneyRules(silence_weight=Decimal("0.125")).silence_weight == Decimal("0.13")


# Each number is the one that is used


STORY = journey.about(JOURNEY).by("system").given(conversation_started)
BEGAN = but(journey_started, started_at=NOW - 5 * DAY)
FOLLOWING = (but(BEGAN, started_at=NOW - 30 * DAY), *visited_at(1, NOW - 29 * DAY))


def quiet(days: int, stage: Stage = "first_contact", in_stage: int = 0) -> Story:
    since = NOW - days * DAY
    return STORY.given(
        but(journey_started, started_at=since), but(moved_to(stage), changed_at=NOW - (in_stage or days) * DAY)
    )


def facts(*events: Event) -> Story:
    return STORY.given(BEGAN, *events, moved_to("first_contact"))


def calls(n: int) -> tuple[Event, ...]:
    return tuple(event for k in range(n) for event in called_off(k))


def no_shows(n: int) -> tuple[Event, ...]:
    return tuple(event for k in range(n) for event in missed(k))


def score(outcome: Outcome) -> list[str]:
    return [str(event.new_score) for event in outcome.of(RiskScoreRecalculated)]


def level(outcome: Outcome) -> list[str]:
    return [event.risk_level for event in outcome.of(RiskScoreRecalculated)]


def severity(outcome: Outcome) -> list[str]:
    return [event.severity for event in outcome.of(RiskDetected)]


def came(outcome: Outcome) -> list[str]:
    return names(outcome.events)


def stages(outcome: Outcome) -> list[str]:
    return [event.new_stage for event in outcome.of(JourneyStageChanged)]


def recoveries(outcome: Outcome) -> list[str]:
    return [move.recovery_reason for move in outcome.of(JourneyRecovered)]


ANGRY = wrote("negative")
LONG_SILENT = but(BEGAN, started_at=NOW - 30 * DAY)
AHEAD = but(scheduled, scheduled_for=NOW - 40 * HOUR - 30 * MINUTE, scheduled_at=NOW - 30 * DAY)
NO_SHOW_OF_TWO = STORY.given(BEGAN, *no_shows(1), scheduled, moved_to("scheduled")).about(APPOINTMENT).at(VISIT)
BOOKS = STORY.given(journey_started, *visited(5 * DAY), moved_to("follow_up")).about(APPOINTMENT).by("receptionist")

TWICE_MISSED = factor("no_show", "0.90", "high")
LOST = STORY.given(BEGAN, *no_shows(2), rated("0.00", "0.90", "critical", TWICE_MISSED), moved_to("at_risk"))
LOST = LOST.about(CONVERSATION).by("bot")

OVERRIDES: list[tuple[dict[str, Any], Story, Any, Any, list[str], list[str]]] = [
    # the override, what is so, the command, what is looked at, as a rule, and with the override
    ({"silence_weight": "0.80"}, quiet(14).given(but(ANGRY, timestamp=NOW - 14 * DAY)), weigh_silence,
        score, ["0.79"], ["0.98"]),
    ({"silence_days_min": 10}, quiet(10), weigh_silence, score, [], ["0.33"]),
    ({"silence_days_high": 15}, quiet(15), weigh_silence, severity, ["medium"], ["high"]),
    ({"silence_days_full": 40}, quiet(16), weigh_silence, score, ["0.53"], ["0.40"]),
    ({"no_show_weight": "0.50"}, facts(*no_shows(1), ANGRY), weigh_silence, score, ["0.69"], ["0.75"]),
    ({"no_show_value": "0.40"}, facts(*no_shows(1)), weigh_silence, score, ["0.30"], ["0.40"]),
    ({"no_shows_min": 3}, facts(*no_shows(2)), weigh_silence, score, ["0.90"], ["0.30"]),
    ({"no_shows_min": 3}, facts(*no_shows(3)), weigh_silence, score, ["0.90"], ["0.90"]),
    ({"no_shows_min": 3}, NO_SHOW_OF_TWO, mark_no_show, stages, ["at_risk"], ["no_show"]),
    ({"no_shows_value": "0.80"}, facts(*no_shows(2)), weigh_silence, score, ["0.90"], ["0.80"]),
    ({"cancellation_weight": "0.50"}, facts(*calls(2), ANGRY), weigh_silence, score, ["0.70"], ["0.85"]),
    ({"cancellations_min": 3}, facts(*calls(2)), weigh_silence, score, ["0.50"], []),
    ({"cancellations_min": 3}, facts(*calls(3)), weigh_silence, score, ["0.50"], ["0.50"]),
    ({"cancellations_value": "0.20"}, facts(*calls(2)), weigh_silence, score, ["0.50"], ["0.20"]),
    ({"delay_weight": "0.50"}, facts(*put_off(1, 2), ANGRY), weigh_silence, score, ["0.68"], ["0.80"]),
    ({"reschedules_min": 3}, facts(*put_off(1, 2)), weigh_silence, score, ["0.40"], []),
    ({"reschedules_min": 3}, facts(*put_off(1, 3)), weigh_silence, score, ["0.40"], ["0.40"]),
    ({"reschedules_value": "0.10"}, facts(*put_off(1, 2)), weigh_silence, score, ["0.40"], ["0.10"]),
    ({"tone_change_weight": "0.50"}, facts(*no_shows(2), ANGRY), weigh_silence, score, ["0.96"], ["1.00"]),
    ({"tone_change_value": "0.20"}, facts(ANGRY), weigh_silence, score, ["0.60"], ["0.20"]),
    ({"score_medium": "0.31"}, facts(*no_shows(1)), weigh_silence, level, ["medium"], ["low"]),
    ({"score_high": "0.71"}, facts(*calls(2), ANGRY), weigh_silence, level, ["high"], ["medium"]),
    ({"score_high": "0.71"}, facts(*calls(2), ANGRY), weigh_silence, stages, ["at_risk"], []),
    ({"score_high": "0.60"}, facts(ANGRY), weigh_silence, stages, [], ["at_risk"]),
    ({"score_critical": "0.91"}, facts(*no_shows(2)), weigh_silence, level, ["critical"], ["high"]),
    ({"score_critical": "0.91"}, facts(*no_shows(2)), weigh_silence, came,
        ["RiskDetected", "RiskScoreRecalculated", "JourneyStageChanged", "RiskEscalated"],
        ["RiskDetected", "RiskScoreRecalculated", "JourneyStageChanged"]),
    ({"return_days": 5}, BOOKS, book, stages, ["scheduled"], ["returned"]),
    ({"return_days": 6}, BOOKS, book, stages, ["scheduled"], ["scheduled"]),
    ({"follow_up_days": 29}, STORY.given(*FOLLOWING, moved_to("follow_up")), weigh_silence, score, [], ["0.97"]),
    ({"live_hours": 41}, STORY.given(LONG_SILENT, AHEAD, moved_to("scheduled")), weigh_silence,
        score, ["1.00"], []),
    ({"live_hours": 40}, STORY.given(LONG_SILENT, AHEAD, moved_to("scheduled")), weigh_silence,
        score, ["1.00"], ["1.00"]),
    ({"live_hours": 41}, STORY.given(LONG_SILENT, AHEAD,
        but(moved_to("at_risk"), changed_at=NOW - 20 * DAY)), end_silent, came, ["JourneyAbandoned"], []),
    ({"live_hours": 41}, STORY.given(BEGAN, *no_shows(2), AHEAD, rated("0.00", "0.90", "critical"),
        moved_to("scheduled")), weigh_silence, stages, ["at_risk"], []),
    ({"abandonment_silence_days": 25}, quiet(25, "at_risk"), end_silent, came, [], ["JourneyAbandoned"]),
    ({"abandonment_at_risk_days": 5}, quiet(40, "at_risk", 5), end_silent, came, [], ["JourneyAbandoned"]),
    ({"recovery_by": "judged_message"}, LOST, receive, recoveries, ["message_received"], []),
    ({"recovery_by": "person"}, LOST, receive, recoveries, ["message_received"], []),
    ({"completion_silence_days": 90}, quiet(90, "attended"), end_silent, came, [], ["JourneyCompleted"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("override", "story", "command", "seen", "as_a_rule", "with_override"),
    OVERRIDES,
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_a_tenants_own_number_is_the_one_that_is_used(
    override: dict[str, Any], story: Story, command: Any, seen: Any, as_a_rule: list[str], with_override: list[str]
) -> None:
    assert seen(story.when(command)) == as_a_rule
    own = JourneyRules.model_validate(override)
    assert seen(story.where(rules=own).when(command)) == with_override


@pytest.mark.parametrize(
    ("sentiment", "wins"),
    [
        (None, {"any_message"}),
        ("neutral", {"any_message", "judged_message"}),
        ("positive", {"any_message", "judged_message"}),
        ("negative", set()),
    ],
)
@pytest.mark.parametrize("by", ["any_message", "judged_message", "person"])
def test_who_or_what_wins_a_patient_back_is_the_tenants_to_say(by: Any, sentiment: Any, wins: set[str]) -> None:
    outcome = LOST.where(rules=JourneyRules(recovery_by=by)).when(but(receive, sentiment=sentiment))
    named = [(move.recovery_reason, move.message_id, move.sentiment) for move in outcome.of(JourneyRecovered)]
    assert named == ([("message_received", NEW_MESSAGE, sentiment)] if by in wins else [])
    stage = outcome.case.journeys[VITORIA].stage
    assert stage == ("recovered" if by in wins else "at_risk")


def test_a_persons_word_is_enough_under_each_of_them() -> None:
    lost = STORY.given(BEGAN, *no_shows(2), moved_to("at_risk")).by("receptionist")
    for by in ("any_message", "judged_message", "person"):
        said = lost.where(rules=JourneyRules(recovery_by=by)).when(recover).of(JourneyRecovered)
        assert [(move.recovery_reason, move.message_id) for move in said] == [("falamos por telefone", None)]


def test_every_number_is_tried() -> None:
    """Seven days without a message close a conversation: that one is the conversations' own."""
    tried = {name for override, *_ in OVERRIDES for name in override}
    assert tried == set(JourneyRules.model_fields) - {"conversation_silence_days"}


def test_a_persons_commands_go_by_them_too() -> None:
    own = JourneyRules(tone_change_value=Decimal("0.90"))
    story = facts().by("receptionist").where(rules=own)
    assert score(story.when(report)) == ["0.90"]
    lost = STORY.given(BEGAN, *no_shows(1), moved_to("no_show")).by("receptionist")
    assert score(lost.where(rules=JourneyRules(no_show_value=Decimal("0.50"))).when(recover)) == ["0.50"]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("0.00", "low"), ("0.29", "low"), ("0.30", "medium"), ("0.69", "medium"),
        ("0.70", "high"), ("0.84", "high"), ("0.85", "critical"), ("1.00", "critical"),
    ],
)  # fmt: skip
def test_levels(value: str, name: str) -> None:
    """A score of just that: the tone alone, which this tenant gives that value."""
    own = JourneyRules(tone_change_value=Decimal(value))
    assert level(facts(ANGRY).where(rules=own).when(weigh_silence)) == [name]


@pytest.mark.parametrize(
    ("previous", "new", "at_risk", "escalates"),
    [
        ("0.00", "0.69", False, False),
        ("0.69", "0.70", True, False),
        ("0.70", "0.71", False, False),
        ("0.70", "0.84", False, False),
        ("0.84", "0.85", False, True),
        ("0.85", "0.86", False, False),
        ("0.69", "0.85", True, True),
        ("0.85", "0.70", False, False),
        ("1.00", "0.85", False, False),
    ],
)
def test_what_a_score_brings_while_an_appointment_lies_ahead(
    previous: str, new: str, at_risk: bool, escalates: bool
) -> None:
    """At risk when it rises to 0.70, a person is called when it rises to 0.85; not when it stays or falls there."""
    own = JourneyRules(tone_change_value=Decimal(new))
    outcome = facts(scheduled, ANGRY, rated("0.00", previous, "low")).where(rules=own).when(weigh_silence)
    assert stages(outcome) == (["at_risk"] if at_risk else [])
    assert ("RiskEscalated" in came(outcome)) == escalates


@pytest.mark.parametrize(
    ("rules", "story", "expected"),
    [
        ({"no_show_weight": "0.15"}, facts(*no_shows(1), ANGRY), "0.65"),  # 0.645
        ({"silence_days_min": 1, "silence_days_high": 2, "silence_days_full": 8}, quiet(1), "0.13"),  # 0.125
    ],
)
def test_a_score_is_rounded_half_up(rules: dict[str, Any], story: Story, expected: str) -> None:
    """Half to even would be 0.64 and 0.12."""
    assert score(story.where(rules=JourneyRules.model_validate(rules)).when(weigh_silence)) == [expected]
