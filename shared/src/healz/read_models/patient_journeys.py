"""What a patient's journeys do to the patient's row: the riskiest active one stands for them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from healz.events import Recorded
from healz.events.fields import rfc3339
from healz.events.journey import JourneyStarted, RiskScoreRecalculated
from healz.events.stages import INACTIVE_STAGES
from healz.read_models.patient_row import PatientRow
from healz.read_models.stage_move import moved_to

NO_SCORE = "0.00"
"""Of a journey that was never judged: its entry holds no score."""


def followed(patient: PatientRow, event: Recorded) -> PatientRow:
    """The row after an event of one of the patient's journeys; the same object after any other."""
    match event.event_data:
        case JourneyStarted(journey_id=journey_id, clinic_id=clinic_id, started_at=at):
            started = {"clinic_id": str(clinic_id), "stage": "initiated", "active": True, "started_at": rfc3339(at)}
            return _with_journey(patient, journey_id, started | {"ended_at": None})
        case RiskScoreRecalculated(journey_id=journey_id, new_score=score):
            return _with_journey(patient, journey_id, patient.journeys[str(journey_id)] | {"score": str(score)})
    move = moved_to(event.event_data)
    if move is None:
        return patient
    stage, at = move
    ended = stage in INACTIVE_STAGES
    moved = {"stage": stage, "active": not ended, "ended_at": rfc3339(at) if ended else None}
    return _with_journey(patient, event.aggregate_id, patient.journeys[str(event.aggregate_id)] | moved)


def shown_journey(journeys: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The journey that stands for the patient: the riskiest of the active ones, else the last to end.

    Equal ones: the riskier, the newest started, the greatest id. None when there is no journey. (The SQL function
    ``patient.shown_journey`` asks the same of some clinics' journeys alone.)
    """
    _, shown = max(journeys.items(), key=_precedence, default=(None, None))
    return shown


def _precedence(entry: tuple[str, dict[str, Any]]) -> tuple[bool, str, str, str, str]:
    """The texts sort as the times and the numbers in them do."""
    journey_id, journey = entry
    ended_at, score = journey["ended_at"] or "", journey.get("score", NO_SCORE)
    return journey["active"], ended_at, score, journey["started_at"], journey_id


def _with_journey(patient: PatientRow, journey_id: UUID, journey: dict[str, Any]) -> PatientRow:
    journeys = patient.journeys | {str(journey_id): journey}
    shown = shown_journey(journeys)
    assert shown is not None
    return replace(
        patient,
        journeys=journeys,
        current_journey_stage=shown["stage"],
        risk_score=Decimal(shown.get("score", NO_SCORE)),
    )
