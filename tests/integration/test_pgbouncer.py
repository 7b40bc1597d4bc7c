"""Behind a PgBouncer in transaction mode: each transaction may get another session, and nobody notices."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds, read_models_equal_fold, topic_equals_log
from counted import read_models_agree_with_counts
from free_ports import free_port
from healz.postgres import create_pool
from healz.read_models import READ_MODELS
from healz.settings import PostgresSettings
from pgbouncer import QUEUE_SECONDS, SESSIONS, PgBouncer, Pooled
from system import SCRIPTS, SERVICES, WAIT_SECONDS, Database, Servers, System, eventually, new_phone, register
from traffic import Traffic, amid, answered, new_seed, traffic, write

ROLES = ["command", "reader", *(f"projector_{schema}" for schema in READ_MODELS)]
CLIENTS = 60
NOISE_SECONDS = 10
"""Of a busy machine."""
READ_MIN = 300
"""Less read would prove nothing."""
SESSIONS_OF = """
SELECT usename, count(*)
  FROM pg_stat_activity
 WHERE datname = current_database() AND usename LIKE 'healz\\_%' AND usename NOT IN ('healz_admin', 'healz_relay')
 GROUP BY usename
"""


@pytest.fixture
def pgbouncer(servers: Servers, tmp_path: Path) -> Iterator[PgBouncer]:
    pgbouncer = PgBouncer(servers, tmp_path, free_port())
    pgbouncer.start()
    try:
        yield pgbouncer
    finally:
        pgbouncer.kill()


@pytest.fixture
async def pooled(
    servers: Servers, database: Database, topic: str, tmp_path: Path, pgbouncer: PgBouncer
) -> AsyncIterator[Pooled]:
    system = Pooled(servers, database, topic, tmp_path, free_port(), pgbouncer=pgbouncer)
    try:
        yield system
    finally:
        await system.close()


def settings(url: str) -> PostgresSettings:
    return PostgresSettings(database_url=url, healz_pgbouncer=True)


async def all_is_exact(system: System, day: list[Traffic]) -> None:
    """What was answered is in the log, and log, topic and read models say the same."""
    await system.caught_up()
    await system.outbox_empty()
    stored = {str(row[0]) for row in await system.database.admin.fetch("SELECT event_id FROM event_store.events")}
    assert answered(day) <= stored, "an event that was answered is gone"
    await log_holds(system.database)
    await topic_equals_log(system)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def read_own_and_others(own: Traffic, other: Traffic, patients: int) -> int:
    """One round of a tenant's reader: all that it sees is its own, and the other tenant's does not exist for it.

    Of each tenant the first so many ``patients`` are in the read models. Returns how many requests that were.
    """
    mine, theirs = own.rng.choice(own.patients[:patients]), other.rng.choice(other.patients[:patients])
    found, hidden, history, listed = await asyncio.gather(
        own.client.get(f"/v1/patients/{mine}"),
        own.client.get(f"/v1/patients/{theirs}"),
        own.client.get(f"/v1/patients/{theirs}/history"),
        own.client.get("/v1/patients?limit=200"),
    )
    assert (found.status_code, hidden.status_code, history.status_code) == (200, 404, 404), (
        f"{found.text}\n{hidden.text}\n{history.text}"
    )
    assert found.json()["patient_id"] == str(mine)
    listed.raise_for_status()
    ids = {UUID(patient["patient_id"]) for patient in listed.json()["items"]}
    assert ids
    assert ids.isdisjoint(other.patients)
    return 4


async def test_two_tenants_at_once_over_three_sessions_never_mix(pooled: Pooled) -> None:
    await pooled.start_all()
    most: Counter[str] = Counter()
    over = asyncio.Event()
    patients = 20
    read = 0

    async def count_sessions() -> None:
        while not over.is_set():
            for role, count in await pooled.database.admin.fetch(SESSIONS_OF):
                most[role] = max(most[role], count)
            # The pace of asking again.
            await asyncio.sleep(0.05)

    async with traffic(pooled, seed=new_seed(), tenants=2, patients=patients) as day:
        await pooled.caught_up()
        looking = asyncio.create_task(count_sessions())
        writing = asyncio.create_task(write(day, events=900, writers=CLIENTS // 2))

        async def reader(own: Traffic, other: Traffic) -> None:
            nonlocal read
            while not writing.done() or read < READ_MIN:
                requests = await read_own_and_others(own, other, patients)
                read += requests

        pairs = [(day[0], day[1]), (day[1], day[0])]
        await asyncio.gather(writing, *(reader(*pairs[n % 2]) for n in range(CLIENTS // 8)))
        # Not cancelled amid a question: others ask over the same connection afterwards.
        over.set()
        await looking
        assert not any(traffic.failures for traffic in day), [traffic.failures[:3] for traffic in day]

    assert most.keys() == {f"healz_{role}" for role in ROLES}
    assert max(most.values()) <= SESSIONS, f"somebody went past PgBouncer: {most}"
    assert most["healz_command"] == most["healz_reader"] == SESSIONS, f"too little happened at once: {most}"
    await all_is_exact(pooled, day)
    assert answered(day) == {
        str(row[0]) for row in await pooled.database.admin.fetch("SELECT event_id FROM event_store.events")
    }


async def test_pgbouncer_is_killed_under_load_and_all_goes_on_without_a_restart(pooled: Pooled) -> None:
    processes = {name: pooled.start(name) for name in SERVICES}
    await pooled.ready()
    async with traffic(pooled, seed=new_seed(), tenants=2, clinics=1) as day, pooled.client() as client:
        await write(day, events=200)
        writing = asyncio.create_task(write(day, events=900))
        # So that requests meet the restart.
        await amid(day, 300)
        pooled.pgbouncer.kill()
        answer = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Rita"})
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:healz:problem:unavailable")
        await eventually(partial(is_not_ready, client))
        pooled.pgbouncer.start()
        await asyncio.wait_for(writing, 2 * WAIT_SECONDS)
        assert all(traffic.answers.keys() <= {"done", "503"} | rules(traffic) for traffic in day), [
            traffic.failures[:3] for traffic in day
        ]
        assert sum(traffic.answers["503"] for traffic in day) > 0

    await all_is_exact(pooled, day)
    assert {name: process.poll() for name, process in processes.items()} == dict.fromkeys(SERVICES), pooled.logs()


async def is_not_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 503


def rules(traffic: Traffic) -> set[str]:
    """Refusals by a rule of the clinic's: words, where others are numbers."""
    return {answer for answer in traffic.answers if not answer.isdigit()}


