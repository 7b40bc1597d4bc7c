"""Several processes of the API on one port: as one to whoever asks, whatever becomes of each."""

import asyncio
import signal
import subprocess
from contextlib import AsyncExitStack

import psutil
import pytest
from uuid_utils.compat import uuid7

from always_true import log_holds
from command_api.http.requests_counted import MINUTE_SECONDS
from started import Started
from system import WAIT_SECONDS, System, eventually, new_phone, register

MAX = 100
EVERY_SECONDS = 0.25
CONNECTIONS = 12
PAUSE_SECONDS = 0.1
ASKED_EACH = 30
# What all of them together may have asked while a telling was due and under way, on a slow machine too.
OVERSHOOT_MAX = CONNECTIONS / PAUSE_SECONDS * (EVERY_SECONDS + 0.5)


def children(api: Started) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(api.pid).children()
    return found


async def all_listen(system: System, api: Started, processes: int) -> None:
    async def listening() -> bool:
        return sum(connected(process, system.api_port, psutil.CONN_LISTEN) for process in children(api)) == processes

    await eventually(listening)


def connected(process: psutil.Process, port: int, state: str) -> bool:
    """Whether it has a connection in this state on the port; one that has ended has none."""
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(own.status == state and own.laddr.port == port for own in connections)


async def start(system: System, processes: int) -> Started:
    system.settings["HEALZ_API_PROCESSES"] = str(processes)
    api = system.start("command-api")
    await all_listen(system, api, processes)
    await system.ready()
    return api


async def write_and_read(system: System, times: int = 12) -> None:
    """Over as many connections: each may lead to another process."""
    for _ in range(times):
        async with system.client() as client:
            answer = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana"})
            assert answer.status_code == 201
            answer = await client.get("/health/ready")
            assert answer.status_code == 200


async def test_one_that_is_killed_is_replaced_and_the_others_go_on(system: System) -> None:
    api = await start(system, 3)
    await write_and_read(system)
    before = {process.pid for process in children(api)}
    for process in children(api):
        process.kill()
        await asyncio.to_thread(process.wait, WAIT_SECONDS)
        await all_listen(system, api, 3)
        await write_and_read(system)
    assert not before & {process.pid for process in children(api)}
    assert api.output.read_text().count("a process of the API ended, and is replaced") == 3
    await log_holds(system.database)


async def test_what_is_under_way_is_finished_before_they_end(system: System) -> None:
    system.settings |= {"HEALZ_LOCK_TIMEOUT_SECONDS": "60", "HEALZ_STATEMENT_TIMEOUT_SECONDS": "60"}
    api = await start(system, 2)
    admin = system.database.admin
    async with AsyncExitStack() as clients:
        # Of eight tenants: each is seen to wait, where those of one would be committed together.
        several = [await clients.enter_async_context(system.client(tenant_id=uuid7())) for _ in range(8)]
        async with admin.transaction():
            await admin.execute("LOCK TABLE event_store.tenant_log")
            asked = [asyncio.create_task(register(client)) for client in several]
            # (In a transaction pg_stat_activity shows only who was there when first asked.)
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"

            async def they_wait() -> bool:
                return bool(await admin.fetchval(waiting) == len(several))

            await eventually(they_wait)
            processes = children(api)
            api.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)  # it is told, and goes on
            assert api.poll() is None
        assert len(set(await asyncio.gather(*asked))) == 8
    with_signal = await asyncio.to_thread(api.wait, WAIT_SECONDS)
    assert with_signal == -signal.SIGTERM
    assert not [process for process in processes if process.is_running()]


async def test_when_the_parent_is_killed_the_port_is_free_for_the_next(system: System) -> None:
    api = await start(system, 2)
    processes = children(api)
    await system.end(api, signal.SIGKILL)
    gone, alive = await asyncio.to_thread(psutil.wait_procs, processes, WAIT_SECONDS)
    assert (len(gone), alive) == (2, [])
    again = await start(system, 2)
    await write_and_read(system, 4)
    assert again.poll() is None


async def test_a_port_is_shared_with_nobody_else(system: System) -> None:
    await start(system, 2)
    second = system.start("command-api")
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0)
    assert await asyncio.to_thread(second.wait, WAIT_SECONDS) == 3
    assert "the port can't be had" in system.logs()


async def test_the_rate_is_of_all_processes_together(system: System) -> None:
    system.settings |= {
        "HEALZ_REQUESTS_PER_MINUTE_MAX": str(MAX),
        "HEALZ_REFUSAL_PAUSE_SECONDS": "0",
        "HEALZ_RATE_SHARED_EVERY_MS": str(round(EVERY_SECONDS * 1000)),
    }
    api = await start(system, 3)
    served: set[int] = set()

    async def ask() -> list[int]:
        answers = []
        async with system.client() as client:
            for _ in range(ASKED_EACH):
                answers.append((await client.get(f"/v1/patients/{uuid7()}")).status_code)
                await asyncio.sleep(PAUSE_SECONDS)  # so that a bound on what comes in an interval can be told
            served.update(pid for process in children(api) if (pid := serving(process, system.api_port)))
        return answers

    began = asyncio.get_running_loop().time()
    asked = await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    seconds = asyncio.get_running_loop().time() - began
    answers = [status for statuses in asked for status in statuses]
    assert set(answers) == {404, 429}
    given_back = MAX * seconds / MINUTE_SECONDS
    assert MAX <= answers.count(404) <= MAX + given_back + OVERSHOOT_MAX
    # Each of them alone would have answered as many.
    assert len(served) > 1
    assert answers.count(404) < 2 * MAX or seconds > 30

    async with system.client(tenant_id=uuid7()) as another:
        assert (await another.get(f"/v1/patients/{uuid7()}")).status_code == 404
    # However often it is asked again, over new connections: none of the processes has room.
    again = []
    for _ in range(CONNECTIONS):
        async with system.client() as client:
            again.append((await client.get(f"/v1/patients/{uuid7()}")).status_code)
    given_back = MAX * (asyncio.get_running_loop().time() - began - seconds) / MINUTE_SECONDS
    assert again.count(404) <= 1 + given_back
    rows = await system.database.admin.fetch("SELECT tenant_id FROM ops.requests_counted")
    assert system.tenant_id in {row[0] for row in rows}


def serving(process: psutil.Process, port: int) -> int | None:
    """The process, while it has a connection."""
    return process.pid if connected(process, port, psutil.CONN_ESTABLISHED) else None


async def test_while_the_database_does_not_count_each_goes_on_by_itself(system: System) -> None:
    system.settings |= {"HEALZ_REQUESTS_PER_MINUTE_MAX": str(MAX), "HEALZ_REFUSAL_PAUSE_SECONDS": "0"}
    api = system.start("command-api")
    await system.ready()
    await system.database.admin.execute(
        "REVOKE EXECUTE ON FUNCTION ops.count_requests(bigint, uuid[], integer[], integer[]) FROM healz_command"
    )
    async with system.client() as client:
        answers = []
        for _ in range(3):
            answers += [(await client.get(f"/v1/patients/{uuid7()}")).status_code for _ in range(MAX)]
            await asyncio.sleep(2 * EVERY_SECONDS)
    assert MAX <= answers.count(404) < 2 * MAX
    told = "each process counts requests by itself for now"

    async def is_told() -> bool:
        return told in api.output.read_text()

    await eventually(is_told)
    assert api.output.read_text().count(told) == 1
