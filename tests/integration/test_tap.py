"""healz-tap shows what comes through the topic, to whoever asks for it."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime

from free_ports import free_port
from system import SCRIPTS, WAIT_SECONDS, System, data_of, register
from traffic import new_seed, traffic, write


def asks(system: System, *options: str) -> tuple[list[str], dict[str, str]]:
    environment = {"PATH": os.environ["PATH"], "KAFKA_BOOTSTRAP_SERVERS": system.servers.bootstrap_servers}
    return [str(SCRIPTS / "healz-tap"), "--topic", system.topic, *options], environment


async def told(system: System, *options: str, remarks: str = "") -> list[str]:
    """All that is there now."""
    command, environment = asks(system, "--no-follow", *options)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, remarks)
    return done.stdout.splitlines()


async def refused(system: System, *options: str, code: int) -> str:
    """What it says on standard error, and nothing else."""
    command, environment = asks(system, *options)
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


async def into(system: System, file: str, *, code: int) -> str:
    """What it says when it writes there."""
    command, environment = asks(system, "--no-follow")
    shell = ["sh", "-c", f'exec "$@" > {file}', "sh", *command]
    done = await asyncio.to_thread(subprocess.run, shell, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    return done.stderr


async def test_without_kafka_it_says_so_in_a_sentence(system: System) -> None:
    command, environment = asks(system)
    environment["KAFKA_BOOTSTRAP_SERVERS"] = address = f"127.0.0.1:{free_port()}"
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert address in done.stderr


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
        for asked in (some[field], some[field].upper(), some[field][-6:]):
            assert len(await told(system, option, asked)) == len(wanted) < len(all_data), option
    kinds = [data for data in all_data if data["event_type"].startswith("Appointment")]
    for name in ("Appointment*", "appointment*"):
        assert len(await told(system, "--type", name)) == len(kinds) > 0
    last = max(data["position"] for data in all_data if data["tenant_id"] == some["tenant_id"])
    assert len(await told(system, "--tenant", some["tenant_id"], "--from", str(last - 4))) == 5
    nothing = f"healz-tap: of 0 events in {system.topic} none is one of those\n"
    assert await told(system, "--from", datetime.now(UTC).isoformat(), remarks=nothing) == []
    assert len(await told(system, "--from", "0001-01-01T00:00:00+00:00")) == len(all_data)
    nothing = f"healz-tap: of {len(all_data):,} events in {system.topic} none is one of those\n"
    assert await told(system, "--tenant", "0" * 12, remarks=nothing) == []
    unknown = "healz-tap: no event that this release knows is called Appointment\n"
    assert await told(system, "--type", "Appointment", remarks=unknown + nothing) == []
    assert "must be an id" in await refused(system, "--patient", "Rita", code=2)
    assert "give a position, or a time" in await refused(system, "--from", "yesterday", code=2)
    assert "No space left on device" in await into(system, "/dev/full", code=1)

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
        pipe = asyncio.subprocess.PIPE
        tapping = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=environment)
        assert tapping.stdout is not None
        try:
            first = await asyncio.wait_for(tapping.stdout.readline(), WAIT_SECONDS)
            print(f"first line after {time.monotonic() - begun:.2f} s")
            patient_id = await register(client)
            second = await asyncio.wait_for(tapping.stdout.readline(), WAIT_SECONDS)
            tapping.send_signal(signal.SIGINT)  # Ctrl-C, how one ends it
            _, remarks = await asyncio.wait_for(tapping.communicate(), WAIT_SECONDS)
        finally:
            if tapping.returncode is None:
                tapping.kill()
    assert (tapping.returncode, remarks) == (0, b"healz-tap: waiting for what comes; Ctrl-C ends it\n")
    assert b"PatientRegistered" in first
    assert str(patient_id)[-6:].encode() in second
