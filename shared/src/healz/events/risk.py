"""What risk is made of, in the journey's events."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PlainSerializer

from healz.events.fields import Instant

RiskType = Literal["silence", "delay", "cancellation", "tone_change", "no_show"]
Severity = Literal["low", "medium", "high"]
RiskLevel = Literal["low", "medium", "high", "critical"]


def two_places(value: Decimal) -> Decimal:
    """Half up, as people round, and as PostgreSQL's numeric does; Python's floats don't."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


UpToOne = Annotated[
    Decimal, Field(ge=0, le=1), AfterValidator(two_places), PlainSerializer(float, return_type=float, when_used="json")
]
"""0.00 to 1.00: a score, a weight or a value. A JSON number."""


class Factor(BaseModel):
    """A risk indicator in a score. ``detected_at`` is when it appeared, or its severity rose."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: RiskType
    """Which risk indicator."""
    weight: UpToOne
    """How much it adds when another one is stronger."""
    value: UpToOne
    """How strong it is, 0.00 to 1.00."""
    severity: Severity
    """How grave it is."""
    detected_at: Instant
    """When it appeared, or its severity rose."""


class Statistics(BaseModel):
    """Of the journey's whole life. ``average_risk_score`` is of all its recalculated scores; 0.00 without any."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    total_appointments: NonNegativeInt
    """How many appointments were booked."""
    no_show_count: NonNegativeInt
    """How many the patient missed."""
    cancellation_count: NonNegativeInt
    """How many were cancelled, not counting what the clinic cancelled on its own account."""
    average_risk_score: UpToOne
    """The mean of all its recalculated scores; 0.00 without any."""
