"""Each question about the database: answered on a working system, and its verdict turned by what it looks for."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from rich.console import Console
from uuid_utils.compat import uuid7

from healz.read_models import READ_MODELS
from healz_db.ask import ask as asking
from healz_db.ask.ask import ask, comment, plain, questions
from healz_db.ask.show import show
from healz_db.refused import Refused
from system import SCRIPTS, Database, System, eventually, newest_version
from traffic import new_seed, traffic, write

# What programs and alerts rely on.
COLUMNS = {
    "bloat": "table_name live_rows dead_rows dead_percent last_autovacuum_at table_bytes table_size"
    " estimated_bloat_bytes estimated_bloat_size verdict",
    "connections": "role database state connections last_active_at all_connections connections_max verdict",
    "databases": "database logins verdict",
    "data_quality": "check_name found example verdict",
    "freshness": "kind name behind_seconds tenants tenants_behind events_behind worst_tenant_id worst_events_behind"
    " refreshed_at refresh_ms verdict",
    "locks": "waiting_pid waiting_role waiting_seconds waits_for waiting_statement blocking_pid blocking_role"
    " blocking_state blocking_transaction_seconds blocking_statement verdict",
    "migrations": "version phase domain change checksum_begins applied_by applied_at duration_ms state verdict",
    "oldest_transaction": "holder name role state open_seconds age_transactions wal_kept_bytes wal_kept_size"
    " last_statement verdict",
    "outbox": "outbox_rows events tenants oldest_seconds leader tenants_halted verdict",
    "partitions": "month partition rows_estimated total_bytes total_size rows_in_default verdict",
    "rls_coverage": "table_name kind enabled forced policies own_rows_roles all_rows_roles verdict",
    "sizes": "table_name partition_of rows_estimated table_bytes table_size index_bytes index_size toast_bytes"
    " toast_size total_bytes total_size",
    "slow_statements": "statement query_id role calls mean_ms p95_estimated_ms max_ms total_seconds rows verdict",
    "unused_indexes": "index_name table_name scans last_used_at statistics_since index_bytes index_size verdict",
}
VIEWS = {"clinic_metrics_daily", "patient_retention_monthly"}

INSERT_EVENT = """
INSERT INTO event_store.events (tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type,
                                aggregate_id, aggregate_version, patient_id, correlation_id, event_data)
VALUES ($1, $2, $3, gen_random_uuid(), 'PatientRegistered', 1, 'Patient', $4, 1, $4, gen_random_uuid(), '{}')
"""

SAID_TOO_MUCH = "rows that say more of somebody who was anonymised"
# Each breaks one thing of one tenant: what was done, and the checks that see it.
BROKEN = {
    "DELETE FROM event_store.events WHERE tenant_id = $1 AND position = 2": {
        "positions after a gap, or there twice",
        "patients whose facts are not counted right",
    },
    # The time is in the primary key, so that lets the same position in twice.
    """
    INSERT INTO event_store.events
    SELECT (jsonb_populate_record(e, jsonb_build_object('created_at', e.created_at + interval '1 second'))).*
      FROM event_store.events AS e WHERE tenant_id = $1 AND position = 2
    """: {"positions after a gap, or there twice", "patients whose facts are not counted right"},
    "UPDATE event_store.tenant_log SET position = position + 1 WHERE tenant_id = $1": {
        "tenants whose head is not the newest position"
    },
    "UPDATE event_store.tenant_log SET position = position - 1 WHERE tenant_id = $1": {
        "tenants whose head is not the newest position",
        "checkpoints ahead of the log",
    },
    "UPDATE event_store.patient_log SET facts = facts + 1 WHERE tenant_id = $1": {
        "patients whose facts are not counted right"
    },
    "UPDATE event_store.streams SET patient_id = gen_random_uuid() WHERE tenant_id = $1": {
        "streams whose patient has no log"
    },
    "UPDATE journey.checkpoint SET position = position + 1 WHERE tenant_id = $1": {"checkpoints ahead of the log"},
    "UPDATE patient.checkpoint SET event_id = gen_random_uuid() WHERE tenant_id = $1": {
        "checkpoints at another event than the log has"
    },
    "UPDATE patient.checkpoint SET position = position - 1 WHERE tenant_id = $1": {
        "checkpoints that were set back by hand"
    },
    "DELETE FROM patient.patient_view WHERE tenant_id = $1": {"appointments whose patient has no row"},
    "UPDATE patient.patient_view SET no_show_count = -1 WHERE tenant_id = $1": {"patients with a negative counter"},
    "UPDATE appointment.appointment_view SET rescheduled_count = -1 WHERE tenant_id = $1": {
        "appointments with a negative counter"
    },
    "UPDATE journey.journey_view SET missed_appointments = -1 WHERE tenant_id = $1": {
        "journeys with a negative counter"
    },
    """
    INSERT INTO journey.journey_view
    SELECT (jsonb_populate_record(j, jsonb_build_object('journey_id', gen_random_uuid()))).*
      FROM journey.journey_view AS j WHERE tenant_id = $1 AND is_active LIMIT 1
    """: {"patients with two active journeys in a clinic"},
    """
    INSERT INTO ops.halted_tenants (tenant_id, component, position, reason)
    VALUES ($1, 'projector-journey', 3, 'the store has another event there')
    """: {"tenants for whom a component has stopped"},
    "UPDATE patient.patient_view SET phone = '', preferences = '{}' WHERE tenant_id = $1": {SAID_TOO_MUCH},
    "UPDATE appointment.appointment_view SET patient_phone = '', notes = 'x' WHERE tenant_id = $1": {SAID_TOO_MUCH},
    """
    INSERT INTO event_store.import_batches (tenant_id, import_key, first_row, rows, is_last, digest)
    VALUES ($1, 'agenda de +5527999990000', 1, 1, true, '')
    """: {SAID_TOO_MUCH},
}


async def verdicts(connection: asyncpg.Connection, question: str, of: str) -> dict[str, str]:
    """{name: verdict}, the name being in column ``of``."""
    return {row[of]: row["verdict"] for row in await ask(connection, question)}


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """What is done within is taken back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def insert_event(connection: asyncpg.Connection, at: datetime, *, tenant_id: UUID, position: int = 1) -> None:
    await connection.execute(INSERT_EVENT, tenant_id, position, at, uuid7())


