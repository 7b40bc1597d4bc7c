"""A tenant moves to another cluster and back, as docs/day-2.md says, while its neighbour goes on: both stores and both
topics have the same log, byte for byte.
"""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from uuid_utils.compat import uuid7

import postgres_programs
from always_true import log_holds, read_models_equal_fold, topic_equals_log
from conftest import fresh_database
from free_ports import free_port
from healz.kafka import ensure_topic
from past import post, visit
from started import Started
from system import Clinic, Servers, System, new_phone, register
from traffic import going_on, new_seed, traffic, write

PAGE = Path(__file__).parents[2] / "docs" / "day-2.md"
REFUSED_SECONDS_MAX = 10
WHY = "on its way to other servers"


@dataclass
class Clerk:
    """Writes what has no event (clinics, doctors, rules) and what has, again and again, where a tenant leaves."""

    client: httpx.AsyncClient
    clinic: Clinic
    patient_id: UUID
    kept: dict[str, Any] = field(default_factory=dict)
    """By address: what was answered as kept, the last."""
    refused: set[str] = field(default_factory=set)

    async def write(self, ended: asyncio.Event) -> None:
        for number in count(1):
            if ended.is_set():
                return
            name = f"Conceição {number}"
            rules = {"silence_days_min": 2 + number % 10}
            await self._send("PATCH", f"/v1/clinics/{self.clinic.clinic_id}", {"name": name})
            await self._send("PATCH", f"/v1/doctors/{self.clinic.doctor_id}", {"full_name": name})
            await self._send("PUT", "/v1/tenant", {"name": name, "time_zone": "America/Bahia", "journey_rules": rules})
            await self._send("PUT", f"/v1/patients/{self.patient_id}/contact", {"full_name": name})
            await asyncio.sleep(0.02)  # the pace of a clerk

    async def _send(self, method: str, path: str, body: dict[str, Any]) -> None:
        answer = await self.client.request(method, path, json=body)
        if answer.is_success:
            assert path not in self.refused, "it was open again"
            self.kept[path] = body
        else:
            assert (answer.status_code, WHY in answer.json()["detail"]) == (503, True), answer.text
            self.refused.add(path)


@asynccontextmanager
async def writing(system: System, tenant_id: UUID, clinic: Clinic) -> AsyncIterator[Clerk]:
    """A clerk at work as long as the block lasts: on what is closed meanwhile, and has to be where the tenant goes."""
    async with system.client(tenant_id=tenant_id) as client:
        clerk, ended = Clerk(client, clinic, await register(client)), asyncio.Event()
        work = asyncio.create_task(clerk.write(ended))
        try:
            while len(clerk.kept) < 4:
                await asyncio.sleep(0.01)  # the pace of looking
            yield clerk
        finally:
            ended.set()
            await work


async def holds(system: System, tenant_id: UUID, kept: dict[str, Any]) -> None:
    """What was answered as kept, and has no event, is there."""
    async with system.client(tenant_id=tenant_id) as client:
        for path, body in kept.items():
            if not path.endswith("/contact"):
                found = (await client.get(path)).json()
                assert {name: found[name] for name in body} == body


