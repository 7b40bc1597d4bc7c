"""The numbers that journeys are judged by: one object, which a tenant's reference row may override in part."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from healz.events.json_kinds import whole
from healz.events.risk import UpToOne

DECIMAL_PATTERN = r"(?:0(?:\.[0-9]{1,9})?|1(?:\.0{1,9})?)"


def decimal(value: Any) -> Any:
    """Raises ValueError for true and for a text that is no plain decimal, like "1e-1"."""
    if isinstance(value, bool) or (isinstance(value, str) and not re.fullmatch(DECIMAL_PATTERN, value)):
        raise ValueError("give a number from 0 to 1, like 0.25")
    return value


Part = Annotated[
    UpToOne,
    BeforeValidator(decimal),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": f"^{DECIMAL_PATTERN}$"},
            ]
        }
    ),
]
"""A weight, a value or a score."""
Days = Annotated[int, Field(ge=1, le=3650), BeforeValidator(whole)]
Count = Annotated[int, Field(ge=2, le=100), BeforeValidator(whole)]
"""From the second on: what happens once is told apart by the rules themselves."""


RecoveryBy = Literal["any_message", "judged_message", "person"]
IN_ORDER = (
    ("silence_days_min", "silence_days_high", "silence_days_full"),
    ("no_show_value", "no_shows_value"),
    ("score_medium", "score_high", "score_critical"),
)
"""None is less than the one before it."""


class JourneyRules(BaseModel):
    """Weights and values are 0.00 to 1.00, times whole days of 24 hours. A field that isn't known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    silence_weight: Part = Decimal("0.40")
    """What silence adds when another indicator is stronger."""
    silence_days_min: Days = 14
    """From so many days on silence is an indicator."""
    silence_days_high: Days = 21
    """From so many on it is a grave one."""
    silence_days_full: Days = 30
    """Silence grows with the days, to 1.00 after so many."""
    no_show_weight: Part = Decimal("0.30")
    """What no-shows add when another indicator is stronger."""
    no_show_value: Part = Decimal("0.30")
    """Of one no-show."""
    no_shows_min: Count = 2
    """So many no-shows are a grave one."""
    no_shows_value: Part = Decimal("0.90")
    """Of so many or more."""
    cancellation_weight: Part = Decimal("0.20")
    """What cancellations add when another indicator is stronger."""
    cancellations_min: Count = 2
    """So many cancellations are an indicator."""
    cancellations_value: Part = Decimal("0.50")
    """Of so many or more."""
    delay_weight: Part = Decimal("0.20")
    """What reschedules add when another indicator is stronger."""
    reschedules_min: Count = 2
    """So many of one and the same appointment are an indicator."""
    reschedules_value: Part = Decimal("0.40")
    """Of so many or more."""
    tone_change_weight: Part = Decimal("0.10")
    """What a change of tone adds when another indicator is stronger."""
    tone_change_value: Part = Decimal("0.60")
    """Of a negative message, or of one that a person reported."""
    score_medium: Part = Decimal("0.30")
    """From here on the level is medium."""
    score_high: Part = Decimal("0.70")
    """A journey whose score rises to this is at risk."""
    score_critical: Part = Decimal("0.85")
    """A score that rises to this calls for a person."""
    return_days: Days = 7
    """Who books so long after a visit has returned."""
    follow_up_days: Days = 30
    """After a visit that asks for a follow-up: then a reminder goes out, and silence begins to count."""
    live_hours: Annotated[int, Field(ge=0, le=720), BeforeValidator(whole)] = 24
    """An appointment that nobody closed still lies ahead so long after its end."""
    abandonment_silence_days: Days = 30
    """Who is silent for so long, and at risk for long, is given up."""
    abandonment_at_risk_days: Days = 9
    """For so long at risk."""
    completion_silence_days: Days = 180
    """Who attended or returned and is silent for so long needs nothing more: completed."""
    recovery_by: RecoveryBy = "any_message"
    """What wins back who is lost: ``any_message`` that is not negative; a ``judged_message``, one of those whose tone
    was said; a ``person``, by their word alone."""
    conversation_silence_days: Days = 7
    """A conversation without a message for so long is closed."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for names in IN_ORDER:
            values = [getattr(self, name) for name in names]
            if values != sorted(values):
                raise ValueError(f"{', '.join(names)} must not fall: each is at least the one before it")
        return self


DEFAULT_RULES = JourneyRules()
