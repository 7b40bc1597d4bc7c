"""What clinics look back on, counted by hand: days and months in the clinic's own zone."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from examples import (
    abandoned,
    but,
    journey_completed,
    journey_started,
    moved_to,
    recalculated,
    recovered,
    registered,
    risk_detected,
    risk_escalated,
)
from given_when_then import Log
from healz.events import Event
from system import Database, eventually
from written_log import project, record

MANAUS = ZoneInfo("America/Manaus")
TENANT, CLINIC, PATIENT, DOCTOR = uuid7(), uuid7(), uuid7(), uuid7()
APPOINTMENT = """
INSERT INTO appointment.appointment_view (
    tenant_id, appointment_id, version, clinic_id, patient_id, patient_name, patient_phone, doctor_id, doctor_name,
    scheduled_for, duration, appointment_type, status, completed_at, created_at, updated_at)
VALUES ($1, $2, 1, $3, $4, 'Rita', '+5592999990000', $5, 'Dra. Ana', $6, 30, 'return', $7, $8, $6, $6)
"""
JOURNEY = """
INSERT INTO journey.journey_view (
    tenant_id, journey_id, version, clinic_id, patient_id, current_stage, stage_changed_at, first_contact_at,
    last_interaction_at, is_active, patient_name, patient_phone, started_at, completed_at, updated_at)
VALUES ($1, $2, 1, $3, $4, $5, $7, $6, $6, $8, 'Rita', '+5592999990000', $6, $9, $7)
"""
SCORE = """
INSERT INTO event_store.events (
    tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type, aggregate_id,
    aggregate_version, patient_id, clinic_id, correlation_id, event_data)
VALUES ($1, $2, now(), $3, 'RiskScoreRecalculated', 1, 'PatientJourney', $3, 1, $4, $5, $3,
        jsonb_build_object('new_score', $6::numeric, 'recalculated_at', $7::timestamptz))