async def test_what_one_transaction_sets_no_other_sees(pgbouncer: PgBouncer, database: Database) -> None:
    pool = await create_pool(settings(pgbouncer.url(database.url("healz_reader"))), "test")
    sessions: set[int] = set()
    # Twice as many as the pool has connections: on a slow machine 400 at once would wait too long for one.
    few = asyncio.Semaphore(40)

    async def transaction(n: int) -> None:
        tenant_id = uuid7()
        async with few, pool.acquire() as connection:
            async with connection.transaction():
                assert await connection.fetchval("SELECT ops.current_tenant()") is None
                await connection.execute("SELECT ops.enter_tenant($1)", tenant_id)
                sessions.add(await connection.fetchval("SELECT pg_backend_pid()"))
                # Readers of different paces, so that sessions change hands.
                await asyncio.sleep(0.001 * (n % 3))
                [seen] = await connection.fetch("SELECT ops.current_tenant(), $1::uuid[], $2::text[]", [tenant_id], [])
                assert tuple(seen) == (tenant_id, [tenant_id], [])
            assert await connection.fetchval("SELECT ops.current_tenant()") is None

    try:
        await asyncio.gather(*(transaction(n) for n in range(400)))
    finally:
        await pool.close()
    assert len(sessions) == SESSIONS


@pytest.mark.parametrize("role", ROLES)
async def test_the_roles_timeouts_hold_through_it(pgbouncer: PgBouncer, database: Database, role: str) -> None:
    pool = await create_pool(settings(pgbouncer.url(database.url(f"healz_{role}"))), "test")
    names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit", "TimeZone"]
    try:
        assert [await pool.fetchval(f"SHOW {name}") for name in names] == ["10s", "5s", "30s", "off", "UTC"]
    finally:
        await pool.close()


