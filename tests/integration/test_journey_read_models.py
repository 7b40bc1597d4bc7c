"""Journeys in the tables of the read models: rows of random ones, what the dashboard makes of a row, and for whom."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from examples import (
    DAY,
    HOUR,
    JOURNEY,
    MINUTE,
    NEW_JOURNEY,
    SERRA,
    VITORIA,
    abandoned,
    but,
    completed,
    journey_started,
    recalculated,
    registered,
    scheduled,
)
from given_when_then import Log
from healz.events import Event
from healz.read_models.patient_journeys import shown_journey
from journey_walks import walk
from system import Database
from traffic import new_seed
from written_log import project, record

DASHBOARD = "SELECT * FROM journey.journey_dashboard"


@asynccontextmanager
async def reading(
    database: Database, tenant_id: UUID, clinics: list[UUID] | None = None
) -> AsyncIterator[asyncpg.Connection]:
    """As a query reads: a transaction of one tenant and of these clinics (None: all)."""
    reader = await asyncpg.connect(database.url("healz_reader"))
    try:
        async with reader.transaction():
            await reader.execute("SELECT ops.projection_position($1, 'journey', $2)", tenant_id, clinics)
            yield reader
    finally:
        await reader.close()


@pytest.mark.parametrize("events_max", [1, 7, 10_000])
async def test_rows_of_random_journeys_are_what_counting_their_events_gives(
    database: Database, events_max: int
) -> None:
    seed = new_seed()
    tenant_id = uuid7()
    log = walk(random.Random(seed), patients=3 if events_max == 1 else 12, steps=60, tenant_id=tenant_id)
    await record(database, log)
    await project(database, tenant_id, events_max)
    await read_models_equal_fold(database)
    await read_models_agree_with_counts(database)


@pytest.mark.parametrize("clinics", [[VITORIA], [SERRA], [VITORIA, SERRA], []], ids=["one", "other", "both", "none"])
async def test_who_sees_some_clinics_gets_the_riskiest_of_their_journeys(
    database: Database, clinics: list[UUID]
) -> None:
    tenant_id = uuid7()
    await record(database, walk(random.Random(new_seed()), patients=20, steps=30, tenant_id=tenant_id))
    await project(database, tenant_id)
    rows = await database.admin.fetch("SELECT * FROM patient.patient_view")
    expected = {}
    for row in rows:
        journeys = json.loads(row["journeys"])
        mine = {key: journey for key, journey in journeys.items() if UUID(journey["clinic_id"]) in clinics}
        shown = shown_journey(mine) or {"stage": None}
        expected[row["patient_id"]] = (shown["stage"], Decimal(shown.get("score", "0.00")))
        if len(clinics) == 2:
            assert expected[row["patient_id"]] == (row["current_journey_stage"], row["risk_score"])
    async with reading(database, tenant_id, clinics) as reader:
        found = await reader.fetch(
            "SELECT patient_id, patient.shown_stage(journeys, $1) AS stage, patient.shown_score(journeys, $1) AS score"
            "  FROM patient.patient_view",
            clinics,
        )
        in_stage = await reader.fetch(
            "SELECT patient_id FROM patient.find_patients("
            f"{', '.join(['NULL'] * 7)}, 'abandoned', NULL, NULL, NULL, 99, $1)",
            clinics,
        )
    assert {row["patient_id"]: (row["stage"], row["score"]) for row in found} == expected
    assert {row[0] for row in in_stage} == {key for key, (stage, _) in expected.items() if stage == "abandoned"}


# The dashboard

COMPUTED = {
    "days_since_first_contact",
    "days_since_last_interaction",
    "days_since_last_appointment",
    "days_until_next_appointment",
}


async def dashboard(
    database: Database, events: list[Event], clinics: list[UUID] | None = None
) -> dict[UUID, dict[str, Any]]:
    """The rows by journey_id, after these events of Maria's."""
    tenant_id = uuid7()
    log = Log(tenant_id, datetime.now(UTC))
    for event in [registered, *events]:
        log = log.add(event)
    await record(database, log.recorded)
    await project(database, tenant_id)
    async with reading(database, tenant_id, clinics) as reader:
        return {row["journey_id"]: dict(row) for row in await reader.fetch(DASHBOARD)}


