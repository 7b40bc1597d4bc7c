"""The risk table: which indicators are present in a journey, and the score that they make."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

from command_api.decide.journey.past.state import NO_SCORE, ClinicJourney
from command_api.decide.journey.rules import JourneyRules
from healz.events.fields import rfc3339
from healz.events.risk import RiskLevel, RiskType, Severity, two_places
from healz.events.stages import Stage

SPEAKS: frozenset[Stage] = frozenset(
    {"initiated", "first_contact", "scheduled", "confirmed", "no_show", "recovered", "at_risk"}
)
"""Where somebody is expected to speak. (In ``follow_up`` from some days after the visit; a patient who attended and
needs nothing is not silent.)"""
DAY = timedelta(days=1)


class Indicator(Struct, frozen=True):
    """A risk indicator that is present. ``details``: what it was seen by."""

    type: RiskType
    weight: Decimal
    value: Decimal
    severity: Severity
    details: Mapping[str, Any]


def indicators(journey: ClinicJourney, at: datetime, rules: JourneyRules) -> Iterator[Indicator]:
    """All that are present as of ``at``."""
    if (days := _silent_days(journey, at, rules)) >= rules.silence_days_min:
        value = two_places(min(Decimal(days) / rules.silence_days_full, Decimal(1)))
        severity: Severity = "high" if days >= rules.silence_days_high else "medium"
        assert journey.last_interaction_at is not None
        since = rfc3339(journey.last_interaction_at)
        details: Mapping[str, Any] = {"days": days, "since": since} | _nobody_closed(journey)
        yield Indicator("silence", rules.silence_weight, value, severity, details)
    known = journey.evidence
    missed, cancelled = len(known.no_shows), len(known.cancellations)
    if missed >= rules.no_shows_min:
        yield Indicator("no_show", rules.no_show_weight, rules.no_shows_value, "high", {"count": missed})
    elif missed:
        yield Indicator("no_show", rules.no_show_weight, rules.no_show_value, "medium", {"count": missed})
    if cancelled >= rules.cancellations_min:
        details = {"count": cancelled}
        yield Indicator("cancellation", rules.cancellation_weight, rules.cancellations_value, "medium", details)
    key, moves = max(known.reschedules.items(), key=lambda entry: len(entry[1]), default=(None, ()))
    if len(moves) >= rules.reschedules_min:
        details = {"count": len(moves), "appointment_id": str(key)}
        yield Indicator("delay", rules.delay_weight, rules.reschedules_value, "low", details)
    if known.negative_message is not None or known.reported is not None:
        details = known.reported if known.reported is not None else {"message_id": str(known.negative_message)}
        yield Indicator("tone_change", rules.tone_change_weight, rules.tone_change_value, "medium", details)


def score(present: Iterable[Indicator]) -> Decimal:
    """The worst indicator counts in full, each further one adds its value times its weight; 0.00 to 1.00.

    So an indicator that is added or gets worse never lowers it.
    """
    present = list(present)
    weighed = sum((indicator.weight * indicator.value for indicator in present), Decimal(0))
    whole = max(
        (indicator.value + weighed - indicator.weight * indicator.value for indicator in present), default=NO_SCORE
    )
    return two_places(min(whole, Decimal(1)))


def level(value: Decimal, rules: JourneyRules) -> RiskLevel:
    """What a score is called."""
    if value >= rules.score_critical:
        return "critical"
    if value >= rules.score_high:
        return "high"
    return "medium" if value >= rules.score_medium else "low"


def _silent_days(journey: ClinicJourney, at: datetime, rules: JourneyRules) -> int:
    """Whole days without a word, where one is expected and no appointment lies ahead; else 0."""
    if journey.last_interaction_at is None or journey.lies_ahead(at, timedelta(hours=rules.live_hours)):
        return 0
    if journey.stage == "follow_up":
        expected = journey.last_visit_at is not None and at - journey.last_visit_at >= rules.follow_up_days * DAY
    else:
        expected = journey.stage in SPEAKS
    return (at - journey.last_interaction_at) // DAY if expected else 0


def _nobody_closed(journey: ClinicJourney) -> dict[str, str]:
    """The appointment of a day that is over, and that is still open: perhaps they came."""
    if (appointment := journey.open_appointment) is None:
        return {}
    return {
        "open_appointment_id": str(appointment.appointment_id),
        "open_appointment_at": rfc3339(appointment.scheduled_for),
    }
