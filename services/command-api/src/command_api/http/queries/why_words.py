"""What an event did, in words: why a risk is what it is, for somebody who runs a clinic.

The words are of that moment: "silent for 16 days" stands as it was when the score was calculated, while the answer of
the journey itself counts on.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from command_api.http.queries.risk_words import in_words
from healz.events.conversation import EscalationReason
from healz.events.fields import Instant
from healz.events.journey import CompletionReason, InitiatedBy
from healz.events.stages import StageReason
from healz.read_models.journey_row import JourneyRow

MOVED: Mapping[StageReason, str] = {
    "conversation_started": "began to talk with the clinic",
    "message_received": "wrote to the clinic",
    "appointment_scheduled": "an appointment was booked",
    "appointment_confirmed": "the appointment was confirmed",
    "appointment_rescheduled": "the appointment was moved",
    "appointment_cancelled": "the appointment was cancelled",
    "appointment_completed": "a visit took place",
    "appointment_marked_as_no_show": "missed an appointment",
    "appointment_outcome_corrected": "what was said of an appointment was corrected",
    "risk_score_recalculated": "the score rose to a high one",
    "patient_absorbed": "another record of the same person was merged into this one",
    "patient_inactive": "the patient became inactive",
    "patient_anonymized": "the patient was anonymised",
    "other": "for a reason that an older release wrote down",
}
BEGUN: Mapping[InitiatedBy, str] = {
    "first_contact": "the journey began with a first contact",
    "appointment_scheduled": "the journey began with a booking",
    "manual": "the journey was started by a person",
}
COMPLETED: Mapping[CompletionReason, str] = {
    "successful_treatment": "the treatment came to a good end",
    "patient_moved": "the patient moved away",
    "other": "the journey was completed",
}
WAITS: Mapping[EscalationReason, str] = {
    "low_confidence": "the bot was not sure what was meant",
    "explicit_request": "asked for a person",
    "complex_query": "asked what the bot can't answer",
    "complaint": "complained",
}
BY_A_RULE = {
    "risk_score_critical": "the score rose to a critical one",
    "message_received": "wrote to the clinic",
    "silence": "was silent for too long",
}
"""Reasons that the rules give where a person may give any."""
OF_EACH = {
    "EscalationResolved": "somebody has seen to the conversation",
    "ConversationClosed": "the conversation was closed",
    "AppointmentCompleted": "a visit took place",
    "AppointmentOutcomeCorrected": "what was said of an appointment was corrected",
}
NO_COUNTS = {"missed_appointments": 0, "cancelled_appointments": 0}
"""Of a journey that nobody looks at: then it was "several"."""
_at = TypeAdapter(Instant)


def words_of(event: Mapping[str, Any], journey: JourneyRow | None) -> list[str]:
    """Why an event of a journey, or of what moves one, did what it did; nothing of any other.

    ``event`` is as the reader may see it: a reason that is withheld is not told. ``journey`` is the row right after it;
    None where a patient is asked about: no figure is given then.
    """
    data = event["event_data"]
    match event["event_type"]:
        case "RiskScoreRecalculated":
            signs = [_sign(factor, data["recalculated_at"], journey) for factor in data["contributing_factors"]]
            return signs or ["no sign of risk is left"]
        case "JourneyStageChanged":
            return [MOVED[data["reason"]]]
        case "JourneyStarted":
            return [BEGUN[data["initiated_by"]]]
        case "RiskEscalated":
            return _said(data["escalation_reason"])
        case "JourneyRecovered":
            return [f"{said}{_by(data)}" for said in _said(data["recovery_reason"])]
        case "JourneyAbandoned":
            return _said(data["abandonment_reason"])
        case "JourneyCompleted":
            return [COMPLETED[data["completion_reason"]]]
        case "ConversationEscalated":
            return [WAITS[data["reason"]]]
        case event_type:
            return [OF_EACH[event_type]] if event_type in OF_EACH else []


def _by(data: Mapping[str, Any]) -> str:
    """Which message it was, and how it sounded; releases before did not say."""
    if data.get("message_id") is None:
        return ""
    tone = data.get("sentiment")
    return f" (message {data['message_id']}, {f'a {tone} one' if tone else 'whose tone nobody has judged'})"


def _sign(factor: Mapping[str, Any], at: str, journey: JourneyRow | None) -> str:
    if journey is not None:
        judged_at, expected_at = _at.validate_python(at), journey.next_appointment_at
        silent = (judged_at - journey.last_interaction_at).days
        is_open = expected_at is not None and expected_at < judged_at
        days_open = (judged_at - expected_at).days if is_open and expected_at is not None else None
        counts = {name: getattr(journey, name) for name in NO_COUNTS}
        return in_words(factor, {**counts, "days_since_last_interaction": silent, "days_open": days_open})
    return "silent" if factor["type"] == "silence" else in_words(factor, NO_COUNTS)


def _said(reason: str | None) -> list[str]:
    return [BY_A_RULE.get(reason, reason)] if reason else []