async def work(system: System) -> None:
    """Two tenants' day, written, published, projected, refreshed."""
    await system.start_all()
    async with traffic(system, seed=new_seed(), tenants=2, patients=5, clinics=1) as day:
        await write(day, events=100)
    await system.caught_up()
    await system.outbox_empty()
    for view in VIEWS:
        await system.database.admin.execute(f"CALL analytics.refresh('{view}')")


# ── All of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_question_begins_with_what_it_tells_and_what_to_do() -> None:
    assert {name for name, _ in questions()} == COLUMNS.keys()
    for name, tells in questions():
        lines = comment(name).splitlines()
        assert 1 <= len(lines) <= 3, name
        assert tells == lines[0]
        assert "ormal" in comment(name), f"{name} does not say what is normal"


async def test_every_question_is_answered_on_a_working_system_and_nothing_is_wrong(system: System) -> None:
    await work(system)
    admin = system.database.admin
    answers = {question: await ask(admin, question) for question in COLUMNS}
    # The run's server has other tests' databases too, which Healz's logins may enter.
    answers["databases"] = [row for row in answers["databases"] if row["database"] in ("postgres", "template1")]

    for question, rows in answers.items():
        statement = await admin.prepare((asking.QUERIES / f"{question}.sql").read_text())
        assert [column.name for column in statement.get_attributes()] == COLUMNS[question].split(), question
        bad = [dict(row) for row in rows if row.get("verdict", "ok") != "ok"]
        assert not bad, f"{question}: {bad}"
    assert all(rows for question, rows in answers.items() if question not in ("locks", "oldest_transaction"))

    events = await system.database.events()
    models = [row for row in answers["freshness"] if row["kind"] == "read model"]
    assert [(row["name"], row["tenants"], row["events_behind"]) for row in models] == [
        (name, 2, 0) for name in sorted(READ_MODELS)
    ]
    assert {row["name"] for row in answers["freshness"] if row["kind"] == "materialised view"} == VIEWS
    assert answers["migrations"][0]["version"] == newest_version()
    assert {row["table_name"] for row in answers["sizes"] if row["partition_of"] == "event_store.events"} == {
        "event_store.events_default",
        *(row["partition"] for row in answers["partitions"]),
    }
    appends = [row for row in answers["slow_statements"] if "append_commits" in row["statement"]]
    assert [row["role"] for row in appends] == ["healz_command"]
    assert 0 < appends[0]["calls"] <= events

    async def index_of_all_partitions_was_used() -> bool:
        rows = await ask(admin, "unused_indexes")
        return any(row["index_name"] == "event_store.events_patient" and row["scans"] > 0 for row in rows)

    # A session tells what it used some seconds later.
    await eventually(index_of_all_partitions_was_used)


