"""docs/journey.md: the stage table, the risk table and the numbers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

import journey_examples as past
from examples import DAY, HOUR, JOURNEY, NOW, conversation_started, patient, registered
from healz.events import Event
from healz.events.journey import RiskScoreRecalculated
from healz.events.risk import RiskLevel, RiskType
from pages.blocks import code, table
from pages.meanings import meanings
from pages.stage_table import stage_table

RULES: Any = patient.rules
"""The numbers that hold where a tenant says nothing else."""
RULES_TYPE: Any = type(RULES)
INDICATORS: dict[RiskType, list[tuple[str, str, str]]] = {
    "silence": [
        (
            f"{RULES.silence_days_min} days or more since the last interaction",
            f"days / {RULES.silence_days_full}, at most 1.00",
            f"`medium`, from {RULES.silence_days_high} days on `high`",
        )
    ],
    "no_show": [
        ("one no-show", f"{RULES.no_show_value}", "`medium`"),
        (f"{RULES.no_shows_min} or more", f"{RULES.no_shows_value}", "`high`"),
    ],
    "cancellation": [(f"{RULES.cancellations_min} or more cancellations", f"{RULES.cancellations_value}", "`medium`")],
    "delay": [
        (f"{RULES.reschedules_min} or more reschedules of one appointment", f"{RULES.reschedules_value}", "`low`")
    ],
    "tone_change": [
        ("the last message is `negative`, or a person reported it", f"{RULES.tone_change_value}", "`medium`")
    ],
}
missed_once, missed_twice = past.missed(1), (*past.missed(1), *past.missed(2))
complained = (conversation_started, past.wrote("negative"))
called_off_twice = (*past.called_off(1), *past.called_off(2))
SCORES: list[tuple[str, tuple[Event, ...], datetime]] = [
    *((f"silent for {days} days", (), past.journey_started.started_at + days * DAY) for days in (14, 20, 21, 26, 30)),
    ("one no-show", missed_once, NOW),
    ("two no-shows", missed_twice, NOW),
    ("one no-show, silent for 14 days", missed_once, NOW + 13 * DAY - 2 * HOUR),
    ("two cancellations", called_off_twice, NOW),
    ("a negative message", complained, NOW),
    ("two cancellations and a negative message", (*called_off_twice, *complained), NOW),
]


def blocks() -> dict[str, str]:
    """By name."""
    return {
        "stage table": stage_table(),
        "risk table": risk_table(),
        "scores": table(
            ["of a patient with", "the score is"], ((what, score(before, at)) for what, before, at in SCORES)
        ),
        "levels": levels(),
        "numbers": numbers(),
    }


def risk_table() -> str:
    """Each indicator."""
    lines = (
        (code(kind), str(getattr(RULES, f"{kind}_weight")), *line)
        for kind in sorted(get_args(RiskType), key=list(INDICATORS).index)
        for line in INDICATORS[kind]
    )
    return table(["indicator", "weight", "when", "value", "severity"], lines)


def score(before: tuple[Event, ...], at: datetime) -> str:
    """What the silence sweep would find."""
    story = patient.given(registered, past.journey_started, *before).at(at).about(JOURNEY).by("system")
    (weighed,) = story.when(past.weigh_silence).of(RiskScoreRecalculated)
    return f"{weighed.new_score}"


def levels() -> str:
    """What scores are called."""
    floors = {"low": "0.00", **{level: str(getattr(RULES, f"score_{level}")) for level in get_args(RiskLevel)[1:]}}
    return table(["level", "from a score of"], ((code(level), floor) for level, floor in floors.items()))


def numbers() -> str:
    """The rules' fields."""
    known = meanings(RULES_TYPE)
    return table(["number", "by default", "what it is"], _numbers(known))


def _numbers(known: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in RULES_TYPE.model_fields:
        yield code(name), str(getattr(RULES, name)), known.get(name, "")
