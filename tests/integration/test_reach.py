"""What each login can lock, call, create or fill up, and the bound on each, against a list that only a person changes.

After a change that is meant: HEALZ_WRITE_RIGHTS=1 make test T=tests/integration/test_reach.py; then read what changed.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from healz.read_models import READ_MODELS
from system import Database, System, eventually, register

FROZEN = Path(__file__).parent / "reach.txt"
SCHEMAS = ["ops", "event_store", "reference", *READ_MODELS, "analytics", "public"]
# A lock is as strong as the strongest right: https://www.postgresql.org/docs/18/sql-lock.html
REACH = """
WITH logins AS (
    SELECT oid, rolname, rolconnlimit, rolcreatedb, rolcreaterole, rolreplication
      FROM pg_roles
     WHERE rolname LIKE 'healz\\_%' AND NOT rolsuper AND (rolcanlogin OR rolname IN ('healz_analyst', 'healz_migrator'))
), tables AS (
    SELECT oid, oid::regclass::text AS name FROM pg_class
     WHERE relkind IN ('r', 'p', 'm') AND NOT relispartition
       AND relnamespace::regnamespace::text = ANY ($1::text[])
), locked AS (
    SELECT rolname, name,
           CASE WHEN has_table_privilege(l.oid, t.oid, 'UPDATE, DELETE, TRUNCATE, MAINTAIN') THEN 'ACCESS EXCLUSIVE'
                WHEN has_table_privilege(l.oid, t.oid, 'INSERT') THEN 'ROW EXCLUSIVE'
                WHEN has_any_column_privilege(l.oid, t.oid, 'SELECT') THEN 'ACCESS SHARE' END AS mode
      FROM logins AS l CROSS JOIN tables AS t
     WHERE rolname <> 'healz_migrator'
)
SELECT rolname || ' locks ' || name || ' in ' || mode FROM locked WHERE mode IS NOT NULL AND mode <> 'ACCESS SHARE'
UNION ALL
SELECT rolname || ' locks in ACCESS SHARE alone: ' || string_agg(name, ' ' ORDER BY name)
  FROM locked WHERE mode = 'ACCESS SHARE' GROUP BY rolname
UNION ALL
SELECT rolname || ' fills ' || string_agg(t.name, ' ' ORDER BY t.name)
  FROM logins AS l CROSS JOIN tables AS t
 WHERE rolname <> 'healz_migrator' AND has_table_privilege(l.oid, t.oid, 'INSERT') GROUP BY rolname
UNION ALL
SELECT rolname || ' calls ' || p.oid::regprocedure
  FROM logins AS l CROSS JOIN pg_proc AS p
 WHERE p.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege(l.oid, p.oid, 'EXECUTE')
   AND (p.proname ~ '^pg_(try_)?advisory_(xact_)?lock' OR p.proname ~ '^lo_' OR p.proname ~
        '(emit_message|notify|terminate|cancel_backend|export_snapshot|switch_wal|read_(binary_)?file|ls_)')
   -- One's own sessions alone.
   AND p.proname NOT IN ('pg_terminate_backend', 'pg_cancel_backend')
UNION ALL
SELECT rolname || ' creates in ' || nspname
  FROM logins AS l CROSS JOIN pg_namespace AS n
 WHERE nspname !~ '^pg_' AND has_schema_privilege(l.oid, n.oid, 'CREATE') AND rolname <> 'healz_migrator'
UNION ALL
SELECT rolname || ' creates ' || what
  FROM logins AS l CROSS JOIN LATERAL (VALUES
       ('temporary tables', has_database_privilege(l.oid, current_database(), 'TEMPORARY')),
       ('schemas', has_database_privilege(l.oid, current_database(), 'CREATE')),
       ('databases', rolcreatedb), ('roles', rolcreaterole), ('replication slots', rolreplication)) AS can (what, may)
 WHERE may
UNION ALL
SELECT rolname || ' is bound by ' || COALESCE(
           (SELECT string_agg(entry, ' ' ORDER BY entry) FROM pg_db_role_setting, unnest(setconfig) AS u (entry)
             WHERE setrole = l.oid AND setdatabase = 0), 'no setting')
       || CASE WHEN rolconnlimit < 0 THEN '' ELSE ' connections=' || rolconnlimit END
  FROM logins AS l
 ORDER BY 1
