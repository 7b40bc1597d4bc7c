"""healz-tap shows what comes through the topic, to whoever asks for it."""

import asyncio
import json
import os
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime

from system import SCRIPTS, WAIT_SECONDS, System, data_of, register
from traffic import new_seed, traffic, write


def asks(system: System, *options: str) -> tuple[list[str], dict[str, str]]:
    environment = {"PATH": os.environ["PATH"], "KAFKA_BOOTSTRAP_SERVERS": system.servers.bootstrap_servers}
    return [str(SCRIPTS / "healz-tap"), "--topic", system.topic, *options], environment


async def told(system: System, *options: str) -> list[str]:
    """All that is there now."""
    command, environment = asks(system, "--no-follow", *options)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


async def test_it_shows_what_is_asked_for(system: System) -> None:
    for name in ("command-api", "relay"):
        system.start(name)
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=2) as day:
        await write(day, events=300)
    await system.outbox_empty()
    all_data = [data_of(record) for record in await system.records()]

    assert Counter(json.loads(text)["data"]["event_id"] for text in await told(system, "--json")) == Counter(
        data["event_id"] for data in all_data
    )
    some = all_data[len(all_data) // 2]
    for option, field in (("--tenant", "tenant_id"), ("--patient", "patient_id"), ("--correlation", "correlation_id")):
        wanted = [data for data in all_data if data[field] == some[field]]
        assert len(await told(system, option, some[field])) == len(wanted) < len(all_data), option
    kinds = [data for data in all_data if data["event_type"].startswith("Appointment")]
    assert len(await told(system, "--type", "Appointment*")) == len(kinds) > 0
    last = max(data["position"] for data in all_data if data["tenant_id"] == some["tenant_id"])
    assert len(await told(system, "--tenant", some["tenant_id"], "--from", str(last - 4))) == 5
    assert await told(system, "--from", datetime.now(UTC).isoformat()) == []

    masked = await told(system, "--type", "PatientRegistered")
    assert masked
    assert all("full_name=•••" in text and "phone=•••" in text for text in masked)
    assert any("João da Conceição" in text for text in await told(system, "--type", "PatientRegistered", "--personal"))


async def test_it_follows_and_passes_over_what_is_not_ours(system: System) -> None:
    for name in ("command-api", "relay"):
        system.start(name)
    await system.ready()
    async with system.client() as client:
        await register(client)
        await system.outbox_empty()
        command, environment = asks(system, "--from", "1")
        begun = time.monotonic()
        tapping = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
        assert tapping.stdout is not None
        try:
            first = await asyncio.wait_for(tapping.stdout.readline(), WAIT_SECONDS)
            print(f"first line after {time.monotonic() - begun:.2f} s")
            patient_id = await register(client)
            second = await asyncio.wait_for(tapping.stdout.readline(), WAIT_SECONDS)
        finally:
            tapping.terminate()
            await tapping.wait()
    assert b"PatientRegistered" in first
    assert str(patient_id)[-6:].encode() in second
