"""Row-level security and grants: each role sees one tenant's rows, and may do no more than its work."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from healz.read_models import READ_MODELS
from system import Database, System, book, put_clinic, register

PROJECTORS = tuple(f"healz_projector_{name}" for name in READ_MODELS)
ROLES = ("healz_command", "healz_reader", "healz_relay", *PROJECTORS)
# What a role sees without a tenant, each named in the design: ids and positions, or the relay's own work.
SEEN_WITHOUT_TENANT = (
    {("healz_relay", f"event_store.{table}") for table in ("events", "outbox", "accepted_records")}
    | {
        (role, table)
        for role in PROJECTORS
        for table in ("event_store.tenant_log", f"{role.removeprefix('healz_projector_')}.checkpoint")
    }
    | {(role, "ops.halted_tenants") for role in ("healz_relay", *PROJECTORS)}
)
TENANT_TABLES = """
SELECT c.oid::regclass::text AS name, c.relrowsecurity, c.relforcerowsecurity
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
 ORDER BY 1
"""
KEYS = """
SELECT i.indexrelid::regclass::text AS name,
       (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]) AS first
  FROM pg_index AS i
  JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attname = 'tenant_id'
  JOIN pg_class AS c ON c.oid = i.indrelid AND c.relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
 WHERE i.indisunique OR i.indisprimary OR i.indisexclusion
"""
FOREIGN_KEYS = """
SELECT k.conname
  FROM pg_constraint AS k
  JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attname = 'tenant_id'
 WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT a.attnum = ANY (k.conkey)
"""


@asynccontextmanager
async def logged_in(database: Database, role: str, tenant_id: UUID | None = None) -> AsyncIterator[asyncpg.Connection]:
    """In a transaction of ``tenant_id``'s, as services set it: one tenant, and for projectors those of a batch."""
    connection = await asyncpg.connect(database.url(role))
    try:
        async with connection.transaction():
            if tenant_id is not None:
                for setting in ("healz.tenant_id", "healz.tenant_ids"):
                    await connection.execute("SELECT set_config($1, $2, true)", setting, str(tenant_id))
            yield connection
    finally:
        await connection.close()


async def readable(database: Database, role: str) -> list[str]:
    """Tenants' tables that the role may select from at all."""
    rows = await database.admin.fetch(
        f"SELECT name FROM ({TENANT_TABLES}) AS t"
        " WHERE has_table_privilege($1, name, 'SELECT')"
        "   AND has_schema_privilege($1, split_part(name, '.', 1), 'USAGE')",
        role,
    )
    return [row[0] for row in rows]


async def test_without_a_tenant_no_row_is_seen_and_with_one_only_its_own(system: System) -> None:
    await system.start_all()
    tenants = [system.tenant_id, uuid7()]
    for tenant_id in tenants:
        async with system.client(tenant_id=tenant_id) as client:
            await client.put("/v1/tenant", json={"name": "Rede"})
            await book(client, await register(client, email="rita@example.org"), await put_clinic(client))
    await system.caught_up()
    database = system.database
    seen_anything: set[str] = set()
    for role in ROLES:
        for table in await readable(database, role):
            own = (role, table) in SEEN_WITHOUT_TENANT
            async with logged_in(database, role) as connection:
                rows = await connection.fetchval(f"SELECT count(*) FROM {table}")
                assert own or rows == 0, f"{role} sees {rows} rows of {table} with no tenant set"
            async with logged_in(database, role, tenants[0]) as connection:
                found = {row[0] for row in await connection.fetch(f"SELECT DISTINCT tenant_id FROM {table}")}
                assert own or found <= {tenants[0]}, f"{role} sees {table} of {found}"
            if found:
                seen_anything.add(table)
    # Else the test above would hold for empty tables.
    assert {"event_store.events", "patient.patient_view", "appointment.appointment_view", "journey.journey_view",
            "journey.patient_clinic", "reference.doctors"} <= seen_anything  # fmt: skip


