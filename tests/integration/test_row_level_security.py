"""Nothing reaches another tenant's rows: as each role, table by table, view by view, function by function.

The rows are those that the drill leaves behind: at least one in every table, of two tenants.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from healz.read_models import READ_MODELS
from healz_db.bookkeeping import ensure_tables
from healz_db.migrations import read_tree
from healz_db.settings import DEPLOY_DB
from healz_db.step import up
from system import Database, Servers, newest_version

PROJECTORS = tuple(f"healz_projector_{name}" for name in READ_MODELS)
ROLES = (
    "healz_command",
    "healz_reader",
    "healz_relay",
    "healz_sweeper",
    "healz_append",
    "healz_search",
    *PROJECTORS,
    "healz_analyst",
)
# Policies that let a role see or touch rows of every tenant; each is named in the schema's own comments.
EVERY_TENANT = (
    {("healz_relay", f"event_store.{table}") for table in ("events", "outbox", "accepted_records")}
    | {("healz_search", "patient.patient_view"), ("healz_search", "journey.journey_view")}
    | {("healz_sweeper", table) for table in ("reference.tenants", "event_store.tenant_log", "journey.checkpoint")}
    | {(role, "event_store.tenant_log") for role in PROJECTORS}
    | {
        (role, f"{role.removeprefix('healz_projector_')}.{table}")
        for role in PROJECTORS
        for table in ("checkpoint", "parked_patient", "dropped_event", "rebuild")
    }
    | {(role, "ops.halted_tenants") for role in ("healz_relay", *PROJECTORS)}
)
RELATIONS = """
SELECT c.oid::regclass::text AS name, c.relkind::text AS kind
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
   AND c.relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
 ORDER BY 1
