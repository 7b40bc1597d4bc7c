"""No event is recorded at a time that is far from the application's clock, and a tenant whose time lies ahead has a way
back."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from command_api.append import Append, NewEvent
from command_api.append_refused import ClocksApart
from command_api.decide.case import Case
from command_api.event_store import EventStore
from healz.events.patient import PatientContactUpdated, PatientRegistered
from system import Database, System, register

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "runbooks" / "clocks-apart.md"
BOUND = timedelta(minutes=10)
LEAP = timedelta(days=200)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(database.url("healz_command"), min_size=1, max_size=1) as pool:
        yield pool


def store(pool: asyncpg.Pool, ahead: timedelta = timedelta(), bound: timedelta = BOUND) -> EventStore:
    """Of an application whose clock is so far ahead of the database's."""
    return EventStore(
        pool,
        b"an-identity-key-for-tests",
        timedelta(days=1),
        clocks_apart=bound,
        clock=lambda: datetime.now(UTC) + ahead,
    )


def registration(tenant_id: UUID, patient_id: UUID) -> Append:
    now = datetime.now(UTC)
    event = PatientRegistered(
        patient_id=patient_id,
        phone="+5527999990000",
        full_name="Maria",
        registration_source="manual",
        registered_at=now,
    )
    new = NewEvent.of(event, event_id=uuid7(), aggregate_version=1, causation_id=uuid7())
    return Append(
        tenant_id=tenant_id,
        patient_id=patient_id,
        facts=0,
        idempotency_key="key",
        request_hash=b"",
        answer={},
        correlation_id=uuid7(),
        user_id=None,
        metadata={},
        events=[new],
        before=Case(),
        after=Case().after([event]),
    )


def renamed(first: Append) -> Append:
    """What comes after it."""
    event = PatientContactUpdated(patient_id=first.patient_id, updated_at=datetime.now(UTC), new_full_name="Maria José")
    new = NewEvent.of(event, event_id=uuid7(), aggregate_version=2, causation_id=uuid7())
    return replace(
        first, facts=1, idempotency_key=None, events=[new], before=first.after, after=first.after.after([event])
    )


@pytest.mark.parametrize("ahead", [LEAP, -LEAP, timedelta(minutes=11), -timedelta(minutes=11)])
async def test_when_the_clocks_are_apart_nothing_is_recorded(
    database: Database, pool: asyncpg.Pool, ahead: timedelta
) -> None:
    with pytest.raises(ClocksApart):
        await store(pool, ahead).append(registration(uuid7(), uuid7()))
    for table in ("events", "tenant_log", "patient_log", "streams", "outbox", "idempotency_keys", "patient_identities"):
        assert await database.admin.fetchval(f"SELECT count(*) FROM event_store.{table}") == 0, table


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=9), -timedelta(minutes=9)])
async def test_clocks_that_differ_a_little_are_fine(pool: asyncpg.Pool, ahead: timedelta) -> None:
    assert await store(pool, ahead).append(registration(uuid7(), uuid7())) == 1


async def test_a_tenant_whose_time_lies_ahead_is_refused_until_operators_take_it_back(api: System) -> None:
    admin = api.database.admin
    patient_id = uuid7()
    first = registration(api.tenant_id, patient_id)
    async with asyncpg.create_pool(api.database.url("healz_command"), min_size=1, max_size=1) as pool:
        await store(pool).append(first)
        # As if the database's clock had leapt, with a release that knew no bound.
        await admin.execute("UPDATE event_store.tenant_log SET last_at = last_at + $1", LEAP)
        await store(pool, bound=2 * LEAP).append(renamed(first))
    path = f"/v1/patients/{patient_id}"
    async with api.client() as client, api.client(tenant_id=uuid7()) as others:
        refused = await client.put(f"{path}/contact", json={"email": "maria@example.com"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert "clocks" in refused.json()["detail"]
        assert await api.database.events() == 2
        assert "critical" in api.logs()
        assert "clocks are apart" in api.logs()
        await register(others)

        (repair,) = re.findall(r"```sql\n(.*?)```", RUNBOOK.read_text(), re.DOTALL)
        async with admin.transaction():
            await admin.execute("SET LOCAL ROLE healz_migrator")
            assert await admin.execute(repair) == "UPDATE 1"
        taken = await client.put(f"{path}/contact", json={"email": "maria@example.com"})
        assert taken.status_code == 200, taken.text
        (await client.put(f"{path}/contact", json={"email": "m@example.com"})).raise_for_status()
        now = (await client.get(f"{path}/as-of", params={"at": datetime.now(UTC).isoformat()})).json()
    log = await api.database.log(api.tenant_id)
    assert [event.position for event in log] == [1, 2, 3, 4]
    assert abs(log[-1].created_at - datetime.now(UTC)) < BOUND
    assert (now["full_name"], now["email"], now["version"]) == ("Maria José", "m@example.com", 4)
