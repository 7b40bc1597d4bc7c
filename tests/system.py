"""Healz as a test drives it: real processes, an HTTP client, admin's eyes on the database and the topic."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from pydantic_settings import BaseSettings
from uuid_utils.compat import uuid7

from healz.events import Recorded, read_envelope
from healz.read_models import READ_MODELS
from healz_db.migrations import read_tree
from healz_local.kafka import Kafka
from healz_local.postgres import Postgres
from healz_local.tokens import ISSUER, SAY_THEIR_CLINICS, Clinics, issue_token
from started import Started

Settings = TypeVar("Settings", bound=BaseSettings)

SCRIPTS = Path(sys.executable).parent
SECRET = "a-development-secret-for-tests-alone"
WAIT_SECONDS = 60.0
"""For what comes a moment later; on a machine several times slower, and busy, too."""
PROJECTORS = tuple(f"projector-{name}" for name in READ_MODELS)
SERVICES = ("command-api", "relay", *PROJECTORS)


def newest_version() -> str:
    """The version up to which the schema goes: the last one, or, on request, the last before any contract.

    This release has to run on both: a contract comes some time after the release that no longer needs what it drops.
    """
    migrations = read_tree().migrations
    if os.environ.get("HEALZ_TEST_WITHOUT_CONTRACTS"):
        migrations = list(takewhile(lambda migration: migration.change == "expand", migrations))
    return migrations[-1].version


@dataclass(frozen=True)
class Servers:
    """The run's PostgreSQL and Kafka. The objects are None for servers that were named from outside."""

    database_url: str
    bootstrap_servers: str
    postgres: Postgres | None
    kafka: Kafka | None
    template: str = f"healz_template_{os.getpid()}"

    def url(self, role: str, database: str) -> str:
        parts = urlsplit(self.database_url)
        host = parts.netloc.rpartition("@")[2]
        user = parts.netloc.rpartition("@")[0] if role == "healz_admin" else role
        return urlunsplit(parts._replace(netloc=f"{user}@{host}", path=f"/{database}"))

    @asynccontextmanager
    async def without_kafka(self) -> AsyncIterator[None]:
        """The broker is stopped meanwhile, and always started again."""
        if self.kafka is None:
            pytest.skip("stops the broker: needs the run's own, not one that HEALZ_TEST_KAFKA_BOOTSTRAP_SERVERS names")
        await asyncio.to_thread(self.kafka.stop)
        try:
            yield
        finally:
            await asyncio.to_thread(self.kafka.start)

    @asynccontextmanager
    async def without_postgres(self, *, crash: bool = False) -> AsyncIterator[None]:
        """PostgreSQL is stopped (or killed) meanwhile, and always started again; ``Database.reconnect`` follows."""
        if self.postgres is None:
            pytest.skip("stops PostgreSQL: needs the run's own, not one that HEALZ_TEST_DATABASE_URL names")
        await asyncio.to_thread(self.postgres.kill if crash else self.postgres.stop)
        try:
            yield
        finally:
            await asyncio.to_thread(self.postgres.start)


@dataclass
class Database:
    """One test's database; ``admin`` is a connection of the superuser, whom no policy binds."""

    servers: Servers
    name: str
    admin: asyncpg.Connection

    def url(self, role: str) -> str:
        return self.servers.url(role, self.name)

    async def reconnect(self) -> None:
        """A new admin connection, after the server was away."""
        self.admin.terminate()
        self.admin = await asyncpg.connect(self.url("healz_admin"))

    async def log(self, tenant_id: UUID) -> list[Recorded]:
        """The tenant's log, in order."""
        rows = await self.admin.fetch(
            "SELECT event_store.envelope(e) FROM event_store.events e WHERE tenant_id = $1 ORDER BY position", tenant_id
        )
        return [read_envelope(row[0]) for row in rows]

    async def checkpoints(self, schema: str) -> dict[UUID, int]:
        rows = await self.admin.fetch(f"SELECT tenant_id, position FROM {schema}.checkpoint")
        return {row["tenant_id"]: row["position"] for row in rows}

    async def events(self) -> int:
        """How many there are, of all tenants."""
        count: int = await self.admin.fetchval("SELECT count(*) FROM event_store.events")
        return count

    async def heads(self) -> dict[UUID, int]:
        rows = await self.admin.fetch("SELECT tenant_id, position FROM event_store.tenant_log WHERE position > 0")
        return {row["tenant_id"]: row["position"] for row in rows}


