"""How far a patient had come by the end of a day: by when things happened, as is known today."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from command_api.http.console.patient.picture import moves_of
from command_api.http.console.patient.timeline import happened_at

BECAME = {
    "AppointmentScheduled": "scheduled",
    "AppointmentConfirmed": "confirmed",
    "AppointmentRescheduled": "scheduled",
    "AppointmentCancelled": "cancelled",
    "AppointmentMarkedAsNoShow": "no_show",
    "AppointmentCompleted": "completed",
}
"""{type of event: the appointment's status from then on}"""


@dataclass(frozen=True)
class JourneyStood:
    """``score`` None: nobody had weighed it."""

    clinic_id: str
    stage: str
    score: float | None


@dataclass(frozen=True)
class Stood:
    """``appointments`` counts by status."""

    appointments: Mapping[str, int]
    messages: int
    journeys: Sequence[JourneyStood]


def stood(events: Iterable[Mapping[str, Any]], until: datetime) -> Stood | None:
    """Of events in the order of the log; None where nothing had happened by then."""
    happened = [event for event in events if happened_at(event) <= until]
    if not happened:
        return None
    status: dict[str, str] = {}
    scores: dict[str, float] = {}
    started: dict[str, str] = {}
    for event in happened:
        kind, data = event["event_type"], event["event_data"]
        if kind in BECAME:
            status[data["appointment_id"]] = BECAME[kind]
        elif kind == "AppointmentOutcomeCorrected":
            status[data["appointment_id"]] = data["right_status"]
        elif kind == "JourneyStarted":
            started[data["journey_id"]] = data["clinic_id"]
        elif kind == "RiskScoreRecalculated":
            scores[data["journey_id"]] = float(data["new_score"])
    journeys = []
    for journey_id, clinic_id in started.items():
        *_, last = moves_of(journey_id, happened)
        journeys.append(JourneyStood(clinic_id, last.stage, scores.get(journey_id)))
    messages = sum(event["event_type"] == "MessageReceived" for event in happened)
    return Stood(Counter(status.values()), messages, journeys)