"""
LOGINS = ("reader", "relay", "sweeper", "command", *(f"projector_{name}" for name in READ_MODELS))
LOCKS = ("SELECT pg_advisory_lock(1)", "SELECT pg_advisory_lock_shared(1)", "SELECT pg_try_advisory_xact_lock(1)")
# What the release before takes turns by, until a contract says that it is gone.
OF_THE_RELEASE_BEFORE = (
    "healz_command calls pg_advisory_xact_lock(bigint)",
    "healz_relay calls pg_try_advisory_lock(bigint)",
    "healz_sweeper calls pg_try_advisory_lock(bigint)",
)
FILLS = (
    "CREATE TEMPORARY TABLE t (x int)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_logical_emit_message(true, 'x', 'x')",
    "SELECT pg_notify('x', 'x')",
    "SELECT pg_export_snapshot()",
    "CREATE TABLE public.t (x int)",
    "CREATE SCHEMA mine",
)
# Ten thousand of them, 7,000 characters each: more than the queue holds.
NOTICES = "DO $$ BEGIN FOR i IN 1..10000 LOOP EXECUTE format('NOTIFY x, %L', i || repeat('x', 7000)); END LOOP; END $$"


async def test_what_each_login_can_reach_is_on_the_list(database: Database) -> None:
    lines = [row[0] for row in await database.admin.fetch(REACH, SCHEMAS)]
    if os.environ.get("HEALZ_TEST_WITHOUT_CONTRACTS"):
        lines = [line for line in lines if line not in OF_THE_RELEASE_BEFORE]
    if os.environ.get("HEALZ_WRITE_RIGHTS"):
        FROZEN.write_text("\n".join(lines) + "\n")
    assert lines == FROZEN.read_text().splitlines()


@asynccontextmanager
async def analyst(database: Database, tenant_id: UUID) -> AsyncIterator[str]:
    """A login as an operator makes one; its address."""
    login = f"analyst_{uuid7().hex[-12:]}"
    await database.admin.execute("CALL ops.make_analyst($1, $2)", login, tenant_id)
    try:
        yield database.url(login)
    finally:
        await database.admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", login)

        async def gone() -> bool:
            return not await database.admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE usename = $1", login)

        await eventually(gone)
        await database.admin.execute(f'DROP ROLE "{login}"')


async def test_no_login_takes_a_lock_that_another_service_might_need_or_fills_what_is_nobodys(
    database: Database,
) -> None:
    tenant_id = uuid7()
    async with analyst(database, tenant_id) as url:
        urls = [url, *(database.url(f"healz_{login}") for login in LOGINS)]
        for each in urls:
            connection = await asyncpg.connect(each)
            for statement in (*LOCKS, *FILLS):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
            await connection.close()


async def test_no_login_enters_a_database_of_the_server_that_is_not_healzs(database: Database) -> None:
    """Locks, memory and disk are the whole server's: what is closed in one database would stand open in the next."""
    async with analyst(database, uuid7()) as url:
        for login in (url, *(database.url(f"healz_{login}") for login in LOGINS)):
            for other in ("postgres", "template1"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                    await asyncpg.connect(urlunsplit(urlsplit(login)._replace(path=f"/{other}")))


async def test_a_queue_of_notices_that_is_full_keeps_no_command_waiting(system: System) -> None:
    """NOTIFY and LISTEN are every login's, and no right takes them away: what they fill is bounded, and nobody's."""
    system.start("command-api")
    await system.ready()
    async with analyst(system.database, system.tenant_id) as url:
        listening, notifying = await asyncpg.connect(url), await asyncpg.connect(url)
        await listening.execute("LISTEN x")
        await listening.execute("BEGIN; SELECT 1")
        with pytest.raises(asyncpg.PostgresError, match="too many notifications in the NOTIFY queue"):
            await notifying.execute(NOTICES)
        async with system.client() as client:
            await register(client)
        listening.terminate()
        notifying.terminate()


async def test_an_analysts_login_has_bounds(database: Database) -> None:
    async with analyst(database, uuid7()) as url:
        held = [await asyncpg.connect(url) for _ in range(3)]
        with pytest.raises(asyncpg.TooManyConnectionsError):
            await asyncpg.connect(url)
        first = held[0]
        assert await first.fetchval("SHOW statement_timeout") == "5min"
        assert await first.fetchval("SHOW temp_file_limit") == "1GB"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await first.execute("SET temp_file_limit = -1")
        # What a login may change for itself, the job sees to.
        await first.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT 1")
        await asyncio.sleep(0.2)
        assert await database.admin.fetchval("SELECT ops.end_analyses('1 hour', '1 hour')") == 0
        assert await database.admin.fetchval("SELECT ops.end_analyses('0.1 seconds', '1 hour')") == 1
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
            await first.fetchval("SELECT 1")
        for connection in held:
            connection.terminate()


async def test_a_login_of_somebody_else_is_not_made_an_analysts(database: Database) -> None:
    for login in ("healz_command", "healz_admin"):
        with pytest.raises(asyncpg.RaiseError, match="somebody else"):
            await database.admin.execute("CALL ops.make_analyst($1, $2)", login, uuid7())


async def test_a_slow_statement_is_logged_without_what_it_was_about(database: Database) -> None:
    for role in ("command", "reader", "relay", "sweeper", "projector_patient", "projector_journey"):
        connection = await asyncpg.connect(database.url(f"healz_{role}"))
        assert await connection.fetchval("SHOW log_parameter_max_length") == "0"
        await connection.close()
