"""Real servers for the whole run, a fresh database and topic for each test."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from free_ports import free_port
from healz.kafka import ensure_topic
from healz_db.apply import ToApply, bring_up
from healz_db.migrations import read_tree
from healz_local.kafka import Kafka
from healz_local.postgres import Postgres
from system import Database, Servers, System, newest_version

ROOT = Path(__file__).resolve().parents[1]
REAL_APPOINTMENTS = ROOT.parent / "shared" / "data" / "appointments_vitoria_2016.csv"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Kafka of this run alone, on free ports; or those that HEALZ_TEST_… name."""
    home = ROOT / ".local" / "test" / str(os.getpid())
    postgres = kafka = None
    if not (database_url := os.environ.get("HEALZ_TEST_DATABASE_URL")):
        postgres = Postgres(home, free_port())
        postgres.start()
        database_url = postgres.url(database="postgres")
    if not (bootstrap_servers := os.environ.get("HEALZ_TEST_KAFKA_BOOTSTRAP_SERVERS")):
        kafka = Kafka(home, free_port(), free_port())
        kafka.start()
        bootstrap_servers = kafka.bootstrap_servers
    servers = Servers(database_url, bootstrap_servers, postgres, kafka)
    try:
        asyncio.run(_make_template(servers))
        yield servers
    finally:
        for part in (kafka, postgres):
            if part is not None:
                part.destroy()
        shutil.rmtree(home, ignore_errors=True)


_months: dict[str, str] = {}
"""{template: the month in which it was made}: it has partitions from that month on."""


async def _make_template(servers: Servers) -> None:
    """A migrated database; each test's own is a copy of it. At the turn of the month another one is made."""
    if _months.get(servers.template) == (month := f"{datetime.now(UTC):%Y-%m}"):
        return
    connection = await asyncpg.connect(servers.database_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{servers.template}"')
        await connection.execute(f'CREATE DATABASE "{servers.template}"')
    finally:
        await connection.close()
    migrated = await asyncpg.connect(servers.url("healz_admin", servers.template))
    try:
        await bring_up(migrated, read_tree(), lambda _: None, lock_wait_seconds=60, wanted=ToApply(to=newest_version()))
    finally:
        await migrated.close()
    _months[servers.template] = month


@asynccontextmanager
async def fresh_database(servers: Servers) -> AsyncIterator[Database]:
    """A migrated, empty database; dropped afterwards."""
    await _make_template(servers)
    async with _created(servers, f' TEMPLATE "{servers.template}"') as database:
        # A copy has every right that its template has, but for those on the database itself.
        await database.admin.execute("CALL ops.close_to_public()")
        yield database


@asynccontextmanager
async def _created(servers: Servers, like: str = "") -> AsyncIterator[Database]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(servers.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"{like}')
    await admin.close()
    database = Database(servers, name, await asyncpg.connect(servers.url("healz_admin", name)))
    try:
        yield database
    finally:
        await database.admin.close()
        admin = await asyncpg.connect(servers.database_url)
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest.fixture
async def empty_database(servers: Servers) -> AsyncIterator[Database]:
    """A database that knows nothing yet; the test's own."""
    async with _created(servers) as database:
        yield database


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Database]:
    """The test's own."""
    async with fresh_database(servers) as database:
        yield database


@pytest.fixture
async def topic(servers: Servers) -> str:
    """A fresh topic of the contract's shape."""
    name = f"healz.events.{uuid.uuid4().hex[:12]}"
    await ensure_topic(servers.bootstrap_servers, name)
    return name


@pytest.fixture
async def system(servers: Servers, database: Database, topic: str, tmp_path: Path) -> AsyncIterator[System]:
    """Healz's processes, started one by one by the test, on this test's database and topic; ended after it."""
    system = System(servers, database, topic, tmp_path, free_port())
    try:
        yield system
    finally:
        await system.close()
