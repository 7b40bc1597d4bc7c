"""A patient's timeline: each event in a line, with what of it tells most."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from command_api.http.console.sentences import sentence
from command_api.http.console.words import Words
from command_api.http.queries.why_words import words_of


def telling(say: Words, event: Mapping[str, Any], zone: ZoneInfo) -> str:
    """What of an event tells most, as far as who asks may see it; empty where its name says all."""
    data = event["event_data"]

    def time(name: str) -> str:
        return say.time(data[name], zone) if data.get(name) else ""

    match event["event_type"]:
        case "MessageReceived" | "MessageSent" | "MessageEdited":
            return data.get("content") or say.of("media", data.get("media_type"))
        case "AppointmentScheduled":
            return _joined(time("scheduled_for"), data.get("doctor_name"))
        case "AppointmentRescheduled":
            return _joined(f"{time('previous_scheduled_for')} → {time('new_scheduled_for')}", data.get("reason"))
        case "AppointmentMarkedAsNoShow":
            return time("scheduled_for")
        case "AppointmentOutcomeCorrected":
            return _joined(say.of("status", data.get("right_status")), data.get("reason"))
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
            return _joined(*_why(say, event), *(data.get(name) for name in ("reason", "notes") if name in data))


def _why(say: Words, event: Mapping[str, Any]) -> list[str]:
    return [sentence(say, said) for said in words_of(event, None)]


def _joined(*parts: str | None) -> str:
    return " · ".join(dict.fromkeys(part for part in parts if part))
