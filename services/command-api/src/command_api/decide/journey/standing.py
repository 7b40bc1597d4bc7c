"""Where a journey stands by what it has, when the mistake that its stage came of is corrected."""

from msgspec.structs import replace

from command_api.decide.journey.past.ending import Ending
from command_api.decide.journey.past.state import ClinicJourney
from command_api.decide.journey.risk import indicators, score
from command_api.decide.journey.rules import JourneyRules
from command_api.decide.journey.stages import after_a_change
from healz.events.stages import Stage


def standing(mistaken: Ending, journey: ClinicJourney, rules: JourneyRules) -> Stage:
    """The stage of a journey that something else has moved since the mistake."""
    missed = len(journey.evidence.no_shows)
    lost: Stage | None = "at_risk" if missed >= rules.no_shows_min else "no_show" if missed else None
    match journey.stage:
        case "at_risk" | "abandoned" if _is_high(journey, rules):
            return "at_risk"
        case "no_show" | "at_risk" | "abandoned":
            return lost or _by_what_it_has(journey)
        case "attended" | "follow_up" if journey.last_visit_at is None:
            return lost or _by_what_it_has(journey)
        case "recovered" if mistaken.status == "no_show" and not missed:
            return _by_what_it_has(journey)
        case "scheduled" | "confirmed" | "returned":
            return after_a_change(journey)
        case stage:
            assert stage is not None
            return stage


def _is_high(journey: ClinicJourney, rules: JourneyRules) -> bool:
    """Whether it would be at risk for something else."""
    assert journey.seen_at is not None
    at_risk = replace(journey, stage="at_risk")
    return score(indicators(at_risk, journey.seen_at, rules)) >= rules.score_high


def _by_what_it_has(journey: ClinicJourney) -> Stage:
    if journey.live or journey.last_visit_at is None:
        return after_a_change(journey)
    visits = [ending for ending in journey.endings.values() if ending.status == "completed"]
    last = max((ending for ending in visits if ending.journey_id == journey.journey_id), key=lambda ending: ending.at)
    return "follow_up" if last.requires_follow_up else "attended"
