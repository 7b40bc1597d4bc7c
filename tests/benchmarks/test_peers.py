"""How fast others append, beside pgbench: one event a commit, a new stream each, 8 writers in one process, fsync on."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from uuid_utils.compat import uuid7

from benchmarks import message_db, pgbench
from benchmarks.conftest import Tell
from benchmarks.figures import Measure, in_turn
from benchmarks.histories import IDENTITY_KEY, KEY_LIFETIME
from benchmarks.registrations import rate, registrations
from benchmarks.sizes import SIZES
from command_api.event_store import EventStore
from system import Database

pytestmark = [pytest.mark.benchmark, pytest.mark.peers]

WRITERS = 8
COMMITS_MAX = 20_000
RATIO_MIN = 0.005
NAME = "pgbench, one INSERT, 8 clients"
MESSAGE = json.dumps({"phone": "+5527900000000", "full_name": "João da Conceição"})


async def test_peers(database: Database, pool: asyncpg.Pool, tell: Tell) -> None:
    """Append, 8 writers, beside other event stores"""
    await database.admin.execute(pgbench.TABLE)
    store = EventStore(pool, IDENTITY_KEY, KEY_LIFETIME)
    tenant_id = uuid7()

    async def baseline() -> float:
        return await pgbench.commits_per_second(database.url("healz_admin"), WRITERS, SIZES.seconds)

    async def ours() -> float:
        return await rate(store.append, registrations([tenant_id], COMMITS_MAX), WRITERS, SIZES.seconds)

    await compare("Healz, all guards, one tenant", ours, baseline, tell)
    await compare("eventsourcing, its aggregate and application", library(database), baseline, tell)
    try:
        await message_db.install(database.admin)
    except message_db.NotToBeHad as missing:
        pytest.skip(f"message-db was left out: {missing}")
    settings = {"search_path": "message_store, public"}
    url = database.url("healz_admin")
    async with asyncpg.create_pool(url, min_size=WRITERS, max_size=WRITERS, server_settings=settings) as writing:

        async def write(_: None) -> None:
            await writing.fetchval(message_db.WRITE, str(uuid7()), f"patient-{uuid7()}", MESSAGE)

        async def messages() -> float:
            return await rate(write, repeat(None), WRITERS, SIZES.seconds)

        await compare("message-db, one category", messages, baseline, tell)


async def compare(what: str, ours: Measure, baseline: Measure, tell: Tell) -> None:
    await ours()
    theirs, rates = await in_turn(baseline, ours)
    tell(what, "commits/s", rates, RATIO_MIN, NAME, theirs)


class Patient(Aggregate):
    """As the library's own examples have one."""

    @event("Registered")
    def __init__(self, phone: str, full_name: str) -> None:
        self.phone = phone
        self.full_name = full_name


def library(database: Database) -> Measure:
    """Commits per second of eventsourcing, in as many threads as there are writers."""
    address = urlsplit(database.url("healz_admin"))
    settings = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": database.name,
        "POSTGRES_HOST": str(address.hostname),
        "POSTGRES_PORT": str(address.port),
        "POSTGRES_USER": "healz_admin",
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_POOL_SIZE": str(WRITERS),
    }

    def write(application: Any, until: float) -> int:
        done = 0
        while time.perf_counter() < until:
            application.save(Patient(phone="+5527900000000", full_name="João da Conceição"))
            done += 1
        return done

    def measure() -> float:
        application: Any = Application(settings)
        try:
            with ThreadPoolExecutor(WRITERS) as threads:
                started = time.perf_counter()
                until = started + SIZES.seconds
                done = sum(threads.map(lambda _: write(application, until), range(WRITERS)))
                return done / (time.perf_counter() - started)
        finally:
            application.close()

    return lambda: asyncio.to_thread(measure)