async def test_an_admin_needs_no_superuser(system: System) -> None:
    await work(system)
    admin, role = system.database.admin, f"admin_{uuid7().hex[-12:]}"
    await admin.execute(f"CREATE ROLE {role} LOGIN IN ROLE healz_migrator, pg_monitor")
    try:
        # Theirs, had they applied the migrations.
        await admin.execute(f"GRANT SELECT ON ops.schema_migrations TO {role}")
        async with connected(system.database.url(role)) as connection:
            assert await connection.fetchval("SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user")
            for question in COLUMNS:
                of = COLUMNS[question].split()[0]
                seen = [row[of] for row in await ask(connection, question)]
                if question in ("data_quality", "freshness", "migrations", "outbox", "partitions", "rls_coverage"):
                    assert seen == [row[of] for row in await ask(admin, question)], question
            behind = await ask(connection, "freshness")
            assert behind[0]["tenants"] == 2, "forced row-level security hides the tenants from whoever asks"
    finally:
        await admin.execute(f"DROP OWNED BY {role}")
        await admin.execute(f"DROP ROLE {role}")


async def test_asking_writes_nothing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spoil.sql").write_text("-- Spoils.\nCREATE TABLE ops.spoilt AS SELECT 1 AS one;\n")
    monkeypatch.setattr(asking, "QUERIES", tmp_path)
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await ask(database.admin, "spoil")


async def test_asking_gives_up_on_a_table_that_is_locked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LOCK_TIMEOUT", asking.LOCK_TIMEOUT.replace("5s", "50ms"))
    async with connected(database.url("healz_admin")) as other, undone(other):
        await other.execute("LOCK TABLE event_store.outbox")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await ask(database.admin, "outbox")


# ── Each of them, when it is bad ─────────────────────────────────────────────────────────────────────────────────────


async def test_data_quality_finds_each_thing_that_must_not_be(system: System) -> None:
    await work(system)
    admin = system.database.admin
    for statement, expected in BROKEN.items():
        async with undone(admin):
            assert not (await admin.execute(statement, system.tenant_id)).endswith(" 0"), statement
            found = [row for row in await ask(admin, "data_quality") if row["found"]]
            assert {row["check_name"] for row in found} == expected, statement
            assert all(row["verdict"] != "ok" and str(system.tenant_id) in row["example"] for row in found)
    assert set().union(*BROKEN.values()) == (await verdicts(admin, "data_quality", "check_name")).keys()
    assert set((await verdicts(admin, "data_quality", "check_name")).values()) == {"ok"}

    async with undone(admin):
        # A read model that is only behind has no orphans.
        await admin.execute("DELETE FROM patient.patient_view WHERE tenant_id = $1", system.tenant_id)
        await admin.execute("UPDATE patient.checkpoint SET position = 0 WHERE tenant_id = $1", system.tenant_id)
        assert (await verdicts(admin, "data_quality", "check_name"))["appointments whose patient has no row"] == "ok"


async def test_outbox_tells_a_relay_that_is_away(database: Database) -> None:
    insert = """
    INSERT INTO event_store.outbox (tenant_id, first_position, last_position, created_at)
    VALUES ($1, $2, $3, now() - $4::interval)
    """
    tenant_id = uuid7()
    (row,) = await ask(database.admin, "outbox")
    assert (row["outbox_rows"], row["events"], row["leader"]) == (0, 0, None)
    assert "no relay leads" in row["verdict"]
    await database.admin.execute(
        "UPDATE event_store.relay_lease SET holder = 'one', expires_at = now() + interval '10 minutes'"
    )
    await database.admin.execute(insert, tenant_id, 8, 10, timedelta(seconds=5))
    (row,) = await ask(database.admin, "outbox")
    assert (row["outbox_rows"], row["events"], row["leader"], row["verdict"]) == (1, 3, "one", "ok")
    assert 5 <= row["oldest_seconds"] < 25

    await database.admin.execute(insert, tenant_id, 1, 7, timedelta(minutes=1))
    (row,) = await ask(database.admin, "outbox")
    assert (row["outbox_rows"], row["events"], row["tenants"]) == (2, 10, 1)
    assert row["oldest_seconds"] >= 60
    assert "relay" in row["verdict"]

    # Whose rows wait for a person hide nobody else's.
    await database.admin.execute(
        "INSERT INTO ops.halted_tenants (tenant_id, component, position, reason) VALUES ($1, 'relay', 8, '')", tenant_id
    )
    (row,) = await ask(database.admin, "outbox")
    assert (row["outbox_rows"], row["tenants_halted"]) == (2, 1)
    assert "stopped for tenants" in row["verdict"]
    await database.admin.execute(insert, uuid7(), 1, 1, timedelta(minutes=1))
    (row,) = await ask(database.admin, "outbox")
    assert "is the relay up" in row["verdict"]


