"""The values of a patient and of a journey that a page shows, each with its name and as it is written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from command_api.http.auth import Principal
from command_api.http.console.words import Words
from command_api.http.queries.patient_in_clinics import OF_CLINICS

PATIENT: Sequence[str] = (
    *("status", "current_journey_stage", "risk_score", "phone", "email", "birth_date", "cpf", "guardian_phone"),
    *("first_contact_at", "last_interaction_at", "interaction_count", "next_appointment_at", "last_appointment_at"),
    *("total_appointments", "completed_appointments", "cancelled_appointments", "no_show_count"),
    "registration_source",
)
JOURNEY: Sequence[str] = (
    *("current_stage", "risk_score", "risk_level", "needs_follow_up", "has_escalation", "snoozed_until", "calls"),
    *("started_at", "last_interaction_at", "next_appointment_at", "last_appointment_at"),
    *("total_interactions", "total_appointments", "missed_appointments", "cancelled_appointments"),
)
CODES = {
    "status": "status",
    "current_journey_stage": "stage",
    "current_stage": "stage",
    "risk_level": "level",
    "registration_source": "source",
}
"""{column: the catalogue's group of its codes}"""


def known(patient: Mapping[str, Any], who: Principal | None) -> Mapping[str, Any]:
    """The patient without what the API answers as 0 for lack of anything to reckon it from.

    Nobody has weighed the risk of who is on no journey. And who is bound to clinics is told of those alone: where the
    patient is not known there, 0 would say of them what is only not told.
    """
    if patient["current_journey_stage"] is not None:
        return patient
    untold = ("risk_score",) if who is None or who.clinics is None else OF_CLINICS
    return {**patient, **dict.fromkeys(untold)}


def written(say: Words, column: str, value: Any, zone: ZoneInfo) -> str:
    """The value for people; a dash where there is none, or where it is not for who asks."""
    match value:
        case None | "":
            return "–"
        case bool():
            return say("yes" if value else "no")
        case float():
            return say.number(value, 2)
        case int():
            return say.number(value)
        case str() if column in CODES:
            return say.of(CODES[column], value)
        case str() if column.endswith("phone"):
            return say.phone(value)
        case str() if column == "cpf":
            return say.cpf(value)
        case str() if column == "birth_date":
            return say.short_day(value)
        case str() if column.endswith(("_at", "_until")):
            return say.time(datetime.fromisoformat(value), zone)
        case _:
            return str(value)


def rows(say: Words, columns: Sequence[str], values: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[str, str]]:
    """(column, value)"""
    return [(column, written(say, column, values[column], zone)) for column in columns]
