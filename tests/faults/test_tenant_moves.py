"""A tenant moves to another cluster and back, as docs/day-2.md says, while its neighbour goes on: both stores and both
topics have the same log, byte for byte.
"""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

import postgres_programs
from always_true import log_holds, read_models_equal_fold, topic_equals_log
from conftest import fresh_database
from free_ports import free_port
from healz.kafka import ensure_topic
from started import Started
from system import Servers, System, new_phone
from traffic import going_on, new_seed, traffic, write

PAGE = Path(__file__).parents[2] / "docs" / "day-2.md"
REFUSED_SECONDS_MAX = 10


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


async def move(old: System, new: System, tenant_id: UUID) -> None:
    close, copy, compare, opened = steps()
    await typed(close, old, new, tenant_id)
    async with asyncio.timeout(REFUSED_SECONDS_MAX), old.client(tenant_id=tenant_id) as client:
        refused = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana"})
        assert refused.status_code == 503, refused.text
        assert "Retry-After" in refused.headers
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
            await move(system, other, tenant_id)
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
            await move(other, system, tenant_id)
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
