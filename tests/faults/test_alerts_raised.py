"""Each process in turn stands still (SIGSTOP): a real Prometheus raises the right alert soon, and takes it back."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from free_ports import free_port
from integration.test_scheduler import scheduler_environment
from prometheus import QUICK, Prometheus, prometheus
from scraped import start_measured
from system import SCRIPTS, SERVICES, System
from traffic import going_on, new_seed, traffic, write

RAISED_SECONDS_AT_LAST = 45
"""On a machine that is busy; how soon it is raised on one that is not is a benchmark's (benchmarks/test_alerts.py)."""
QUIET_SECONDS = 30


@asynccontextmanager
async def watched(
    system: System, folder: Path, paces: Mapping[str, str] = QUICK
) -> AsyncIterator[tuple[Prometheus, dict[str, int]]]:
    """Everything runs, and is watched; {process: pid}."""
    ports, pids = {}, {}
    for name in SERVICES:
        process, scraped = await start_measured(system, name)
        ports[name], pids[name] = scraped.port, process.pid
    ports["scheduler"] = free_port()
    scheduler = await asyncio.create_subprocess_exec(
        SCRIPTS / "healz-scheduler",
        env=scheduler_environment(system) | {"HEALZ_METRICS_PORT": str(ports["scheduler"])},
        stderr=asyncio.subprocess.DEVNULL,
    )
    pids["scheduler"] = scheduler.pid
    try:
        await system.ready()
        async with prometheus(ports, folder, paces) as watching:
            # Before its first look at them all are away.
            await watching.is_quiet(60, "firing", "pending")
            yield watching, pids
    finally:
        with contextlib.suppress(ProcessLookupError):
            scheduler.send_signal(signal.SIGCONT)
            scheduler.terminate()
        await scheduler.wait()


@contextlib.contextmanager
def standing_still(processes: Sequence[psutil.Process]) -> Iterator[None]:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # a backend may end by itself
            process.suspend()
    try:
        yield
    finally:
        for process in reversed(processes):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


async def test_the_right_alert_is_raised_and_taken_back(system: System, tmp_path: Path) -> None:
    async with watched(system, tmp_path) as (watching, pids), traffic(system, seed=new_seed(), tenants=2) as day:
        await write(day, events=30)
        for pid in pids.values():
            with standing_still([psutil.Process(pid)]):
                await watching.raises("HealzProcessDown", seconds=RAISED_SECONDS_AT_LAST)
            await watching.is_quiet(seconds=60)


async def test_servers_that_stand_still_are_told_as_well(system: System, tmp_path: Path) -> None:
    if system.servers.postgres is None or system.servers.kafka is None:
        pytest.skip("stops PostgreSQL and Kafka: needs the run's own")
    async with watched(system, tmp_path) as (watching, _), traffic(system, seed=new_seed(), tenants=2) as day:
        await write(day, events=30)
        kafka, postmaster = system.servers.kafka.process(), system.servers.postgres.process()
        assert kafka
        assert postmaster
        async with going_on(day, pause_seconds=0.2):
            with standing_still([kafka]):
                await watching.raises("HealzOutboxOld", seconds=RAISED_SECONDS_AT_LAST)
        await watching.is_quiet(seconds=120)
        with standing_still([postmaster, *postmaster.children(recursive=True)]):
            await watching.raises("HealzDatabaseSilent", seconds=RAISED_SECONDS_AT_LAST)
        await watching.is_quiet(seconds=120)


async def test_nobody_is_woken_while_nothing_happens(system: System, tmp_path: Path) -> None:
    async with watched(system, tmp_path) as (watching, _), traffic(system, seed=new_seed(), tenants=2) as day:
        await write(day, events=30)
        for _ in range(QUIET_SECONDS):
            assert not await watching.alerts()
            await asyncio.sleep(
                1
            )  # a night's length is for promtool's tests; here it is real processes that say nothing
