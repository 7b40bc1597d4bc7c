"""The numbers that journeys are judged by: one object, which a tenant's reference row may override in part."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from healz.events.risk import Share


def whole(value: Any) -> int:
    """Raises ValueError for true and for "10", which would be taken for numbers.

    (Not pydantic's ``strict``: that is the caller's to overrule, and the HTTP framework does.)
    """
    if type(value) is not int:
        raise ValueError("give a whole number")
    return value


Whole = Annotated[int, BeforeValidator(whole)]
Days = Annotated[Whole, Field(ge=1, le=3650)]
Count = Annotated[Whole, Field(ge=2, le=100)]
"""From the second on: what happens once is told apart by the rules themselves."""


class JourneyRules(BaseModel):
    """Weights and values are 0.00 to 1.00, times whole days of 24 hours. A field that isn't known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    silence_weight: Share = Decimal("0.40")
    silence_days_min: Days = 14
    silence_days_high: Days = 21
    silence_days_full: Days = 30
    """Silence grows with the days, to 1.00 after so many."""
    no_show_weight: Share = Decimal("0.30")
    no_show_value: Share = Decimal("0.30")
    """Of one."""
    no_shows_min: Count = 2
    no_shows_value: Share = Decimal("0.90")
    """Of so many or more."""
    cancellation_weight: Share = Decimal("0.20")
    cancellations_min: Count = 2
    cancellations_value: Share = Decimal("0.50")
    delay_weight: Share = Decimal("0.20")
    reschedules_min: Count = 2
    """Of one and the same appointment."""
    reschedules_value: Share = Decimal("0.40")
    tone_change_weight: Share = Decimal("0.10")
    tone_change_value: Share = Decimal("0.60")
    score_medium: Share = Decimal("0.30")
    score_high: Share = Decimal("0.70")
    """A journey whose score rises to this is at risk."""
    score_critical: Share = Decimal("0.85")
    """A score that rises to this calls for a person."""
    return_days: Days = 7
    """Who books so long after a visit has returned."""
    follow_up_days: Days = 30
    """After a visit that asks for a follow-up: then a reminder goes out, and silence begins to count."""
    live_hours: Annotated[Whole, Field(ge=0, le=720)] = 24
    """An appointment that nobody closed still lies ahead so long after its end."""
    abandonment_silence_days: Days = 30
    abandonment_at_risk_days: Days = 9
    completion_silence_days: Days = 180
    conversation_silence_days: Days = 7

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for names in (
            ("silence_days_min", "silence_days_high", "silence_days_full"),
            ("no_show_value", "no_shows_value"),
            ("score_medium", "score_high", "score_critical"),
        ):
            values = [getattr(self, name) for name in names]
            if values != sorted(values):
                raise ValueError(f"{', '.join(names)} must not fall: each is at least the one before it")
        return self


DEFAULT_RULES = JourneyRules()