"""
# What each role may call of ours, beyond what everybody may.
CALLS = {
    "healz_command": {
        "append_events", "append_commits", "load_patient", "identity_holders", "take_imported_times", "envelope",
        "rfc3339", "halted_components", "relay_leads", "clinic_zone", "count_requests",
    },
    "healz_reader": {
        "envelope", "rfc3339", "projection_position", "reading_position", "search_patients", "find_patients",
        "shown_journey", "shown_stage", "shown_score", "asking_tenant", "asks_about", "find_journeys", "find_at_risk",
        "list_at_risk", "count_journeys", "halted_components", "relay_leads", "clinic_zone",
    },
    "healz_relay": {"envelope", "rfc3339", "cloud_event", "missing_partitions"},
    "healz_sweeper": {"refresh", "purge_idempotency_keys", "clinic_zone"},
    "healz_append": {"append_events", "append_commits", "identity_holders", "purge_idempotency_keys"},
    "healz_search": {
        "search_patients", "find_patients", "shown_journey", "shown_stage", "find_journeys", "find_at_risk",
        "list_at_risk", "count_journeys", "clinics_in_scope",
    },
    **{role: {"envelope", "rfc3339"} for role in PROJECTORS},
    "healz_analyst": {"asking_tenant", "asks_about"},
}  # fmt: skip
HARMLESS = {"current_tenant", "current_tenants", "enter_tenant", "sees_clinic"}


@pytest.fixture(scope="module")
def drilled(servers: Servers) -> Iterator[str]:
    """The name of a database with the drill's rows, and the views refreshed by the role whose job that is."""
    name = f"drilled_{os.getpid()}"
    asyncio.run(_fill(servers, name))
    yield name
    asyncio.run(_run(servers.database_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _fill(servers: Servers, name: str) -> None:
    await _run(servers.database_url, f'CREATE DATABASE "{name}"')
    connection = await asyncpg.connect(servers.url("healz_admin", name))
    await ensure_tables(connection)
    for migration in read_tree().migrations:
        if migration.version <= newest_version():
            await up(connection, migration)
            rows = DEPLOY_DB / "drill" / f"D{migration.version}.sql"
            if rows.exists():
                await connection.execute(rows.read_text())
    await connection.execute("SET SESSION AUTHORIZATION healz_sweeper")
    for view in ("clinic_metrics_daily", "patient_retention_monthly"):
        await connection.execute("CALL analytics.refresh($1)", view)
    await connection.close()


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


@pytest.fixture
async def filled(servers: Servers, drilled: str) -> AsyncIterator[Database]:
    """What is done in it is undone by who does it."""
    admin = await asyncpg.connect(servers.url("healz_admin", drilled))
    yield Database(servers, drilled, admin)
    await admin.close()


@asynccontextmanager
async def acting(
    database: Database, role: str, tenant_id: UUID | None = None, clinics: str | None = "*"
) -> AsyncIterator[asyncpg.Connection]:
    """In a transaction, kept, as ``role``; with the tenant set as a service sets it."""
    connection = await asyncpg.connect(database.url("healz_admin"))
    try:
        # session_user counts too: an analyst's tenant comes from it.
        await connection.execute(f"SET SESSION AUTHORIZATION {role}")
        async with connection.transaction():
            if tenant_id is not None:
                for setting in ("healz.tenant_id", "healz.tenant_ids"):
                    await connection.execute("SELECT set_config($1, $2, true)", setting, str(tenant_id))
                if clinics is not None:
                    await connection.execute("SELECT set_config('healz.clinic_ids', $1, true)", clinics)
            yield connection
    finally:
        await connection.close()


async def tenants_of(database: Database) -> list[UUID]:
    rows = await database.admin.fetch("SELECT DISTINCT tenant_id FROM event_store.events ORDER BY 1")
    assert len(rows) == 2
    return [row[0] for row in rows]


async def may(database: Database, role: str, relation: str, privilege: str) -> bool:
    # Some may read a few columns alone.
    has = "has_any_column_privilege" if privilege == "SELECT" else "has_table_privilege"
    allowed: bool = await database.admin.fetchval(
        f"SELECT {has}($1, $2, $3) AND has_schema_privilege($1, split_part($2, '.', 1), 'USAGE')",
        role,
        relation,
        privilege,
    )
    return allowed


async def test_the_drill_leaves_rows_of_both_tenants_in_every_table(filled: Database) -> None:
    # Else the tests below would hold for empty tables.
    missing = []
    for name, _ in await filled.admin.fetch(RELATIONS):
        tenants = await filled.admin.fetchval(f"SELECT count(DISTINCT tenant_id) FROM {name}")
        if name == "analytics.patient_retention_monthly":
            assert tenants > 0
        elif not name.endswith("_of_tenant") and name != "event_store.events_default":
            missing += [name] if tenants != 2 else []
    assert missing == []


@pytest.mark.parametrize("role", ROLES)
async def test_no_tenant_no_rows_and_with_one_only_its_own(filled: Database, role: str) -> None:
    own, _ = await tenants_of(filled)
    seen = set()
    for name, _ in await filled.admin.fetch(RELATIONS):
        if not await may(filled, role, name, "SELECT"):
            continue
        excepted = (role, name) in EVERY_TENANT
        async with acting(filled, role) as connection:
            assert excepted == bool(await connection.fetchval(f"SELECT count(*) FROM {name}")), name
        async with acting(filled, role, own) as connection:
            found = {row[0] for row in await connection.fetch(f"SELECT DISTINCT tenant_id FROM {name}")}
        if not excepted:
            assert found <= {own}, name
        if found:
            seen.add(name)
    if role not in ("healz_analyst", "healz_append", "healz_search"):
        assert len(seen) > 1, "saw nothing, so that nothing was tried"


@pytest.mark.parametrize("role", ROLES)
async def test_no_write_reaches_another_tenant(filled: Database, role: str) -> None:
    own, other = await tenants_of(filled)
    tried = 0
    for name, kind in await filled.admin.fetch(RELATIONS):
        if kind not in ("r", "p"):
            continue
        if await may(filled, role, name, "INSERT"):
            row = await filled.admin.fetchval(
                f"SELECT to_jsonb(t) FROM {name} AS t WHERE tenant_id = $1 LIMIT 1", other
            )
            if (role, name) not in EVERY_TENANT:
                async with acting(filled, role, own) as connection:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                        await connection.execute(
                            f"INSERT INTO {name} SELECT * FROM jsonb_populate_record(NULL::{name}, $1)", row
                        )
                tried += 1
        for privilege, statement in (
            ("UPDATE", f"UPDATE {name} SET tenant_id = tenant_id WHERE tenant_id = $1"),
            ("DELETE", f"DELETE FROM {name} WHERE tenant_id = $1"),
        ):
            if not await may(filled, role, name, privilege) or (role, name) in EVERY_TENANT:
                continue
            async with acting(filled, role, own) as connection:
                assert (await connection.execute(statement, other)).endswith(" 0"), (name, privilege)
            tried += 1
    writers = ("healz_command", "healz_append", "healz_sweeper", *PROJECTORS)
    assert (tried > 0) == (role in writers)


async def test_a_component_halts_a_tenant_for_itself_alone(filled: Database) -> None:
    components = {"healz_relay": "relay"} | {f"healz_projector_{name}": f"projector-{name}" for name in READ_MODELS}
    for role, component in components.items():
        async with acting(filled, role) as connection:
            seen = {row[0] for row in await connection.fetch("SELECT component FROM ops.halted_tenants")}
            assert seen == {component}
            for other in set(components.values()) - seen:
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                    async with connection.transaction():
                        await connection.execute(
                            "INSERT INTO ops.halted_tenants (tenant_id, component, position, reason)"
                            " VALUES (gen_random_uuid(), $1, 1, '')",
                            other,
                        )
            deleting = connection.transaction()
            await deleting.start()
            gone = await connection.fetch("DELETE FROM ops.halted_tenants RETURNING component")
            assert {row[0] for row in gone} == {component}
            await deleting.rollback()


async def test_how_many_tenants_are_halted_is_told_without_their_ids(filled: Database) -> None:
    for role in ("healz_command", "healz_reader"):
        async with acting(filled, role) as connection:
            told = await connection.fetch("SELECT * FROM ops.halted_components()")
            assert {tuple(row) for row in told} >= {("relay", 2), ("projector-journey", 1)}
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("SELECT * FROM ops.halted_tenants")


async def test_a_reader_bound_to_clinics_sees_no_other_clinics_rows(filled: Database) -> None:
    own, _ = await tenants_of(filled)
    for name in (
        "appointment.appointment_view",
        "journey.journey_view",
        "journey.journey_dashboard",
        "journey.patient_clinic",
        "event_store.events",
    ):
        clinics = {
            row[0]
            for row in await filled.admin.fetch(
                f"SELECT DISTINCT clinic_id FROM {name} WHERE tenant_id = $1 AND clinic_id IS NOT NULL", own
            )
        }
        mine = min(clinics)
        for scope, expected in ((str(mine), {mine}), (str(uuid7()), set()), ("*", clinics), (None, set())):
            async with acting(filled, "healz_reader", own, scope) as connection:
                rows = await connection.fetch(f"SELECT DISTINCT clinic_id FROM {name} WHERE clinic_id IS NOT NULL")
            assert {row[0] for row in rows} == expected, (name, scope)


async def test_what_reads_with_rights_of_its_own_narrows_to_the_tenant_and_its_clinics(filled: Database) -> None:
    own, other = await tenants_of(filled)
    found_by = (
        f"SELECT * FROM journey.find_journeys({'NULL, ' * 10} 100) AS f (id)",
        "SELECT * FROM journey.find_at_risk(0, NULL, NULL, NULL, NULL, 100) AS f (id)",
        f"SELECT * FROM journey.list_at_risk(0, {'NULL, ' * 9} 100) AS f (id)",
        "SELECT * FROM journey.count_journeys($1, now(), 0)",
    )
    journeys = await filled.admin.fetch("SELECT tenant_id, clinic_id, journey_id FROM journey.journey_view")
    mine = next(row for row in journeys if row["tenant_id"] == own)
    theirs = next(row for row in journeys if row["tenant_id"] == other)
    for tenant_id, clinics, sees in (
        (own, "*", True),
        (own, str(mine["clinic_id"]), True),
        (own, str(uuid7()), False),
        (own, "", False),
        (own, None, False),
        (None, "*", False),
    ):
        async with acting(filled, "healz_reader", tenant_id, clinics) as connection:
            if tenant_id is None:
                await connection.execute("SELECT set_config('healz.clinic_ids', '*', true)")
            for call in found_by[:-1]:
                found = {row["id"] for row in await connection.fetch(call)}
                assert theirs["journey_id"] not in found
                assert (mine["journey_id"] in found) == sees, (call, clinics)
            counted = await connection.fetch(found_by[-1], mine["clinic_id"])
            assert sum(row["patients_ever"] for row in counted) == (1 if sees else 0), clinics
            assert sum(row["patients_ever"] for row in await connection.fetch(found_by[-1], theirs["clinic_id"])) == 0


async def test_functions_refuse_another_tenant_than_the_transactions(filled: Database) -> None:
    own, other = await tenants_of(filled)
    for role, call in (
        ("healz_command", "SELECT * FROM event_store.load_patient($1, gen_random_uuid(), NULL, '1 day')"),
        (
            "healz_command",
            "SELECT * FROM event_store.load_patient($1, gen_random_uuid(), NULL, '1 day', NULL, NULL, NULL, 1, 1)",
        ),
        ("healz_command", f"SELECT * FROM event_store.append_commits($1{', NULL' * 3})"),
        ("healz_command", "SELECT * FROM event_store.identity_holders($1, '[]')"),
        ("healz_command", "SELECT * FROM event_store.take_imported_times($1, '[]')"),
        ("healz_reader", "SELECT ops.projection_position($1, 'log', NULL)"),
        ("healz_reader", "SELECT ops.reading_position($1, '{patient}', NULL)"),
        ("healz_command", "SELECT ops.enter_tenant($1)"),
    ):
        async with acting(filled, role, own) as connection:
            with pytest.raises(asyncpg.PostgresError, match="another tenant"):
                await connection.fetch(call, other)
        async with acting(filled, role) as connection:
            with pytest.raises(asyncpg.PostgresError, match="a tenant is needed"):
                await connection.fetch(call.replace("$1", "NULL"))


async def test_every_role_may_call_what_it_needs_and_nothing_else(database: Database) -> None:
    rows = await database.admin.fetch(
        """SELECT r.role, p.proname FROM pg_proc AS p, unnest($1::text[]) AS r (role)
            WHERE p.pronamespace::regnamespace::text = ANY ($2::text[])
              AND has_schema_privilege(r.role, p.pronamespace, 'USAGE')
              AND has_function_privilege(r.role, p.oid, 'EXECUTE')""",
        list(ROLES),
        ["ops", "event_store", "reference", *READ_MODELS, "analytics"],
    )
    called: dict[str, set[str]] = {role: set() for role in ROLES}
    for role, name in rows:
        called[role].add(name)
    assert {role: names - HARMLESS for role, names in called.items()} == CALLS


async def test_an_analysts_tenant_is_their_logins(filled: Database) -> None:
    own, other = await tenants_of(filled)
    login = "analyst_of_one"
    await filled.admin.execute(f"CREATE ROLE {login} LOGIN IN ROLE healz_analyst")
    try:
        await filled.admin.execute(
            "INSERT INTO analytics.analyst_logins (tenant_id, login) VALUES ($1, $2)", own, login
        )
        view = "analytics.clinic_metrics_daily_of_tenant"
        for claimed in (None, own, other):
            # Whatever they say of themselves.
            async with acting(filled, login, claimed) as connection:
                assert {row[0] for row in await connection.fetch(f"SELECT DISTINCT tenant_id FROM {view}")} == {own}
        # A predicate of their own sees only what the view lets through.
        await filled.admin.execute(
            "CREATE FUNCTION public.tell(uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0000001"
            " AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"
        )
        async with acting(filled, login) as connection:
            told: set[str] = set()
            connection.add_log_listener(lambda _, message: told.add(message.message))
            await connection.fetch(f"SELECT * FROM {view} WHERE public.tell(tenant_id)")
            assert told == {str(own)}
        async with acting(filled, login) as connection:
            for forbidden in ("analytics.clinic_metrics_daily", "event_store.events", "patient.patient_view"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.fetch(f"SELECT * FROM {forbidden}")
        # Written down for two tenants: neither.
        await filled.admin.execute(
            "INSERT INTO analytics.analyst_logins (tenant_id, login) VALUES ($1, $2)", other, login
        )
        async with acting(filled, login) as connection:
            assert await connection.fetch(f"SELECT * FROM {view}") == []
    finally:
        await filled.admin.execute(f"DROP OWNED BY {login}; DROP ROLE {login}")


@pytest.mark.parametrize("role", [*ROLES, "healz_migrator"])
async def test_the_planners_samples_of_columns_are_shown_to_nobody(filled: Database, role: str) -> None:
    """Not to the tables' owner either: they hold what an anonymised patient said until the next ANALYZE."""
    samples = (
        "SELECT DISTINCT schemaname || '.' || tablename FROM pg_stats"
        " WHERE schemaname IN ('event_store', 'patient', 'appointment', 'journey', 'reference')"
        "   AND tablename NOT IN ('relay_lease', 'verification')"  # no tenant's
    )
    await filled.admin.execute("ANALYZE")
    assert {"patient.patient_view", "event_store.idempotency_keys"} <= {
        row[0] for row in await filled.admin.fetch(samples)
    }
    async with filled.admin.transaction():
        await filled.admin.execute(f"SET LOCAL ROLE {role}")
        assert await filled.admin.fetch(samples) == []
        assert not await filled.admin.fetchval("SELECT has_table_privilege('pg_statistic', 'SELECT')")


async def test_views_are_barriers_or_run_as_their_caller_and_materialised_ones_are_nobodys(database: Database) -> None:
    views = await database.admin.fetch(
        "SELECT oid::regclass::text AS name, relkind::text AS kind, reloptions, relacl::text[] AS acl FROM pg_class"
        " WHERE relkind IN ('v', 'm') AND relnamespace::regnamespace::text = ANY ($1::text[])",
        ["ops", "event_store", "reference", *READ_MODELS, "analytics"],
    )
    assert {view["kind"] for view in views} == {"v", "m"}
    for view in views:
        if view["kind"] == "v":
            options = set(view["reloptions"] or ())
            assert options & {"security_invoker=true", "security_barrier=true"}, view["name"]
        else:
            # "m" is MAINTAIN: refreshing is not reading.
            others = [acl for acl in view["acl"] or () if not acl.startswith("healz_migrator=")]
            assert all(acl.split("=")[1].split("/")[0] == "m" for acl in others), json.dumps(others)
