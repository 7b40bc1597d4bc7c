"""The rules as a form has them: each number with its kind and bounds, and what a form that was sent says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from pydantic import ValidationError

from command_api.decide.journey.rules import DEFAULT_RULES, JourneyRules, RecoveryBy
from command_api.http.problems import Problem

GROUPS: Mapping[str, Sequence[str]] = {
    "silence": ("silence_days_min", "silence_days_high", "silence_days_full", "silence_weight"),
    "no_show": ("no_show_value", "no_shows_min", "no_shows_value", "no_show_weight"),
    "cancellation": ("cancellations_min", "cancellations_value", "cancellation_weight"),
    "delay": ("reschedules_min", "reschedules_value", "delay_weight"),
    "tone_change": ("tone_change_value", "tone_change_weight"),
    "score": ("score_medium", "score_high", "score_critical"),
    "time": (
        *("return_days", "follow_up_days", "live_hours", "abandonment_silence_days", "abandonment_at_risk_days"),
        *("completion_silence_days", "conversation_silence_days", "recovery_by"),
    ),
}


@dataclass(frozen=True)
class RuleField:
    """An input. ``choices``: of a closed list; else a number from ``least`` to ``most``."""

    name: str
    value: str
    default: str
    step: str = "1"
    least: str = "0"
    most: str = "1"
    choices: Sequence[str] = ()


def fields(rules: JourneyRules) -> dict[str, list[RuleField]]:
    """Of these rules, group by group."""
    return {group: [_field(name, rules) for name in names] for group, names in GROUPS.items()}


def _field(name: str, rules: JourneyRules) -> RuleField:
    value, default = getattr(rules, name), getattr(DEFAULT_RULES, name)
    if name == "recovery_by":
        return RuleField(name, value, default, choices=get_args(RecoveryBy))
    if isinstance(value, Decimal):
        return RuleField(name, str(value), str(default), step="0.01")
    bounds = {type(each).__name__: each for each in JourneyRules.model_fields[name].metadata}
    return RuleField(name, str(value), str(default), "1", str(bounds["Ge"].ge), str(bounds["Le"].le))


def sent(form: Mapping[str, str]) -> JourneyRules:
    """The rules that were sent. Raises Problem 422 where they don't fit."""
    said = {name: _number(name, form[name].strip()) for name in JourneyRules.model_fields if form.get(name, "").strip()}
    try:
        return JourneyRules.model_validate(said)
    except ValidationError as error:
        faults = [
            {"field": ".".join(map(str, fault["loc"])), "message": fault["msg"].removeprefix("Value error, ")}
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise Problem(422, "these numbers don't fit each other", errors=faults) from error


def _number(name: str, text: str) -> Any:
    """A number in a form is a text, as in JSON that of a part may be."""
    default = getattr(DEFAULT_RULES, name)
    return int(text) if isinstance(default, int) and text.isascii() and text.isdigit() else text.replace(",", ".")


def changes(now: JourneyRules, wanted: JourneyRules) -> dict[str, Any]:
    """What a PATCH says to get from these rules to those; null: as for all organisations."""
    said = wanted.model_dump(mode="json")
    return {
        name: None if getattr(wanted, name) == getattr(DEFAULT_RULES, name) else said[name]
        for name in JourneyRules.model_fields
        if getattr(now, name) != getattr(wanted, name)
    }
