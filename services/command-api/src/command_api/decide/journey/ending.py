"""How a long silence ends a journey."""

from datetime import datetime, timedelta
from uuid import UUID

from command_api.decide.journey.events import abandoned, completed
from command_api.decide.journey.past.state import BY_SILENCE, ClinicJourney
from command_api.decide.journey.rules import JourneyRules
from healz.events.journey import JourneyEvent

DAY = timedelta(days=1)


def silent_end(journey: ClinicJourney, patient_id: UUID, at: datetime, rules: JourneyRules) -> list[JourneyEvent]:
    """Nothing, or the end that silence brings to an active journey; never while an appointment lies ahead."""
    assert journey.last_interaction_at is not None
    assert journey.stage_since is not None
    if journey.lies_ahead(at, timedelta(hours=rules.live_hours)):
        return []
    silent, in_stage = (at - journey.last_interaction_at) // DAY, (at - journey.stage_since) // DAY
    match journey.stage:
        case "at_risk" if silent >= rules.abandonment_silence_days and in_stage >= rules.abandonment_at_risk_days:
            return [abandoned(journey, patient_id, BY_SILENCE, at)]
        case "attended" | "returned" if silent >= rules.completion_silence_days:
            return [completed(journey, patient_id, "successful_treatment", at)]
        case _:
            return []