async def test_partitions_tells_what_lies_in_the_default_and_its_advice_helps(database: Database) -> None:
    admin = database.admin
    far = datetime(2019, 2, 28, 23, 30, tzinfo=UTC)
    await insert_event(admin, far, tenant_id=uuid7())
    await insert_event(admin, far + timedelta(hours=1), tenant_id=uuid7())

    # Months are UTC's, wherever whoever asks may be.
    await admin.execute("SET timezone = 'America/Sao_Paulo'")
    rows = {row["month"]: row for row in await ask(admin, "partitions")}
    assert {month for month, row in rows.items() if row["rows_in_default"]} == {"2019-02", "2019-03"}
    assert {month for month, row in rows.items() if row["verdict"] != "ok"} == {"2019-02", "2019-03"}
    assert len(rows) == 6

    await admin.execute("SET ROLE healz_migrator")
    await admin.execute("SELECT ops.make_partition('2019-02-01')")
    await admin.execute("RESET ROLE")
    rows = {row["month"]: row for row in await ask(admin, "partitions")}
    assert (rows["2019-02"]["partition"], rows["2019-02"]["verdict"]) == ("event_store.events_2019_02", "ok")
    assert "default" in rows["2019-03"]["verdict"]


async def test_partitions_tells_a_month_that_is_missing_or_not_attached(database: Database) -> None:
    admin = database.admin
    last = (await ask(admin, "partitions"))[-1]
    await admin.execute(f"ALTER TABLE event_store.events DETACH PARTITION {last['partition']}")
    rows = await ask(admin, "partitions")
    assert [row["verdict"] for row in rows] == ["ok"] * 3 + ["its table is there, but not attached"]

    await admin.execute(f"DROP TABLE {last['partition']}")
    rows = await ask(admin, "partitions")
    assert [(row["month"], row["verdict"]) for row in rows[3:]] == [(last["month"], "missing")]


async def test_freshness_tells_which_read_model_is_behind_and_where(database: Database) -> None:
    admin, slow, quick = database.admin, uuid7(), uuid7()
    for tenant_id, head in ((slow, 3), (quick, 1)):
        await admin.execute("INSERT INTO event_store.tenant_log VALUES ($1, $2, now())", tenant_id, head)
        for position in range(1, head + 1):
            # Of the three, only the third is old.
            age = timedelta(minutes=2) if position == 3 else timedelta(seconds=1)
            await insert_event(admin, datetime.now(UTC) - age, tenant_id=tenant_id, position=position)
        for schema in READ_MODELS:
            await admin.execute(f"INSERT INTO {schema}.checkpoint VALUES ($1, $2)", tenant_id, head)
    assert {row["verdict"] for row in await ask(admin, "freshness") if row["kind"] == "read model"} == {"ok"}

    await admin.execute("UPDATE journey.checkpoint SET position = 2 WHERE tenant_id = $1", slow)
    await admin.execute("UPDATE patient.checkpoint SET position = 0 WHERE tenant_id = $1", slow)
    await admin.execute("DELETE FROM patient.checkpoint WHERE tenant_id = $1", quick)
    rows = {row["name"]: row for row in await ask(admin, "freshness")}
    assert "projector" in rows["journey"]["verdict"]
    assert (rows["journey"]["tenants_behind"], rows["journey"]["worst_tenant_id"]) == (1, slow)
    assert rows["journey"]["behind_seconds"] >= 120
    # More events, but none that has waited for long.
    assert (rows["patient"]["tenants_behind"], rows["patient"]["events_behind"]) == (2, 4)
    assert (rows["patient"]["worst_tenant_id"], rows["patient"]["worst_events_behind"]) == (slow, 3)
    assert (rows["patient"]["verdict"], rows["appointment"]["verdict"]) == ("ok", "ok")