async def test_a_statement_given_up_ends_in_postgresql_too(pgbouncer: PgBouncer, database: Database) -> None:
    pool = await create_pool(settings(pgbouncer.url(database.url("healz_reader"))), "test")
    try:
        with pytest.raises(TimeoutError):
            await pool.fetchval("SELECT pg_sleep(60)", timeout=0.3)
        assert await pool.fetchval("SELECT 1") == 1

        async def none_sleeps() -> bool:
            asleep = (
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'"
            )
            return not await database.admin.fetchval(asleep + " AND pid <> pg_backend_pid())")

        # Long before it would end by itself.
        await eventually(none_sleeps, seconds=30)
    finally:
        await pool.close()


async def test_nobody_waits_for_a_session_or_a_lock_for_ever(pooled: Pooled) -> None:
    api = pooled.start("command-api")
    await pooled.ready()
    async with AsyncExitStack() as clients:
        # Tenants of their own: commits of one share a session.
        several = [await clients.enter_async_context(pooled.client(tenant_id=uuid7())) for _ in range(4 * SESSIONS)]
        await register(several[0])
        async with pooled.database.admin.transaction():
            await pooled.database.admin.execute("LOCK TABLE event_store.tenant_log IN ACCESS EXCLUSIVE MODE")
            body = {"full_name": "Rita"}
            requests = [client.post("/v1/patients", json=body | {"phone": new_phone()}) for client in several]
            # The first wait for the lock, for the role's five seconds; others for a session, as PgBouncer allows; and
            # who has stood in line meanwhile gets a session then, and waits for the lock.
            answers = await asyncio.wait_for(asyncio.gather(*requests), 2 * 5 + 2 * QUEUE_SECONDS + NOISE_SECONDS)
        assert {answer.status_code for answer in answers} == {503}, [answer.text for answer in answers]
        for reason in ("LockNotAvailableError", "query_wait_timeout"):
            assert reason in api.output.read_text()
        await register(several[0])


async def test_of_two_relays_behind_it_one_leads_and_its_work_goes_on_when_it_is_killed(
    system: System, servers: Servers, tmp_path: Path
) -> None:
    pgbouncer = PgBouncer(servers, tmp_path, free_port())
    pgbouncer.start()
    try:
        system.start("command-api")
        direct = dict(system.settings)
        system.settings |= {
            "HEALZ_PGBOUNCER": "true",
            "HEALZ_RELAY_LEASE_SECONDS": "2",
            "DATABASE_URL": pgbouncer.url(system.database.url("healz_relay")),
        }
        relays = [system.start("relay"), system.start("relay")]
        system.settings = direct
        await system.ready()
        async with system.client() as client:
            await register(client)
            await system.outbox_empty()
            logs = [(system.folder / f"relay-{1 + n}.log").read_text() for n in range(2)]
            assert sorted('"leading"' in log for log in logs) == [False, True]
            leader = relays[0] if '"leading"' in logs[0] else relays[1]
            # The pooler keeps the session, so the lease has to expire.
            await system.end(leader, signal.SIGKILL)
            await register(client)
            await system.outbox_empty()
        await topic_equals_log(system)
    finally:
        pgbouncer.kill()


async def test_a_sweep_behind_a_pooler_finds_out_and_sends_nothing(
    system: System, servers: Servers, tmp_path: Path
) -> None:
    ignored = "statement_timeout,jit"
    pgbouncer = PgBouncer(servers, tmp_path, free_port(), ignored=ignored)
    pgbouncer.start()
    url = pgbouncer.url(system.database.url("healz_sweeper"))
    try:
        environment = system.environment("command-api") | {"SWEEPER_DATABASE_URL": url}
        process = await asyncio.create_subprocess_exec(
            str(SCRIPTS / "healz-sweep"), "follow-up", env=environment, stderr=asyncio.subprocess.PIPE
        )
        _, log = await process.communicate()
        assert process.returncode == 2
        assert "leads through a pooler" in log.decode()
    finally:
        pgbouncer.kill()