def booking(scheduled_for: datetime, scheduled_at: datetime, **where: Any) -> Event:
    return but(scheduled, appointment_id=uuid7(), scheduled_for=scheduled_for, scheduled_at=scheduled_at, **where)


async def test_the_dashboard_counts_days_as_of_now_and_looks_for_the_next_appointment_ahead(database: Database) -> None:
    now = datetime.now(UTC)
    passed, ahead = now - 2 * DAY, now + 3 * DAY + HOUR
    rows = await dashboard(
        database,
        [
            but(scheduled, scheduled_at=now - 41 * DAY, scheduled_for=now - 21 * DAY),
            but(journey_started, started_at=now - 40 * DAY - HOUR),
            but(completed, completed_at=now - 20 * DAY - HOUR),
            booking(passed, scheduled_at=now - 10 * DAY + HOUR),
            booking(ahead + DAY, scheduled_at=now - 11 * DAY),
            booking(ahead, scheduled_at=now - 11 * DAY),
            booking(ahead - DAY, scheduled_at=now - 11 * DAY, clinic_id=SERRA),
            recalculated,
        ],
    )
    assert rows.keys() == {JOURNEY}
    shown = {name: rows[JOURNEY][name] for name in (*sorted(COMPUTED), "next_appointment_at", "risk_score")}
    assert shown == {
        "days_since_first_contact": 40,
        "days_since_last_appointment": 20,
        "days_since_last_interaction": 9,
        "days_until_next_appointment": 3,
        "next_appointment_at": ahead,
        "risk_score": Decimal("0.70"),
    }
    stored = await database.admin.fetchval("SELECT next_appointment_at FROM journey.journey_view")
    assert stored == passed, "nobody has said what became of it"


@pytest.mark.parametrize(
    ("ago", "days"),
    [(-5 * MINUTE, 0), (MINUTE, 0), (DAY - MINUTE, 0), (DAY + MINUTE, 1), (366 * DAY + MINUTE, 366)],
    ids=str,
)
async def test_days_are_whole_periods_of_24_hours(database: Database, ago: timedelta, days: int) -> None:
    at = datetime.now(UTC) - ago
    [row] = (await dashboard(database, [but(journey_started, started_at=at)])).values()
    assert (row["days_since_first_contact"], row["days_since_last_interaction"]) == (days, days)
    assert (row["days_since_last_appointment"], row["days_until_next_appointment"]) == (None, None)
    assert row["next_appointment_at"] is None


async def test_a_journey_that_has_ended_waits_for_no_appointment(database: Database) -> None:
    now = datetime.now(UTC)
    ahead = now + DAY
    over = [journey_started, booking(ahead, now), but(abandoned, abandoned_at=now)]
    again = but(journey_started, journey_id=NEW_JOURNEY, initiated_by="manual", started_at=now)
    rows = await dashboard(database, [*over, again])
    assert {key: row["next_appointment_at"] for key, row in rows.items()} == {JOURNEY: None, NEW_JOURNEY: ahead}


async def test_a_reader_bound_to_clinics_sees_their_journeys_and_what_lies_ahead_there(database: Database) -> None:
    now = datetime.now(UTC)
    ahead = now + DAY + MINUTE
    elsewhere = but(journey_started, journey_id=NEW_JOURNEY, clinic_id=SERRA)
    events = [journey_started, elsewhere, booking(ahead, now), booking(ahead, now, clinic_id=SERRA)]
    for clinics, seen in (([SERRA], {NEW_JOURNEY}), (None, {JOURNEY, NEW_JOURNEY}), ([uuid7()], set())):
        rows = await dashboard(database, events, clinics)
        assert {key: row["days_until_next_appointment"] for key, row in rows.items()} == dict.fromkeys(seen, 1)


async def test_the_dashboard_shows_the_rows_columns_and_the_four_and_a_reader_no_more_than_that(
    database: Database,
) -> None:
    columns = {
        name: {
            row[0]
            for row in await database.admin.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'journey' AND table_name = $1",
                name,
            )
        }
        for name in ("journey_view", "journey_dashboard")
    }
    assert columns["journey_dashboard"] == columns["journey_view"] | COMPUTED
    async with reading(database, uuid7()) as reader:
        await reader.fetch("SELECT tenant_id, patient_id, clinic_id, live_appointments FROM journey.patient_clinic")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch("SELECT last_fact FROM journey.patient_clinic")
