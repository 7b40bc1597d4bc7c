"""A tenant that is closed is written by nobody, whoever writes; its neighbours don't notice."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from command_api.sweeps.database import tenants
from system import Database

COPIED = """
SELECT c.oid::regclass::text
  FROM pg_class     AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
 WHERE c.relnamespace IN ('event_store'::regnamespace, 'reference'::regnamespace)
   AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN ('outbox', 'accepted_records')
"""
"""What docs/day-2.md copies."""
CLOSED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'closed ' || $1 || '%'"
WRITERS = """
SELECT r.rolname
  FROM pg_roles AS r
 WHERE r.rolcanlogin AND NOT r.rolsuper AND has_table_privilege(r.oid, $1::regclass, 'INSERT, UPDATE, DELETE')
"""
PUT = "INSERT INTO reference.clinics (tenant_id, clinic_id, name) VALUES ($1, $2, 'Goiabeiras')"
APPEND = """
INSERT INTO event_store.tenant_log (tenant_id, position, last_at) VALUES ($1, 1, now())
ON CONFLICT (tenant_id) DO UPDATE SET position = tenant_log.position + 1
"""
REMOVE = "DELETE FROM reference.clinics WHERE tenant_id = $1"


def is_closed(error: pytest.ExceptionInfo[asyncpg.PostgresError]) -> bool:
    return getattr(error.value, "sqlstate", None) == "HZ007"


async def call(database: Database, tenant_id: UUID, *, opened: bool = False) -> None:
    await database.admin.execute(f"CALL ops.close_tenant('{tenant_id}', p_open => {opened})")


async def test_what_is_copied_is_closed_or_comes_after_an_append(database: Database) -> None:
    tenant_id = uuid7()
    await call(database, tenant_id)
    copied = {row[0] for row in await database.admin.fetch(COPIED)}
    closed = {row[0] for row in await database.admin.fetch(CLOSED, str(tenant_id))}
    assert {"event_store.tenant_log", "reference.tenants", "reference.clinics", "reference.doctors"} <= closed <= copied
    written_past_it = {table: await database.admin.fetch(WRITERS, table) for table in copied - closed}
    assert {table: roles for table, roles in written_past_it.items() if roles} == {}


async def test_it_is_closed_alone_and_opened_again(database: Database) -> None:
    tenant_id, neighbour = uuid7(), uuid7()
    for one in (tenant_id, neighbour):
        await database.admin.execute(PUT, one, uuid7())
    await call(database, tenant_id)
    await call(database, tenant_id)
    for statement, values in ((PUT, (tenant_id, uuid7())), (APPEND, (tenant_id,)), (REMOVE, (tenant_id,))):
        with pytest.raises(asyncpg.PostgresError) as error:
            await database.admin.execute(statement, *values)
        assert is_closed(error), statement
    for statement, values in ((PUT, (neighbour, uuid7())), (APPEND, (neighbour,)), (REMOVE, (neighbour,))):
        await database.admin.execute(statement, *values)
    await call(database, tenant_id, opened=True)
    for statement, values in ((PUT, (tenant_id, uuid7())), (APPEND, (tenant_id,)), (REMOVE, (tenant_id,))):
        await database.admin.execute(statement, *values)
    assert await database.admin.fetch(CLOSED, str(tenant_id)) == []


async def test_it_waits_for_what_was_begun(database: Database) -> None:
    tenant_id = uuid7()
    writer = await asyncpg.connect(database.url("healz_admin"))
    async with writer.transaction():
        await writer.execute(PUT, tenant_id, uuid7())
        closing = asyncio.create_task(call(database, tenant_id))
        await asyncio.sleep(1)  # as long as it would have taken several times
        assert not closing.done(), "what is in the midst of being written would be missed"
    await closing
    with pytest.raises(asyncpg.PostgresError) as error:
        await writer.execute(PUT, tenant_id, uuid7())
    assert is_closed(error)
    await writer.close()


async def test_who_holds_a_table_for_long_is_named(database: Database) -> None:
    holder = await asyncpg.connect(database.url("healz_admin"))
    async with holder.transaction():
        await holder.execute("LOCK TABLE reference.clinics IN ROW EXCLUSIVE MODE")
        with pytest.raises(asyncpg.LockNotAvailableError, match=r"reference\.clinics is held by another session"):
            await call(database, uuid7())
    await holder.close()


async def test_sweeps_pass_it_over(database: Database) -> None:
    """What they find has gone on elsewhere: a reminder would be of a visit as it was."""
    tenant_id, neighbour = uuid7(), uuid7()
    for one in (tenant_id, neighbour):
        await database.admin.execute("INSERT INTO journey.checkpoint (tenant_id, position) VALUES ($1, 1)", one)
    sweeper = await asyncpg.connect(database.url("healz_sweeper"))
    for opened, found in ((True, {tenant_id, neighbour}), (False, {neighbour}), (True, {tenant_id, neighbour})):
        await call(database, tenant_id, opened=opened)
        assert {tenant.tenant_id for tenant in await tenants(sweeper, ())} == found
    await sweeper.close()