async def test_freshness_tells_a_view_that_nobody_refreshes(database: Database) -> None:
    admin = database.admin
    rows = {row["name"]: row for row in await ask(admin, "freshness")}
    assert {rows[view]["verdict"] for view in VIEWS} == {"never refreshed"}

    for view in VIEWS:
        await admin.execute(f"CALL analytics.refresh('{view}')")
    await admin.execute(
        "UPDATE analytics.refreshes SET refreshed_at = now() - interval '61 minutes' WHERE view_name = $1",
        "clinic_metrics_daily",
    )
    rows = {row["name"]: row for row in await ask(admin, "freshness")}
    assert "more than an hour" in rows["clinic_metrics_daily"]["verdict"]
    assert rows["clinic_metrics_daily"]["behind_seconds"] >= 3660
    assert rows["patient_retention_monthly"]["verdict"] == "ok"


async def test_databases_tells_which_other_ones_of_the_server_a_login_may_enter(database: Database) -> None:
    other = f"other_{uuid7().hex[-12:]}"
    await database.admin.execute(f"CREATE DATABASE {other}")
    try:
        open_to = await verdicts(database.admin, "databases", "database")
        await database.admin.execute(f"REVOKE CONNECT ON DATABASE {other} FROM PUBLIC")
        closed_to = await verdicts(database.admin, "databases", "database")
    finally:
        await database.admin.execute(f"DROP DATABASE {other}")
    assert open_to[other].startswith("they could fill")
    assert {closed_to[name] for name in (other, database.name, "postgres", "template1")} == {"ok"}


async def test_rls_coverage_tells_each_kind_of_gap_first(database: Database) -> None:
    admin = database.admin
    await admin.execute("""
        CREATE TABLE ops.bare   (tenant_id uuid);
        CREATE TABLE ops.loose  (tenant_id uuid);
        CREATE TABLE ops.shut   (tenant_id uuid);
        CREATE TABLE ops.public (tenant_id uuid);
        CREATE TABLE ops.global (name text);
        ALTER TABLE ops.loose  ENABLE ROW LEVEL SECURITY;
        ALTER TABLE ops.shut   ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        ALTER TABLE ops.public ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        CREATE POLICY all_of_them ON ops.public USING (true);
        CREATE VIEW ops.through AS SELECT tenant_id FROM event_store.streams;
        CREATE MATERIALIZED VIEW ops.copied AS SELECT tenant_id FROM event_store.streams;
        GRANT SELECT ON ops.copied TO healz_reader;
    """)
    rows = await ask(admin, "rls_coverage")
    gaps = {row["table_name"]: row["verdict"].partition(":")[0] for row in rows if row["verdict"] != "ok"}
    assert gaps == {
        "ops.bare": "not enabled",
        "ops.loose": "not forced",
        "ops.shut": "no policy",
        "ops.public": "a policy for PUBLIC",
        "ops.through": "it reads with its owner's policies",
        "ops.copied": "no policy reaches a materialised view",
    }
    assert {row["table_name"] for row in rows[: len(gaps)]} == gaps.keys(), "gaps come first"
    told = {row["table_name"]: (row["kind"], row["enabled"], row["forced"]) for row in rows}
    assert told["ops.loose"] == ("table", True, False)
    assert (told["ops.through"], told["ops.copied"]) == (("view", None, None), ("materialised view", None, None))
    roles = {row["table_name"]: (row["own_rows_roles"], row["all_rows_roles"]) for row in rows}
    assert roles["event_store.outbox"] == ("healz_append", "healz_migrator, healz_relay")

    await admin.execute("""
        CALL ops.protect('ops.bare', 'healz_reader');
        CALL ops.protect('ops.loose');
        CALL ops.protect('ops.shut');
        ALTER POLICY all_of_them ON ops.public TO healz_migrator;
        ALTER VIEW ops.through SET (security_invoker = true);
        REVOKE SELECT ON ops.copied FROM healz_reader;
    """)
    assert set((await verdicts(admin, "rls_coverage", "table_name")).values()) == {"ok"}


async def test_unused_indexes_tells_one_that_is_large_and_never_used(database: Database) -> None:
    admin = database.admin
    await admin.execute("""
        CREATE TABLE ops.large (id integer PRIMARY KEY, other integer, third integer);
        INSERT INTO ops.large SELECT n, n, n FROM generate_series(1, 60000) AS n;
        CREATE INDEX large_other ON ops.large (other);
        CREATE INDEX large_third ON ops.large (third);
        CREATE INDEX large_none  ON ops.large (id) WHERE id = 0;
        ANALYZE ops.large;
        SELECT * FROM ops.large WHERE third = 4711;
        SELECT pg_stat_force_next_flush();
    """)
    found = await verdicts(admin, "unused_indexes", "index_name")
    assert found["ops.large_other"].startswith("never used")
    assert (found["ops.large_third"], found["ops.large_none"]) == ("ok", "ok")
    assert "ops.large_pkey" not in found, "a guard is there to refuse, not to be read"


