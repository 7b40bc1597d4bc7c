"""How a journey ends: by a person, or by a long silence."""

from datetime import datetime, timedelta
from uuid import UUID

from command_api.decide.journey.judge import of
from command_api.decide.journey.rules import JourneyRules
from command_api.decide.journey.state import NO_SCORE, ClinicJourney
from healz.events.journey import CompletionReason, JourneyAbandoned, JourneyCompleted, JourneyEvent
from healz.events.risk import Statistics, two_places

DAY = timedelta(days=1)


def silent_end(one: ClinicJourney, patient_id: UUID, at: datetime, rules: JourneyRules) -> list[JourneyEvent]:
    """Nothing, or the end that silence brings to an active journey; never while an appointment lies ahead."""
    assert one.last_interaction_at is not None
    assert one.stage_since is not None
    if one.lies_ahead(at, timedelta(hours=rules.live_hours)):
        return []
    silent, in_stage = (at - one.last_interaction_at) // DAY, (at - one.stage_since) // DAY
    match one.stage:
        case "at_risk" if silent >= rules.abandonment_silence_days and in_stage >= rules.abandonment_at_risk_days:
            return [abandoned(one, patient_id, "silence", at)]
        case "attended" | "returned" if silent >= rules.completion_silence_days:
            return [completed(one, patient_id, "successful_treatment", at)]
        case _:
            return []


def abandoned(one: ClinicJourney, patient_id: UUID, reason: str, at: datetime) -> JourneyAbandoned:
    """The patient is given up, for now."""
    return JourneyAbandoned(
        **of(one, patient_id), abandonment_reason=reason, final_risk_score=one.score, abandoned_at=at
    )


def completed(one: ClinicJourney, patient_id: UUID, reason: CompletionReason, at: datetime) -> JourneyCompleted:
    """The journey came to its good end; the statistics are of all of it."""
    assert one.started_at is not None
    average = one.scores_sum / one.scores if one.scores else NO_SCORE
    return JourneyCompleted(
        **of(one, patient_id),
        completion_reason=reason,
        total_duration=max(at - one.started_at, timedelta(0)) // DAY,
        statistics=Statistics(
            total_appointments=one.appointments,
            no_show_count=one.missed,
            cancellation_count=one.cancelled,
            average_risk_score=two_places(average),
        ),
        completed_at=at,
    )