"""


@pytest.fixture
async def clinic(database: Database) -> UUID:
    """In Manaus, four hours behind UTC; its tenant is in São Paulo."""

    async def day_lasts() -> bool:
        """The job goes by its own clock, a moment after the test."""
        return datetime.now(MANAUS).time() < time(23, 59)

    await eventually(day_lasts, seconds=90)
    admin = database.admin
    await admin.execute("INSERT INTO reference.tenants (tenant_id, name) VALUES ($1, 'Rede')", TENANT)
    await admin.execute(
        "INSERT INTO reference.clinics (tenant_id, clinic_id, name, time_zone) VALUES ($1, $2, 'Centro', $3)",
        TENANT,
        CLINIC,
        MANAUS.key,
    )
    return CLINIC


async def refreshed(database: Database, view: str) -> list[dict[str, Any]]:
    """The view as the job leaves it, read as healz_reader of the whole tenant."""
    job = await asyncpg.connect(database.url("healz_sweeper"))
    await job.execute("CALL analytics.refresh($1)", view)
    await job.close()
    reader = await asyncpg.connect(database.url("healz_reader"))
    try:
        async with reader.transaction():
            await reader.execute("SELECT ops.projection_position($1, 'log', NULL)", TENANT)
            return [dict(row) for row in await reader.fetch(f"SELECT * FROM analytics.{view}_of_tenant ORDER BY 3")]
    finally:
        await reader.close()


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), MANAUS)


async def test_days_of_a_clinic(database: Database, clinic: UUID) -> None:
    today = datetime.now(MANAUS).date()
    yesterday, oldest = today - timedelta(days=1), today - timedelta(days=89)
    for scheduled_for, status, completed_at in (
        (at(yesterday, 8), "completed", at(yesterday, 8, 40)),
        (at(yesterday, 23, 30), "completed", at(yesterday, 23, 50)),  # in UTC that is today
        (at(yesterday, 10), "no_show", None),
        (at(oldest, 0), "cancelled", None),
        (at(oldest - timedelta(days=1), 23, 59), "no_show", None),
        (at(today + timedelta(days=1), 0), "scheduled", None),
    ):
        await database.admin.execute(
            APPOINTMENT, TENANT, uuid7(), clinic, PATIENT, DOCTOR, scheduled_for, status, completed_at
        )
    found = await refreshed(database, "clinic_metrics_daily")
    assert [tuple(row.values())[2:] for row in found] == [
        (oldest, 1, 0, 0, 1, None),
        (yesterday, 3, 2, 1, 0, Decimal("30.0")),
    ]


async def test_months_of_a_clinic(database: Database, clinic: UUID) -> None:
    this_month = datetime.now(MANAUS).date().replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    begun = at(last_month, 1)
    late = at(this_month, 0) - timedelta(minutes=30)  # last month there, this month in UTC
    returning, other = uuid7(), uuid7()
    for patient_id, started_at, stage, changed_at, completed_at in (
        (returning, begun, "completed", late, late),
        (returning, at(this_month, 0), "initiated", at(this_month, 0), None),
        (other, late, "abandoned", at(this_month, 0), None),
        (uuid7(), begun, "abandoned", begun, None),
    ):
        active = stage not in ("completed", "abandoned")
        await database.admin.execute(
            JOURNEY, TENANT, uuid7(), clinic, patient_id, stage, started_at, changed_at, active, completed_at
        )
    for position, (score, recalculated_at) in enumerate(
        ((0.25, begun), (0.50, late), (0.90, at(this_month, 0))), start=1
    ):
        await database.admin.execute(
            SCORE, TENANT, position, uuid7(), other, clinic, Decimal(str(score)), recalculated_at
        )
    found = await refreshed(database, "patient_retention_monthly")
    assert [tuple(row.values())[2:] for row in found] == [
        # month, new patients, active, completed, abandoned, retention, abandonment, average of the new scores
        (last_month, 3, 3, 1, 1, Decimal("0.5000"), Decimal("0.5000"), Decimal("0.38")),
        (this_month, 0, 2, 0, 1, Decimal("0.0000"), Decimal("1.0000"), Decimal("0.90")),
    ]


async def test_months_of_what_the_events_say(database: Database, clinic: UUID) -> None:
    this_month = datetime.now(MANAUS).date().replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    begun, now = at(last_month, 1), at(this_month, 0)
    late = now - timedelta(minutes=30)  # last month there, this month in UTC
    log = Log(TENANT, begun)

    def happens(*facts: tuple[Event, dict[str, Any]]) -> None:
        """To another patient, in a journey of their own."""
        nonlocal log
        patient_id, journey_id = uuid7(), uuid7()
        log = log.add(but(registered, patient_id=patient_id))
        for fact, changes in facts:
            ids = {"patient_id": patient_id, "clinic_id": clinic, "journey_id": journey_id}
            log = log.add(but(fact, **(ids | changes)))

    def scored(score: str, recalculated_at: datetime) -> tuple[Event, dict[str, Any]]:
        return recalculated, {"new_score": score, "recalculated_at": recalculated_at}

    starts = (journey_started, {"started_at": begun})
    again = (journey_started, {"started_at": now, "journey_id": uuid7()})
    # Completed at last, after it was abandoned: it counts once, by what it came to.
    happens(
        starts,
        (risk_detected, {}),
        scored("0.47", begun),
        scored("1.00", late),
        (risk_escalated, {}),
        (abandoned, {"abandoned_at": late}),
        (journey_completed, {"completed_at": now}),
    )
    happens(starts, (recovered, {"recovered_at": late}), (journey_completed, {"completed_at": late}))
    happens(starts, scored("0.90", now), (abandoned, {"abandoned_at": now}), again)
    happens(starts, (abandoned, {"abandoned_at": late}))
    # Neither completed nor abandoned: the patient became inactive.
    happens(starts, scored("0.00", late), (moved_to("cancelled"), {"changed_at": late}))
    await record(database, log.recorded)
    await project(database, TENANT)
    found = await refreshed(database, "patient_retention_monthly")
    assert [tuple(row.values())[2:] for row in found] == [
        # month, new patients, active, completed, abandoned, retention, abandonment, average of the new scores
        (last_month, 5, 5, 1, 1, Decimal("0.5000"), Decimal("0.5000"), Decimal("0.49")),
        (this_month, 0, 3, 1, 1, Decimal("0.5000"), Decimal("0.5000"), Decimal("0.90")),
    ]


async def test_the_job_says_when_and_readers_go_on_meanwhile(database: Database, clinic: UUID) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    await database.admin.execute(
        APPOINTMENT, TENANT, uuid7(), clinic, PATIENT, DOCTOR, datetime.now(UTC) - timedelta(days=2), "no_show", None
    )
    reader = await asyncpg.connect(database.url("healz_reader"))
    async with reader.transaction():
        await reader.execute("SELECT ops.projection_position($1, 'log', NULL)", TENANT)
        assert await reader.fetchval("SELECT count(*) FROM analytics.clinic_metrics_daily_of_tenant") == 0
        # Concurrently: the reader's open transaction keeps nobody waiting.
        assert len(await refreshed(database, "clinic_metrics_daily")) == 1
    await reader.close()
    row = await database.admin.fetchrow("SELECT * FROM analytics.refreshes")
    assert row is not None
    assert row["view_name"] == "clinic_metrics_daily"
    assert before < row["refreshed_at"] < datetime.now(UTC)