async def test_a_tenant_set_in_one_transaction_is_gone_in_the_next(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        await register(client)
    connection = await asyncpg.connect(system.database.url("healz_reader"))
    try:
        async with connection.transaction():
            await connection.execute("SELECT ops.enter_tenant($1)", system.tenant_id)
            assert await connection.fetchval("SELECT count(*) FROM event_store.events") == 1
            with pytest.raises(asyncpg.PostgresError, match="belongs to another tenant"):
                async with connection.transaction():
                    await connection.execute("SELECT ops.enter_tenant($1)", uuid7())
        assert await connection.fetchval("SELECT count(*) FROM event_store.events") == 0
    finally:
        await connection.close()


async def test_nobody_who_can_log_in_changes_events(api: System) -> None:
    async with api.client() as client:
        await register(client)
    month = await api.database.admin.fetchval("SELECT tableoid::regclass::text FROM event_store.events")
    before = await api.database.log(api.tenant_id)
    changes = (
        "UPDATE {table} SET event_data = '{{}}'",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "INSERT INTO {table} SELECT * FROM event_store.events",
        "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        "DROP TABLE {table}",
    )
    for role, table, change in product(ROLES, ("event_store.events", month), changes):
        async with logged_in(api.database, role, api.tenant_id) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await connection.execute(change.format(table=table))
    assert await api.database.log(api.tenant_id) == before


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_who_can_log_in_becomes_somebody_greater(database: Database, role: str) -> None:
    row = await database.admin.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", role)
    assert row is not None
    assert not any(
        row[power] for power in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    )
    assert not await database.admin.fetchval(
        "SELECT count(*) FROM pg_class"
        " WHERE relowner = $1::regrole AND relnamespace::regnamespace::text NOT LIKE 'pg\\_%'",
        role,
    )
    for greater in ("healz_migrator", "healz_append", "healz_search", "healz_admin"):
        assert not await database.admin.fetchval("SELECT pg_has_role($1, $2, 'MEMBER')", role, greater)


async def test_each_projector_writes_its_own_schema_alone(database: Database) -> None:
    writable = await database.admin.fetch(
        f"""SELECT r.role, t.name FROM ({TENANT_TABLES}) AS t, unnest($1::text[]) AS r (role)
             WHERE has_table_privilege(r.role, t.name, 'INSERT, UPDATE, DELETE, TRUNCATE')""",
        list(PROJECTORS),
    )
    assert writable
    for role, table in writable:
        if table == "ops.halted_tenants":
            continue  # its own component's rows: test_row_level_security.py
        assert table.split(".")[0] == role.removeprefix("healz_projector_")


@pytest.mark.parametrize("name", ["append_commits", "append_events"])
async def test_the_append_function_refuses_another_tenant_than_the_transactions(database: Database, name: str) -> None:
    kinds = await database.admin.fetchval(
        "SELECT array_agg(t::regtype::text ORDER BY n) FROM pg_proc, unnest(proargtypes) WITH ORDINALITY AS a (t, n)"
        " WHERE proname = $1",
        name,
    )
    # The tenant comes first; nothing else matters before it is refused.
    nulls = ", ".join(f"NULL::{kind}" for kind in kinds[1:])
    async with logged_in(database, "healz_command", uuid7()) as connection:
        with pytest.raises(asyncpg.PostgresError, match="another tenant"):
            await connection.fetch(f"SELECT event_store.{name}($1, {nulls})", uuid7())
    for role in (*PROJECTORS, "healz_reader", "healz_relay"):
        assert not await database.admin.fetchval(
            "SELECT has_function_privilege($1, p.oid, 'EXECUTE') FROM pg_proc AS p WHERE proname = $2",
            role,
            name,
        )


async def test_every_table_of_tenants_has_forced_row_level_security(database: Database) -> None:
    tables = await database.admin.fetch(TENANT_TABLES)
    assert len(tables) > 15
    assert [row["name"] for row in tables if not (row["relrowsecurity"] and row["relforcerowsecurity"])] == []


async def test_every_key_of_tenants_begins_with_the_tenant(database: Database) -> None:
    keys = await database.admin.fetch(KEYS)
    assert len(keys) > 15
    assert [row["name"] for row in keys if row["first"] != "tenant_id"] == []
    assert await database.admin.fetch(FOREIGN_KEYS) == []


async def test_security_definers_have_a_fixed_search_path_and_no_public_caller(database: Database) -> None:
    definers = await database.admin.fetch(
        "SELECT oid::regprocedure::text AS name, proconfig, proowner::regrole::text AS owner, proacl FROM pg_proc"
        " WHERE prosecdef AND pronamespace::regnamespace::text NOT LIKE 'pg\\_%'"
    )
    assert definers
    for function in definers:
        name, owner = function["name"], function["owner"]
        assert any(setting.startswith("search_path=pg_catalog") for setting in function["proconfig"] or []), name
        # They take no argument and say how many or whether: nothing that a caller could turn to another use.
        counts = name in ("ops.halted_components()", "ops.relay_leads()")
        assert owner in (("healz_migrator",) if counts else ("healz_append", "healz_search")), name
        # No list at all would mean everybody.
        assert function["proacl"] is not None, name
        assert not any(str(acl).startswith("=") for acl in function["proacl"]), name


async def test_the_search_finds_nobody_without_a_tenant_and_nobody_of_another(system: System) -> None:
    system.start("command-api")
    system.start("projector-patient")
    await system.ready()
    stranger = uuid7()
    for tenant_id in (system.tenant_id, stranger):
        async with system.client(tenant_id=tenant_id) as client:
            await register(client, full_name="Rita da Penha", phone="+5527999990000")
    await system.caught_up("patient")
    search = "SELECT tenant_id FROM patient.find_patients($1, $2, "
    search += ", ".join(["NULL"] * 9) + ", 100, NULL)"
    for wanted in ((["rita"], None), (None, ["+5527999990000"]), (None, None), (["%"], None)):
        async with logged_in(system.database, "healz_reader") as connection:
            assert await connection.fetch(search, *wanted) == []
        async with logged_in(system.database, "healz_reader", stranger) as connection:
            found = [row[0] for row in await connection.fetch(search, *wanted)]
            assert found == ([] if wanted[0] == ["%"] else [stranger]), json.dumps(wanted)
