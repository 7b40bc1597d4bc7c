"""A patient's timeline: each event in a line, with what of it tells most, in the order in which things happened.

That is not the order in which they were recorded: an import records years in an hour.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from command_api.http.console.sentences import sentence
from command_api.http.console.words import Words
from command_api.http.queries.why_words import OF_EACH, words_of
from healz.events import EVENTS
from healz.events.envelope import time_field

TIME_FIELDS = {event.__name__: time_field(event) for event in EVENTS}
"""{type of event: its field that says when it happened}"""


@dataclass(frozen=True)
class Line:
    """``visit_at``: when the visit that it is about begins, or was to begin, as was known then."""

    event: Mapping[str, Any]
    at: datetime
    visit_at: str | None

    @property
    def recorded_at(self) -> datetime:
        return datetime.fromisoformat(self.event["created_at"])

    def recorded_later(self, zone: ZoneInfo) -> date | None:
        """The day on which it was recorded; None: it is the day on which it happened."""
        recorded = self.recorded_at.astimezone(zone).date()
        return recorded if recorded != self.at.astimezone(zone).date() else None


def happened_at(event: Mapping[str, Any]) -> datetime:
    """When the fact was; of a type that this release doesn't know, when it was recorded."""
    field = TIME_FIELDS.get(event["event_type"])
    return datetime.fromisoformat((event["event_data"].get(field) if field else None) or event["created_at"])


def lines(events: Iterable[Mapping[str, Any]]) -> Sequence[Line]:
    """Of events in the order of the log; what happened at once stays in that order."""
    return sorted(_each(events), key=lambda line: line.at)


def _each(events: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    visits: dict[str, str] = {}
    for event in events:
        data = event["event_data"]
        visit = data.get("appointment_id")
        for name in ("scheduled_for", "new_scheduled_for"):
            if visit and data.get(name):
                visits[visit] = data[name]
        yield Line(event, happened_at(event), visits.get(visit))


def telling(say: Words, line: Line, zone: ZoneInfo) -> str:
    """What of an event tells most, as far as who asks may see it; empty where its name says all."""
    event = line.event
    data = event["event_data"]

    def time(name: str) -> str:
        return say.time(data[name], zone) if data.get(name) else ""

    match event["event_type"]:
        case "MessageReceived" | "MessageSent" | "MessageEdited":
            return data.get("content") or say.of("media", data.get("media_type"))
        case "AppointmentScheduled":
            return _joined(say("timeline.visit_for", time=time("scheduled_for")), data.get("doctor_name"))
        case "AppointmentRescheduled":
            return _joined(f"{time('previous_scheduled_for')} → {time('new_scheduled_for')}", data.get("reason"))
        case "AppointmentOutcomeCorrected":
            return _joined(_visit(say, line, zone), say.of("status", data.get("right_status")), data.get("reason"))
        case "JourneyStageChanged":
            stages = f"{say.of('stage', data['previous_stage'])} → {say.of('stage', data['new_stage'])}"
            return _joined(stages, *_why(say, event))
        case "RiskScoreRecalculated":
            scores = f"{say.number(data['previous_score'], 2)} → {say.number(data['new_score'], 2)}"
            return _joined(scores, say.of("level", data.get("risk_level")), *_why(say, event))
        case "RiskDetected":
            return say.of("risk", data.get("risk_type"))
        case "CallMade":
            return _joined(say.of("outcome", data.get("outcome")), data.get("notes"))
        case "JourneySnoozed":
            return _joined(time("snoozed_until"), data.get("reason"))
        case "PatientStatusChanged":
            return _joined(say.of("status", data.get("new_status")), data.get("reason"))
        case "PatientRegistered":
            return data.get("full_name") or ""
        case _:
            told = (data.get(name) for name in ("reason", "notes") if name in data)
            return _joined(_visit(say, line, zone), *_why(say, event), *told)


def _visit(say: Words, line: Line, zone: ZoneInfo) -> str | None:
    return say("timeline.visit", time=say.time(line.visit_at, zone)) if line.visit_at else None


def _why(say: Words, event: Mapping[str, Any]) -> list[str]:
    if event["event_type"] in OF_EACH:
        return []  # its name says the same
    return [sentence(say, said) for said in words_of(event, None)]


def _joined(*parts: str | None) -> str:
    return " · ".join(dict.fromkeys(part for part in parts if part))
