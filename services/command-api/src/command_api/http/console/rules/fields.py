"""The rules as a form has them: each number with its kind and bounds, and what a form that was sent says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

from pydantic import ValidationError

from command_api.decide.journey.rules import DEFAULT_RULES, IN_ORDER, JourneyRules, RecoveryBy
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

DIGITS_MAX = 9
"""More are no number that any rule takes."""


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


def fields_text(rules: JourneyRules) -> dict[str, str]:
    """As the fields show them."""
    return {name: str(getattr(rules, name)) for name in JourneyRules.model_fields}


def drawn(rules: JourneyRules) -> str:
    """What a form that is drawn from these rules is sent back with, so that it is known what was changed in it."""
    return ",".join(fields_text(rules).values())


@dataclass(frozen=True)
class NumbersAsked:
    """What a form asks for: ``said`` is what was changed in it, ``before`` what it was drawn from, where it says so."""

    said: Mapping[str, str]
    before: Mapping[str, str]

    def rules(self, now: JourneyRules) -> JourneyRules:
        """Those of now with what was changed. Raises Problem 422 where they don't fit each other."""
        wanted = now.model_dump() | {name: _number(name, text) for name, text in self.said.items()}
        try:
            return JourneyRules.model_validate(wanted)
        except ValidationError as error:
            places = [str(fault["loc"][0]) for fault in error.errors(include_context=False) if fault["loc"]]
            faults = [_fault(name) for name in dict.fromkeys(places)] or list(_falling(wanted))
            raise Problem(422, "these numbers don't fit each other", errors=faults) from error

    def to_save(self, now: JourneyRules) -> JourneyRules:
        """The same. Raises Problem 412, too, where somebody else has changed since what it changes."""
        wanted = self.rules(now)
        held, after = fields_text(now), fields_text(wanted)
        if any(self.before.get(name, held[name]) != held[name] != after[name] for name in self.said):
            raise Problem(412, "somebody else has changed these numbers; look again", rule="rules_changed")
        return wanted


def asked(form: Mapping[str, str]) -> NumbersAsked:
    """Raises Problem 412 for a form of another release."""
    names = [*JourneyRules.model_fields]
    texts = form["was"].split(",") if form.get("was") else []
    if texts and len(texts) != len(names):
        raise Problem(412, "this form is an older one; open the page again", rule="rules_changed")
    before = dict(zip(names, texts, strict=False))
    given = {name: form[name].strip() for name in names if form.get(name, "").strip()}
    return NumbersAsked({name: text for name, text in given.items() if before.get(name) != text}, before)


def _number(name: str, text: str) -> Any:
    """A number in a form is a text, as in JSON that of a part may be."""
    default = getattr(DEFAULT_RULES, name)
    is_whole = isinstance(default, int) and text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    return int(text) if is_whole else text.replace(",", ".")


def _fault(name: str) -> dict[str, Any]:
    """That this field is not as it must be."""
    field = _field(name, DEFAULT_RULES)
    kind = "choice" if field.choices else "whole" if field.step == "1" else "part"
    bounds = {} if field.choices else {"least": field.least, "most": field.most}
    return {"field": name, "message": "is not as it must be", "kind": kind, "values": bounds}


def _falling(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each number that is less than the one which it may not be less than."""
    for names in IN_ORDER:
        for before, name in pairwise(names):
            if Decimal(wanted[name]) < Decimal(wanted[before]):
                message = f"is less than {before}"
                yield {"field": name, "message": message, "kind": "order", "values": {"before": before}}


def changes(now: JourneyRules, wanted: JourneyRules) -> dict[str, Any]:
    """What a PATCH says to get from these rules to those; null: as for all organisations."""
    said = wanted.model_dump(mode="json")
    return {
        name: None if getattr(wanted, name) == getattr(DEFAULT_RULES, name) else said[name]
        for name in JourneyRules.model_fields
        if getattr(now, name) != getattr(wanted, name)
    }
