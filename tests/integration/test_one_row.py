"""A row by its id comes with its read model's position, in one statement, and is never older than that."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from uuid_utils.compat import uuid7

from command_api.http.queries.patients import BY_ID
from command_api.http.queries.reader import decode_json, with_position
from system import Database, System, eventually, register

PUT = """
INSERT INTO patient.checkpoint (tenant_id, position) VALUES ($1, $2)
ON CONFLICT (tenant_id) DO UPDATE SET position = EXCLUDED.position
"""
SNAPSHOT_THEN_POSITION = """
SELECT ops.reading_position($1, CASE WHEN waited.n > 0 THEN '{patient}'::text[] END, NULL)
  FROM (SELECT count(pg_advisory_lock(1)) AS n OFFSET 0) AS waited
"""
WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"


@dataclass
class Asking:
    """A pool's connection; the session is healz_reader's and belongs to no tenant."""

    connection: asyncpg.Connection

    async def row(self, tenant_id: UUID, patient_id: UUID, clinics: list[UUID] | None = None) -> Any:
        asked = (tenant_id, patient_id, ["patient"], clinics)
        (row,) = await self.connection.fetch(with_position(BY_ID, 2), *asked)
        return row


@pytest.fixture
async def asking(database: Database) -> AsyncIterator[Asking]:
    connection = await asyncpg.connect(database.url("healz_reader"))
    await decode_json(connection)
    yield Asking(connection)
    await connection.close()


async def test_it_is_the_tenants_own_and_nothing_stays_of_the_tenant(system: System, asking: Asking) -> None:
    for name in ("command-api", "relay", "projector-patient"):
        system.start(name)
    await system.ready()
    other = uuid7()
    async with system.client() as client, system.client(tenant_id=other) as neighbour:
        own, theirs = await register(client), await register(neighbour)
        await system.caught_up("patient")
        assert (await client.get(f"/v1/patients/{own}")).json()["patient_id"] == str(own)
        assert (await client.get(f"/v1/patients/{theirs}")).status_code == 404
    # More often than it takes for a plan to be kept for good.
    for _ in range(8):
        for tenant_id, mine, foreign in ((system.tenant_id, own, theirs), (other, theirs, own)):
            row = await asking.row(tenant_id, mine)
            assert (row["patient_id"], row["tenant_id"], row["projection_position"]) == (mine, tenant_id, 1)
            row = await asking.row(tenant_id, foreign)
            assert (row["is_found"], row["patient_id"], row["projection_position"]) == (None, None, 1)
            assert await asking.connection.fetch("SELECT FROM patient.patient_view") == []


async def test_a_position_is_of_the_snapshot_in_which_the_row_is_read(database: Database) -> None:
    """The statement has begun, and then the read model moves on: the row is of before, and so is the position."""
    tenant_id = uuid7()
    await database.admin.execute(PUT, tenant_id, 1)
    reading = await asyncpg.connect(database.url("healz_admin"))
    await database.admin.execute("SELECT pg_advisory_lock(1)")
    try:
        asked = asyncio.create_task(reading.fetchval(SNAPSHOT_THEN_POSITION, tenant_id))

        async def waits() -> bool:
            return bool(await database.admin.fetchval(WAITS))

        await eventually(waits)
        await database.admin.execute(PUT, tenant_id, 2)
        await database.admin.execute("SELECT pg_advisory_unlock(1)")
        assert await asked == 1
    finally:
        await reading.close()


async def test_a_read_model_that_went_back_is_waited_for_again(system: System) -> None:
    """As where it is rebuilt: that it was there a moment ago says nothing."""
    admin = system.database.admin
    system.start("command-api")
    await system.ready()
    await admin.execute(PUT, system.tenant_id, 7)
    async with system.client() as client:

        def ask() -> asyncio.Task[httpx.Response]:
            headers = {"Healz-Min-Position": "7"}
            return asyncio.create_task(client.get(f"/v1/patients/{uuid7()}", headers=headers))

        assert (await ask()).status_code == 404
        await admin.execute(PUT, system.tenant_id, 6)
        waiting = ask()
        await asyncio.wait([waiting], timeout=0.5)
        assert not waiting.done()
        await admin.execute(PUT, system.tenant_id, 7)
        assert (await waiting).status_code == 404