@dataclass
class System:
    """The processes of one test."""

    servers: Servers
    database: Database
    topic: str
    folder: Path
    api_port: int
    tenant_id: UUID = field(default_factory=uuid7)
    processes: list[Started] = field(default_factory=list)
    settings: dict[str, str | None] = field(default_factory=dict)
    """Extra environment for processes started from now on; None takes a variable away."""

    def environment(self, name: str) -> dict[str, str]:
        role = {"command-api": "healz_command", "relay": "healz_relay"}.get(name) or "healz_" + name.replace("-", "_")
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        variables = kept | {
            "DATABASE_URL": self.database.url(role),
            "READER_DATABASE_URL": self.database.url("healz_reader"),
            "KAFKA_BOOTSTRAP_SERVERS": self.servers.bootstrap_servers,
            "HEALZ_TOPIC": self.topic,
            "HEALZ_TRANSACTIONAL_ID": f"relay-{self.topic}",
            "HEALZ_CONSUMER_GROUP": f"{name}-{self.topic}",
            "HEALZ_API_PORT": str(self.api_port),
            "HEALZ_REQUESTS_PER_MINUTE_MAX": "10000000",
            "HEALZ_JWT_DEVELOPMENT_SECRET": SECRET,
            "HEALZ_JWT_ISSUER": ISSUER,
            "HEALZ_IDENTITY_KEY": "an-identity-key-for-tests",
            "HEALZ_RELAY_DOORS": f"127.0.0.1:{self.api_port}",
            "HEALZ_RELAY_PORT": str(self.api_port),
            "HEALZ_RECONCILE_INTERVAL_MS": "500",
            # A busy machine is late, and that is nobody's fault: a test that is about one of these says so.
            "HEALZ_MIN_POSITION_WAIT_SECONDS": "25",
            "HEALZ_TURN_WAIT_SECONDS_MAX": "25",
            **self.settings,
        }
        return {key: value for key, value in variables.items() if value is not None}

    def settings_of(self, kind: type[Settings], name: str, **more: Any) -> Settings:
        """The settings that process ``name`` would have, for a part of it that runs in this process."""
        named = {key.lower(): value for key, value in self.environment(name).items()}
        return kind(**({key: value for key, value in named.items() if key in kind.model_fields} | more))

    def start(self, name: str) -> Started:
        """Starts one process; its log goes to a file of the test's own."""
        log = self.folder / f"{name}-{len(self.processes)}.log"
        service = Started(name, environment=self.environment(name), output=log)
        self.processes.append(service)
        return service

    async def end(self, process: Started, how: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal and waits; returns the exit code."""
        process.send_signal(how)
        return await asyncio.to_thread(process.wait, WAIT_SECONDS)

    async def start_all(self) -> None:
        """Everything, and waits until the API is ready."""
        for name in SERVICES:
            self.start(name)
        await self.ready()

    async def ready(self) -> None:
        async with self.client() as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(is_ready)

    async def readiness(self, **wanted: Any) -> None:
        """Once /health/ready says so; a look of it is good for a second."""
        async with self.client() as client:

            async def says_so() -> bool:
                said = (await client.get("/health/ready")).json()
                return all(said.get(name) == value for name, value in wanted.items())

            await eventually(says_so)

    def client(
        self,
        role: str = "admin",
        *,
        tenant_id: UUID | None = None,
        clinics: list[UUID] | None = None,
        user_id: UUID | None = None,
    ) -> httpx.AsyncClient:
        """An HTTP client with a token of this role; without ``clinics`` of all of them, where the role can say so.

        Each is another user's, where none is named.
        """
        said: Clinics = "all" if clinics is None and role in SAY_THEIR_CLINICS else clinics or []
        token = issue_token(SECRET, tenant_id or self.tenant_id, role, clinics=said, subject=str(user_id or uuid7()))
        return self.client_with(token)

    def client_with(self, token: str) -> httpx.AsyncClient:
        """An HTTP client with this very token."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.api_port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            limits=httpx.Limits(max_connections=100),
            trust_env=False,
        )

    async def caught_up(self, *schemas: str, seconds: float = WAIT_SECONDS) -> None:
        """Returns once these read models (all, where none is named) have got to every tenant's head."""

        async def done() -> bool:
            heads = await self.database.heads()
            return all([await self.database.checkpoints(schema) == heads for schema in schemas or READ_MODELS])

        await eventually(done, seconds=seconds)

    async def outbox_empty(self, seconds: float = WAIT_SECONDS) -> None:
        async def empty() -> bool:
            return not await self.database.admin.fetchval("SELECT EXISTS (SELECT FROM event_store.outbox)")

        await eventually(empty, seconds=seconds)

    async def records(self) -> list[ConsumerRecord[bytes, bytes]]:
        """All that a read_committed consumer sees in the topic now, partition by partition, in order."""
        return await read_topic(self.servers.bootstrap_servers, self.topic)

    async def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()

    def logs(self) -> str:
        """All logs so far, for a failed assertion."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-4000:]}" for log in sorted(self.folder.glob("*.log")))


async def read_topic(bootstrap_servers: str, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
    """All committed records of a topic, up to its high watermarks at the call."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    looking = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, enable_auto_commit=False)
    await consumer.start()
    await looking.start()
    try:

        async def knows_the_topic() -> bool:
            return bool(consumer.assignment())

        await eventually(knows_the_topic)
        partitions = sorted(consumer.assignment())
        ends = await looking.end_offsets(partitions)
        records: list[ConsumerRecord[bytes, bytes]] = []
        give_up_at = time.monotonic() + 60
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            assert time.monotonic() < give_up_at, "a partition's end can't be reached: is a transaction open?"
            for batch in (await consumer.getmany(timeout_ms=100)).values():
                records += batch
        return records
    finally:
        await consumer.stop()
        await looking.stop()