async def test_slow_statements_tells_one_that_is_called_often_and_is_slow(database: Database) -> None:
    admin = database.admin
    for _ in range(9):
        # Slower than the 100 ms that count as slow.
        await admin.execute("SELECT pg_sleep(0.11) AS slow")
    assert {row["verdict"] for row in await ask(admin, "slow_statements") if "slow" in row["statement"]} == {"ok"}

    # Slower than the 100 ms that count as slow.
    await admin.execute("SELECT pg_sleep(0.11) AS slow")
    worst = (await ask(admin, "slow_statements"))[0]
    assert (worst["calls"], worst["role"], worst["rows"]) == (10, "healz_admin", 10)
    assert worst["verdict"].startswith("slow")
    assert worst["mean_ms"] <= worst["p95_estimated_ms"]
    assert worst["total_seconds"] >= 1


async def test_oldest_transaction_tells_one_that_is_idle_sooner_than_one_that_works(database: Database) -> None:
    admin = database.admin
    async with (
        connected(database.url("healz_reader")) as idle,
        connected(database.url("healz_relay")) as busy,
        undone(idle),
    ):
        await idle.fetch("SELECT 1 AS opened")
        # A session at work, until it is cancelled below.
        working = asyncio.create_task(busy.fetch("SELECT pg_sleep(60)"))

        async def told() -> dict[str, asyncpg.Record]:
            return {row["role"]: row for row in await ask(admin, "oldest_transaction")}

        first = (await told())["healz_reader"]
        assert (first["name"], first["verdict"]) == (str(idle.get_server_pid()), "ok")
        assert (first["state"], first["last_statement"]) == ("idle in transaction", "SELECT 1 AS opened")
        # The pace of looking.
        while (found := await told())["healz_reader"]["verdict"] == "ok":
            assert found["healz_reader"]["open_seconds"] < 8
            # The pace of asking again.
            await asyncio.sleep(0.2)
        assert first["open_seconds"] < 5 <= found["healz_reader"]["open_seconds"]
        assert found["healz_reader"]["verdict"] == "open and idle: end it"
        assert (found["healz_relay"]["state"], found["healz_relay"]["verdict"]) == ("active", "ok")
        assert found["healz_relay"]["open_seconds"] > 4

        # Nobody waits for ten minutes here; the limit itself is what is shortened.
        sql = (asking.QUERIES / "oldest_transaction.sql").read_text().replace("'10 minutes'", "'4 seconds'")
        late = {row["role"]: row["verdict"] for row in await admin.fetch(sql)}
        assert late["healz_relay"].startswith("open for more than")
        await admin.execute("SELECT pg_cancel_backend($1)", busy.get_server_pid())
        with pytest.raises(asyncpg.QueryCanceledError):
            await working


async def test_oldest_transaction_tells_a_slot_that_nobody_reads(database: Database) -> None:
    admin, left, read = database.admin, f"left_{uuid7().hex[-12:]}", f"read_{uuid7().hex[-12:]}"
    create = "SELECT pg_create_physical_replication_slot($1, true, $2)"
    async with connected(database.url("healz_admin")) as reader:
        await reader.execute(create, read, True)  # a temporary one is held by its session, as by a replica
        await admin.execute(create, left, False)
        try:
            rows = {row["name"]: row for row in await ask(admin, "oldest_transaction")}
            assert rows[left]["verdict"].startswith("nobody reads this slot")
            assert rows[left]["wal_kept_bytes"] >= 0
            assert (rows[read]["state"], rows[read]["verdict"]) == ("active", "ok")

            sql = (asking.QUERIES / "oldest_transaction.sql").read_text().replace("> 1024 * 1024 * 1024", ">= 0")
            late = {row["name"]: row["verdict"] for row in await admin.fetch(sql)}
            assert late[read] == "the reader of this slot is behind"
        finally:
            await admin.execute("SELECT pg_drop_replication_slot($1)", left)
    assert left not in {row["name"] for row in await ask(admin, "oldest_transaction")}