def steps() -> list[str]:
    """The page's own commands: close, copy, compare, open."""
    section = PAGE.read_text().partition("**To another cluster**")[2].partition("\n## ")[0]
    blocks = re.findall(r"^ *```\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    return [re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in blocks]


@pytest.fixture
async def other(servers: Servers, tmp_path: Path) -> AsyncIterator[System]:
    """The other cluster: a database, a topic and processes of its own."""
    topic = f"healz.events.{uuid7().hex[-12:]}"
    await ensure_topic(servers.bootstrap_servers, topic)
    folder = tmp_path / "other"
    folder.mkdir()
    async with fresh_database(servers) as database:
        found = System(servers, database, topic, folder, free_port())
        try:
            yield found
        finally:
            await found.close()


async def typed(commands: str, old: System, new: System, tenant_id: UUID) -> None:
    """As an administrator would."""
    environment = {
        "PATH": f"{postgres_programs.folder()}:{os.environ['PATH']}",
        "OLD": old.database.url("healz_admin"),
        "NEW": new.database.url("healz_admin"),
        "TENANT": str(tenant_id),
    }
    command = ["bash", "-eu", "-o", "pipefail", "-c", commands]
    done = await asyncio.to_thread(
        lambda: subprocess.run(command, env=environment, cwd=old.folder, capture_output=True, check=False, timeout=60)
    )
    assert done.returncode == 0, done.stderr.decode()


async def republish(system: System, tenant_id: UUID) -> None:
    log = system.folder / f"republish-{len(list(system.folder.iterdir()))}.log"
    done = Started(
        "relay", ["republish", "--tenant", str(tenant_id)], environment=system.environment("relay"), output=log
    )
    assert await asyncio.to_thread(done.wait, 60) == 0, log.read_text()


async def move(old: System, new: System, tenant_id: UUID, clinic: Clinic) -> None:
    close, copy, compare, opened = steps()
    await typed(close, old, new, tenant_id)
    async with asyncio.timeout(REFUSED_SECONDS_MAX), old.client(tenant_id=tenant_id) as client:
        refused = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana"})
        assert (refused.status_code, WHY in refused.text) == (503, True), refused.text
        assert "Retry-After" in refused.headers
    async with old.client("import", tenant_id=tenant_id) as client:
        sent = await post(client, [visit(clinic)], "agenda")
        assert (sent.status_code, WHY in sent.text) == (503, True), sent.text
    async with old.client(tenant_id=tenant_id) as client:
        assert (await client.get("/v1/patients?limit=1")).status_code == 200, "queries go on"
    # What compares, and copies, are one script: the variables of one step are there in the next.
    await typed("\n".join((copy, compare)), old, new, tenant_id)
    await typed(opened, old, new, tenant_id)
    await republish(new, tenant_id)


async def in_topic(system: System, tenant_id: UUID) -> list[bytes]:
    key = str(tenant_id).encode()
    return [record.value or b"" for record in await system.records() if record.key == key]


async def test_a_tenant_moves_to_another_cluster_and_back(system: System, other: System) -> None:
    tenant_id = system.tenant_id
    await asyncio.gather(system.start_all(), other.start_all())
    async with traffic(system, seed=new_seed(), tenants=2, patients=8, clinics=1) as (moved, neighbour):
        await write([moved, neighbour], events=200)
        body = {"phone": new_phone(), "full_name": "José Conceição"}
        key = {"Idempotency-Key": "before-the-move"}
        first = await moved.client.post("/v1/patients", json=body, headers=key)
        assert first.status_code == 201
        async with going_on([neighbour]):
            async with writing(system, tenant_id, moved.clinics[0]) as clerk:
                await move(system, other, tenant_id, moved.clinics[0])
            assert clerk.refused == clerk.kept.keys()
            await holds(other, tenant_id, clerk.kept)
            # It goes on there: what was answered is answered the same, and what is new follows.
            async with other.client(tenant_id=tenant_id) as client:
                again = await client.post("/v1/patients", json=body, headers=key)
                assert again.json() == first.json()
                for _ in range(20):
                    answer = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana"})
                    assert answer.status_code == 201, answer.text
            await other.caught_up()
            await other.outbox_empty()
            there = await in_topic(other, tenant_id)
            assert there[: -20 or None] == await in_topic(system, tenant_id)
            await move(other, system, tenant_id, moved.clinics[0])
            assert (await moved.client.post("/v1/patients", json=body, headers=key)).json() == first.json()
            home = await moved.client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana"})
            assert home.status_code == 201
        assert neighbour.failures == []
        await system.caught_up()
        await system.outbox_empty()
        assert (await in_topic(system, tenant_id))[:-1] == there
    for one in (system, other):
        await log_holds(one.database)
        await topic_equals_log(one)
        await read_models_equal_fold(one.database)
