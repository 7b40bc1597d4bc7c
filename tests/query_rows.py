"""Rows of the read models as a test puts them there, without the events that would have led to them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from uuid_utils.compat import uuid7

ENDED = ("abandoned", "completed", "cancelled")


class _Clock:
    now = datetime.now(UTC)


def now() -> datetime:
    """The same for one test: rows are as old as it says, and not as a suite that has run for an hour."""
    return _Clock.now


def set_clock() -> None:
    """For the test that begins."""
    _Clock.now = datetime.now(UTC)


@dataclass(frozen=True)
class Journey:
    """A row of ``journey.journey_view``; ``silent_days`` since the last interaction."""

    tenant_id: UUID
    clinic_id: UUID
    stage: str = "scheduled"
    score: float = 0.0
    silent_days: float = 1.0
    level: str = "low"
    escalated: bool = False
    missed: int = 0
    indicators: tuple[dict[str, Any], ...] = ()
    patient_id: UUID = field(default_factory=uuid7)
    journey_id: UUID = field(default_factory=uuid7)

    @property
    def active(self) -> bool:
        return self.stage not in ENDED

    @property
    def follow_up(self) -> bool:
        return self.stage in ("no_show", "at_risk", "follow_up")

    @property
    def last_interaction_at(self) -> datetime:
        return now() - timedelta(days=self.silent_days)


@dataclass(frozen=True)
class Appointment:
    """A row of ``appointment.appointment_view``."""

    tenant_id: UUID
    clinic_id: UUID
    scheduled_for: datetime
    status: str = "scheduled"
    confirmations: int = 0
    appointment_id: UUID = field(default_factory=uuid7)
    also: dict[str, Any] = field(default_factory=dict)
    """Other columns, by name."""


async def put_journeys(admin: asyncpg.Connection, journeys: Iterable[Journey]) -> None:
    await admin.executemany(
        """INSERT INTO journey.journey_view (
               tenant_id, journey_id, version, clinic_id, patient_id, current_stage, stage_changed_at, risk_score,
               risk_level, risk_indicators, first_contact_at, last_interaction_at, missed_appointments, is_active,
               needs_follow_up, has_escalation, patient_name, patient_phone, started_at, updated_at)
           VALUES ($1, $2, 3, $3, $4, $5, $6, $7,
                   $8, $9, $6, $6, $10, $11,
                   $12, $13, 'Rita', '+5527999990000', $6, $6)""",
        [
            (
                *(journey.tenant_id, journey.journey_id, journey.clinic_id, journey.patient_id),
                *(journey.stage, journey.last_interaction_at),
                *(journey.score, journey.level, json.dumps(journey.indicators), journey.missed),
                *(journey.active, journey.follow_up, journey.escalated),
            )
            for journey in journeys
        ],
    )


async def put_appointments(admin: asyncpg.Connection, appointments: Iterable[Appointment]) -> None:
    rows = [
        {
            "tenant_id": appointment.tenant_id,
            "appointment_id": appointment.appointment_id,
            "version": 1,
            "clinic_id": appointment.clinic_id,
            "patient_id": appointment.appointment_id,
            "patient_name": "Rita",
            "patient_phone": "+5527999990000",
            "doctor_id": appointment.appointment_id,
            "doctor_name": "Ana",
            "scheduled_for": appointment.scheduled_for,
            "duration": 30,
            "appointment_type": "first_visit",
            "status": appointment.status,
            "confirmation_count": appointment.confirmations,
            "reminders_seen": [],
            "rescheduled_count": 0,
            "squeeze_in": False,
            "created_at": appointment.scheduled_for,
            "updated_at": appointment.scheduled_for,
            **appointment.also,
        }
        for appointment in appointments
    ]
    await admin.execute(
        "INSERT INTO appointment.appointment_view"
        " SELECT * FROM jsonb_populate_recordset(NULL::appointment.appointment_view, $1)",
        json.dumps(rows, default=str),
    )


async def pages(client: httpx.AsyncClient, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    """All pages of a question, from the first to the last."""
    found: list[list[dict[str, Any]]] = []
    after: dict[str, Any] = {}
    while True:
        answer = await client.get(path, params=query | after)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["items"])
        if answer.json()["next"] is None:
            return found
        after = {"after": answer.json()["next"]}


async def asked(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """The items of all pages."""
    return [item for page in await pages(client, path, **query) for item in page]
