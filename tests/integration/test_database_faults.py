"""A database that only reads, or has no room: said as 503 and by readiness, and over by itself once it is over."""

import asyncio

import asyncpg
import httpx
import pytest

from system import System, eventually, new_phone

NO_MORE_ROOM = """
CREATE FUNCTION public.no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON event_store.outbox FOR EACH ROW EXECUTE FUNCTION public.no_room();
"""
END_SESSIONS = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'healz_command'"
"""And waits until they have ended."""


@pytest.fixture
async def api(system: System) -> System:
    system.settings |= {"HEALZ_READY_CACHE_SECONDS": "0.1", "HEALZ_NO_ROOM_SECONDS": "2"}
    system.start("command-api")
    await system.ready()
    return system


async def registered(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Maria da Silva"})


async def readiness_says(client: httpx.AsyncClient, status: int, database: str) -> None:
    """Once a look is no longer kept."""

    async def says() -> bool:
        return await readiness(client) == (status, database)

    await eventually(says)


async def readiness(client: httpx.AsyncClient) -> tuple[int, str]:
    ready = await client.get("/health/ready")
    return ready.status_code, ready.json()["database"]


async def test_a_server_that_only_reads_is_left_as_soon_as_another_writes(api: System) -> None:
    admin, name = api.database.admin, api.database.name
    async with api.client() as client:
        await admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        await admin.execute(END_SESSIONS)
        # Sessions that begin now only read for as long as they last, like those pinned to what was the primary.
        for _ in range(3):
            answer = await registered(client)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2"), answer.text
        await readiness_says(client, 503, "read-only")
        await admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')

        async def recorded() -> bool:
            return (await registered(client)).status_code == 201

        await eventually(recorded)
        await readiness_says(client, 200, "up")
        # Not one of the old sessions is left: no command meets one later.
        assert {(await registered(client)).status_code for _ in range(30)} == {201}


async def test_a_full_disk_is_said_and_over_when_there_is_room(api: System) -> None:
    await api.database.admin.execute(NO_MORE_ROOM)
    async with api.client() as client:
        answer = await registered(client)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2"), answer.text
        assert "device" not in answer.text

        async def says_so() -> bool:
            # For two seconds after each: on a slow machine the look may come later.
            assert (await registered(client)).status_code == 503
            return await readiness(client) == (503, "no room: DiskFullError")

        await eventually(says_so)
        assert await api.database.events() == 0
        await api.database.admin.execute("DROP TRIGGER no_room ON event_store.outbox")
        assert (await registered(client)).status_code == 201
        await readiness_says(client, 200, "up")


async def test_readiness_asked_fifty_times_looks_once(system: System) -> None:
    system.settings["HEALZ_READY_CACHE_SECONDS"] = "60"
    system.start("command-api")
    await system.ready()
    looks = "SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE '%FROM ops.schema_migrations WHERE state%'"
    connection = await asyncpg.connect(system.database.url("healz_admin"))
    try:
        before = await connection.fetchval(looks)
        async with system.client() as client:
            answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert await connection.fetchval(looks) == before
    finally:
        await connection.close()
