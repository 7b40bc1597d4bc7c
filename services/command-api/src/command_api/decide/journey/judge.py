"""The risk of a journey, weighed anew: what follows when its indicators are no longer the same."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from command_api.decide.journey.events import detected, escalated, moved, recalculated
from command_api.decide.journey.past.state import BY_SCORE, ClinicJourney
from command_api.decide.journey.risk import Indicator, indicators, level, score
from command_api.decide.journey.rules import JourneyRules
from healz.events.journey import JourneyEvent
from healz.events.risk import Factor, RiskType, Severity
from healz.events.stages import Stage

LOST: frozenset[Stage] = frozenset({"at_risk", "no_show"})
"""From where a patient can be won back."""
WORSE: tuple[Severity, ...] = ("low", "medium", "high")


def judged(journey: ClinicJourney, patient_id: UUID, at: datetime, rules: JourneyRules) -> Iterator[JourneyEvent]:
    """What follows for an active journey whose risk is weighed as of ``at``, or of what was seen later than that.

    The score is calculated anew when the indicators are not those of the last time: types, values, severities.
    """
    if journey.seen_at is not None:
        at = max(at, journey.seen_at)
    present = list(indicators(journey, at, rules))
    new = journey.score
    if _differ(present, journey.indicators):
        for indicator in present:
            if _is_news(indicator, journey.indicators):
                yield detected(journey, patient_id, indicator, at)
        new = score(present)
        factors = tuple(_factor(indicator, journey.indicators, at) for indicator in present)
        yield recalculated(journey, patient_id, new, level(new, rules), factors, at)
    # Also where the indicators are as before: the last appointment that lay ahead may be gone.
    alone = not journey.lies_ahead(at, timedelta(hours=rules.live_hours))
    if journey.stage != "at_risk" and new >= rules.score_high and (journey.score < rules.score_high or alone):
        yield moved(journey, patient_id, "at_risk", "risk_score_recalculated", at)
    if journey.score < rules.score_critical <= new:
        yield escalated(journey, patient_id, BY_SCORE, at)


def _differ(present: list[Indicator], before: Mapping[RiskType, Factor]) -> bool:
    return {(indicator.type, indicator.value, indicator.severity) for indicator in present} != {
        (factor.type, factor.value, factor.severity) for factor in before.values()
    }


def _is_news(indicator: Indicator, before: Mapping[RiskType, Factor]) -> bool:
    """Whether it appeared, or its severity rose."""
    known = before.get(indicator.type)
    return known is None or WORSE.index(indicator.severity) > WORSE.index(known.severity)


def _factor(indicator: Indicator, before: Mapping[RiskType, Factor], at: datetime) -> Factor:
    detected_at = at if _is_news(indicator, before) else before[indicator.type].detected_at
    return Factor(
        type=indicator.type,
        weight=indicator.weight,
        value=indicator.value,
        severity=indicator.severity,
        detected_at=detected_at,
    )
