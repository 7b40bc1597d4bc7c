"""The sinks of examples/, killed at random while events flow, neither lose a row nor write one twice.

A few kills each; `make sinks-killed` does fifty.
"""

import asyncio
import contextlib
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from event_rows import SCHEMA
from example_programs import begin, ended, run
from iceberg_sink import events_table
from system import System
from traffic import going_on, new_seed, traffic

KILLS = int(os.environ.get("HEALZ_SINK_KILLS", "4"))
OFTEN = ("--events", 25, "--seconds", 0.1)
"""Many small files and snapshots: a kill meets the moment between two."""


def in_parquet(folder: Path) -> Any:
    return pq.read_table(folder, schema=SCHEMA)


def in_iceberg(folder: Path) -> Any:
    return events_table(folder).scan().to_arrow()


SINKS: dict[str, Callable[[Path], Any]] = {"parquet_sink": in_parquet, "iceberg_sink": in_iceberg}


@contextlib.asynccontextmanager
async def a_day(system: System, *, tenants: int) -> Any:
    """API and relay, and tenants to write."""
    for name in ("command-api", "relay"):
        system.start(name)
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=tenants) as day:
        yield day


async def kill_at_random(system: System, sink: str, folder: Path, rng: random.Random) -> None:
    """Mostly while it writes; now and then while it begins."""
    process = await begin(system, sink, folder, "--follow", *OFTEN)
    assert process.stdout is not None
    if rng.random() < 0.2:
        await asyncio.sleep(rng.uniform(0, 2))
    else:
        for _ in range(2):  # where it goes on, and that it has written something
            await asyncio.wait_for(process.stdout.readline(), 60)
        await asyncio.sleep(rng.uniform(0, 0.5))
    assert process.returncode is None, await ended(process)
    process.kill()
    await process.wait()


async def holds_the_log(system: System, sink: str, folder: Path) -> None:
    """Each event of each tenant is a row, once: positions are 1 … n."""
    rows = SINKS[sink](folder).select(["tenant_id", "position", "event_id"]).to_pylist()
    rows.sort(key=lambda row: (row["tenant_id"], row["position"]))
    logged = [
        {"tenant_id": str(tenant_id), "position": position, "event_id": str(event.event_id)}
        for tenant_id in sorted(await system.database.heads(), key=str)
        for position, event in enumerate(await system.database.log(tenant_id), 1)
    ]
    assert len(rows) == len(logged)
    assert rows == logged


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("sink", SINKS)
async def test_a_killed_sink_has_each_row_once(system: System, tmp_path: Path, sink: str) -> None:
    folder = tmp_path / sink
    async with a_day(system, tenants=3) as day:
        rng = random.Random(new_seed())
        async with going_on(day, pause_seconds=0.05):
            for _ in range(KILLS):
                await kill_at_random(system, sink, folder, rng)
    await system.outbox_empty()
    await run(system, sink, folder)
    await holds_the_log(system, sink, folder)
    nothing_personal(sink, folder)
    # What was written before a kill was kept, and nothing is written anew.
    assert len(list(folder.rglob("*.parquet"))) > KILLS / 2
    again = await run(system, sink, folder)
    assert again == f"goes on behind {await system.database.events()} events\n"


def nothing_personal(sink: str, folder: Path) -> None:
    text = "\n".join(SINKS[sink](folder).column("event_data").to_pylist())
    for personal in ("João da Conceição", "Bom dia", "+5527"):
        assert personal not in text
    assert "Dra. Ana Conceição" in text, "a doctor's name is not the patient's"


async def test_of_two_sinks_in_one_place_one_stops(system: System, tmp_path: Path) -> None:
    async with a_day(system, tenants=2) as day:
        await asyncio.gather(*(tenant.write(events=30) for tenant in day))
        async with going_on(day, pause_seconds=0.02):
            await asyncio.gather(*(one_stops(system, sink, tmp_path / sink) for sink in SINKS))
    await system.outbox_empty()
    for sink in SINKS:
        await run(system, sink, tmp_path / sink)
        await holds_the_log(system, sink, tmp_path / sink)


async def one_stops(system: System, sink: str, folder: Path) -> None:
    two = [await begin(system, sink, folder, "--follow", *OFTEN) for _ in range(2)]
    waiting = [asyncio.create_task(process.wait()) for process in two]
    done, _ = await asyncio.wait(waiting, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [4]
    for process in two:
        if process.returncode is None:
            process.kill()
    await asyncio.gather(*(process.communicate() for process in two))