async def eventually(done: Callable[[], Awaitable[bool]], *, seconds: float = WAIT_SECONDS) -> None:
    """Returns once ``done`` says so. Raises AssertionError when it doesn't in time."""
    give_up_at = time.monotonic() + seconds
    while not await done():
        assert time.monotonic() < give_up_at, f"not within {seconds} s"
        await asyncio.sleep(0.02)


async def until_refused(ask: Callable[[], Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """Asks until the rate limit refuses, the last answer: on a slow machine, what is asked is given back meanwhile."""
    answers = [await ask()]
    while answers[-1].status_code != 429:
        assert len(answers) < 1000, "a thousand are answered, and none refused"
        answers.append(await ask())
    return answers


def data_of(record: ConsumerRecord[bytes, bytes]) -> dict[str, Any]:
    """The envelope in a record."""
    envelope: dict[str, Any] = json.loads(record.value)["data"]
    return envelope


def in_days(days: float) -> str:
    """RFC 3339, UTC, so many days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


_phones = count(secrets.randbelow(10**8))


def new_phone() -> str:
    """A mobile number that nobody else has."""
    return f"+5527{9 * 10**8 + next(_phones) % 10**8}"


@dataclass(frozen=True)
class Clinic:
    """A clinic and a doctor who works there."""

    clinic_id: UUID
    doctor_id: UUID


async def put_clinic(client: httpx.AsyncClient, clinic_id: UUID | None = None) -> Clinic:
    """Reference data for a clinic with one doctor; ``client`` is an admin's."""
    clinic = Clinic(clinic_id or uuid7(), uuid7())
    for path, body in (
        (f"/v1/clinics/{clinic.clinic_id}", {"name": "Clínica Goiabeiras"}),
        (f"/v1/doctors/{clinic.doctor_id}", {"full_name": "Dra. Ana Conceição", "clinic_ids": [str(clinic.clinic_id)]}),
    ):
        (await client.put(path, json=body)).raise_for_status()
    return clinic


async def register(client: httpx.AsyncClient, **fields: Any) -> UUID:
    """A new patient; returns the id."""
    answer = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "João da Conceição"} | fields)
    answer.raise_for_status()
    return UUID(answer.json()["id"])


async def book(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic, *, days: float = 1, **fields: Any) -> UUID:
    """A new appointment so many days from now; returns the id."""
    body = {
        "patient_id": str(patient_id),
        "clinic_id": str(clinic.clinic_id),
        "doctor_id": str(clinic.doctor_id),
        "scheduled_for": in_days(days),
        "appointment_type": "first_visit",
    }
    answer = await client.post("/v1/appointments", json=body | fields)
    answer.raise_for_status()
    return UUID(answer.json()["id"])