async def test_oldest_transaction_tells_a_prepared_one(database: Database) -> None:
    # The server allows none, as it should: so one is put in where the query looks.
    prepared = """
    (SELECT '3'::xid AS transaction, 'lost' AS gid, now() AS prepared, 'x' AS owner, current_database() AS database)
    """
    sql = (asking.QUERIES / "oldest_transaction.sql").read_text().replace("FROM pg_prepared_xacts", f"FROM {prepared}")
    found = [row["verdict"] for row in await database.admin.fetch(sql) if row["name"] == "lost"]
    assert found == ["nothing here prepares transactions: roll it back"]


async def test_bloat_tells_dead_rows_that_nobody_clears_away(database: Database) -> None:
    admin = database.admin
    await admin.execute("""
        CREATE TABLE ops.churned (id integer) WITH (autovacuum_enabled = off);
        INSERT INTO ops.churned SELECT generate_series(1, 40000);
        DELETE FROM ops.churned WHERE id <= 9000;
        SELECT pg_stat_force_next_flush();
    """)
    assert (await verdicts(admin, "bloat", "table_name"))["ops.churned"] == "ok"

    await admin.execute("DELETE FROM ops.churned WHERE id <= 20000; SELECT pg_stat_force_next_flush()")
    worst = (await ask(admin, "bloat"))[0]
    assert (worst["table_name"], worst["live_rows"], worst["dead_rows"]) == ("ops.churned", 20000, 20000)
    assert worst["dead_percent"] == 50
    assert worst["verdict"].startswith("autovacuum does not keep up")

    await admin.execute("VACUUM ops.churned")
    assert (await verdicts(admin, "bloat", "table_name"))["ops.churned"] == "ok"


async def test_bloat_is_estimated_about_right(database: Database) -> None:
    admin = database.admin

    async def estimated() -> asyncpg.Record:
        await admin.execute("VACUUM (ANALYZE) ops.hollow")
        return next(row for row in await ask(admin, "bloat") if row["table_name"] == "ops.hollow")

    await admin.execute("""
        CREATE TABLE ops.hollow (id integer, text text, none text) WITH (fillfactor = 80, autovacuum_enabled = off);
        INSERT INTO ops.hollow SELECT n, repeat('x', 200) FROM generate_series(1, 20000) AS n;
    """)
    full = await estimated()
    assert full["estimated_bloat_bytes"] < 0.1 * full["table_bytes"]

    # Every fourth row stays, so no page gets free.
    await admin.execute("DELETE FROM ops.hollow WHERE id % 4 <> 0")
    hollow = await estimated()
    assert hollow["table_bytes"] == full["table_bytes"]
    assert hollow["estimated_bloat_bytes"] == pytest.approx(0.75 * full["table_bytes"], rel=0.1)
    assert hollow["verdict"] == "ok", "a few megabytes are not worth a word"

    # The same, were it large.
    await admin.execute("SELECT pg_restore_relation_stats('schemaname', 'ops', 'relname', 'hollow', 'relpages', 20000)")
    assert (await verdicts(admin, "bloat", "table_name"))["ops.hollow"] == "more than half is empty"
    # A queue that is empty now, and was never measured while it was not.
    await admin.execute("CREATE TABLE ops.queue (id integer)")
    await admin.execute(
        "SELECT pg_restore_relation_stats("
        "'schemaname', 'ops', 'relname', 'queue', 'relpages', 20000, 'reltuples', 0::real)"
    )
    assert (await verdicts(admin, "bloat", "table_name"))["ops.queue"] == "more than half is empty"


async def test_locks_tells_who_waits_for_whom(database: Database) -> None:
    admin = database.admin
    async with connected(database.url("healz_admin")) as blocker, connected(database.url("healz_admin")) as waiter:
        pids = (str(waiter.get_server_pid()), str(blocker.get_server_pid()))
        assert await ask(admin, "locks") == []
        async with undone(blocker):
            await blocker.execute("LOCK TABLE event_store.streams")
            waiting = asyncio.create_task(waiter.fetch("SELECT count(*) FROM event_store.streams"))
            seen: list[asyncpg.Record] = []

            async def bad() -> bool:
                seen.extend(await ask(admin, "locks"))
                return bool(seen) and seen[-1]["verdict"] != "ok"

            await eventually(bad)
        await waiting
    first, last = seen[0], seen[-1]
    assert first["verdict"] == "ok"
    assert first["waiting_seconds"] <= 1 <= last["waiting_seconds"]
    assert last["verdict"] == "waits for more than a second"
    assert (last["waiting_pid"], last["blocking_pid"]) == pids
    assert "event_store.streams" in last["waits_for"]
    assert last["blocking_state"] == "idle in transaction"
    assert last["blocking_transaction_seconds"] >= last["waiting_seconds"]


async def test_connections_tells_when_few_are_left(database: Database) -> None:
    row = (await ask(database.admin, "connections"))[0]
    assert row["verdict"] == "ok"
    wanted = int(0.8 * row["connections_max"]) + 1 - row["all_connections"]
    async with AsyncExitStack() as stack:
        for _ in range(wanted):
            await stack.enter_async_context(connected(database.url("healz_reader")))
        rows = await ask(database.admin, "connections")
        assert {row["verdict"] for row in rows} == {"more than 80 % of the connections are taken"}
        reading = [row for row in rows if row["role"] == "healz_reader" and row["database"] == database.name]
        assert [(row["state"], row["connections"]) for row in reading] == [("idle", wanted)]


async def test_migrations_tells_one_that_was_left_halfway(database: Database) -> None:
    await database.admin.execute("UPDATE ops.schema_migrations SET state = 'running' WHERE version = '100050'")
    found = await ask(database.admin, "migrations")
    assert {row["version"]: row["verdict"] for row in found if row["verdict"] != "ok"} == {
        "100050": "left in state running"
    }


# ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def healz_db(database: Database, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / "healz-db", "ask", *arguments],
        env={"DATABASE_URL": database.url("healz_admin")},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_command_lists_answers_and_refuses(database: Database) -> None:
    await insert_event(database.admin, datetime(2019, 2, 1, tzinfo=UTC), tenant_id=uuid7())

    listed = await asyncio.to_thread(healz_db, database)
    assert listed.returncode == 0
    assert all(name in listed.stdout and tells in listed.stdout for name, tells in questions())

    answered = await asyncio.to_thread(healz_db, database, "partitions")
    assert answered.returncode == 0
    assert "its events lie in the default partition" in answered.stdout

    for_programs = await asyncio.to_thread(healz_db, database, "partitions", "--json")
    first = json.loads(for_programs.stdout)[0]
    assert first == {
        "month": "2019-02",
        "partition": None,
        "rows_estimated": 0,
        "total_bytes": None,
        "total_size": None,
        "rows_in_default": 1,
        "verdict": "its events lie in the default partition",
    }

    refused = await asyncio.to_thread(healz_db, database, "outbocks")
    assert refused.returncode == 1
    assert "there is no question 'outbocks'" in refused.stderr
    assert all(name in refused.stderr for name in COLUMNS)


async def test_a_table_shows_verdicts_in_colour_and_sizes_as_people_read_them(database: Database) -> None:
    await insert_event(database.admin, datetime(2019, 2, 1, tzinfo=UTC), tenant_id=uuid7())
    shown = StringIO()
    rows = await ask(database.admin, "partitions")
    show(Console(file=shown, force_terminal=True, width=200, color_system="standard"), "partitions", rows)
    text = shown.getvalue()
    assert "\x1b[1;31mits events lie in the default partition" in text
    assert text.count("\x1b[32mok") == len(rows) - 1
    sizes = [row["total_size"] for row in rows if row["total_size"] is not None]
    assert len(sizes) == len(rows) - 1
    assert all(re.fullmatch(r"\d+ kB", size) and size in text for size in sizes)
    assert not any(f"{row['total_bytes']:,}" in text for row in rows if row["total_bytes"])
    assert comment("partitions").partition("\n")[0] in text


async def test_an_empty_answer_says_so(database: Database) -> None:
    shown = StringIO()
    show(Console(file=shown, width=200), "locks", await ask(database.admin, "locks"))
    assert "Nothing." in shown.getvalue()


async def test_times_and_figures_survive_json(database: Database) -> None:
    rows = json.loads(json.dumps(plain(await ask(database.admin, "connections"))))
    assert datetime.fromisoformat(rows[0]["last_active_at"]).tzinfo is not None
    outbox = json.loads(json.dumps(plain(await ask(database.admin, "outbox"))))
    assert outbox[0]["oldest_seconds"] == 0


async def test_an_unknown_question_is_refused_with_those_that_there_are(database: Database) -> None:
    with pytest.raises(Refused, match=r"no question '\.\./outbox'; there are: bloat, connections"):
        await ask(database.admin, "../outbox")
