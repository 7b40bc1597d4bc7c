"""A tenant may ask so often, and so much at once, and no more; nobody else notices."""

import asyncio
import itertools
import re
from functools import partial

from uuid_utils.compat import uuid7

from system import System, eventually, new_phone, put_clinic, register, until_refused

MAX = 20
PAUSE_SECONDS = 0.4


async def test_what_a_tenant_asks_beyond_its_rate_is_refused(system: System) -> None:
    system.settings["HEALZ_REQUESTS_PER_MINUTE_MAX"] = str(MAX)
    system.settings["HEALZ_REFUSAL_PAUSE_SECONDS"] = str(PAUSE_SECONDS)
    system.start("command-api")
    await system.ready()
    async with system.client() as client, system.client(tenant_id=uuid7()) as another:
        answers = await until_refused(lambda: client.get("/v1/patients"))
        assert len(answers) > MAX
        assert {answer.status_code for answer in answers[:-1]} == {200}
        *done, refused = await until_refused(
            lambda: client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Maria da Silva"})
        )
        assert refused.elapsed.total_seconds() >= PAUSE_SECONDS
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:healz:problem:too-many"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert f"{MAX} requests a minute" in refused.json()["detail"]
        assert await system.database.events() == len(done), "only what a slow machine gave back"
        assert (await another.get("/v1/patients")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/schema")).status_code == 200


async def test_so_is_what_is_asked_of_the_public_page_and_its_files(system: System) -> None:
    system.settings["HEALZ_REQUESTS_PER_MINUTE_MAX"] = str(MAX)
    system.settings["HEALZ_REFUSAL_PAUSE_SECONDS"] = "0"
    system.start("command-api")
    await system.ready()
    file = "/schema-ui/swagger-ui-bundle.js"
    async with system.client() as client, system.client() as anybody:
        del anybody.headers["Authorization"]
        page_or_file = itertools.cycle([file, "/schema/openapi.json"])
        *answers, refused = await until_refused(lambda: anybody.get(next(page_or_file)))
        assert len(answers) >= MAX
        assert {answer.status_code for answer in answers} == {200}
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        for path in ("/schema", "/schema-ui/nothing"):
            await until_refused(partial(anybody.get, path))
        # A token makes it nobody's own.
        await until_refused(partial(client.get, file))
        assert (await client.get("/v1/patients")).status_code == 200
        assert [(await anybody.get(path)).status_code for path in ("/health/live", "/health/ready", "/")] == [200] * 3


async def test_the_page_finds_its_files_and_nothing_else_is_served(api: System) -> None:
    async with api.client() as client:
        page = (await client.get("/schema")).text
        named = set(re.findall(r"/schema-ui/[^'\"]+", page))
        assert len(named) == 4, named
        for path in named:
            file, told = await client.get(path), await client.head(path)
            assert (file.status_code, told.status_code, told.content) == (200, 200, b"")
            assert file.headers["content-length"] == told.headers["content-length"] == str(len(file.content))
            assert file.headers["content-type"] == told.headers["content-type"]
            assert len(file.content) > 1000
        assert (await client.get("/schema-ui/swagger-editor.js")).status_code == 404


async def test_writes_that_wait_for_each_other_take_no_connection_from_another(system: System) -> None:
    """However many of one tenant's wait in the database: each holds a connection of the pool."""
    system.settings |= {
        "HEALZ_POOL_CONNECTIONS_MAX": "6",
        "HEALZ_REQUESTS_AT_ONCE_MAX": "4",
        "HEALZ_REQUESTS_AT_ONCE_PER_TENANT_MAX": "3",
        "HEALZ_LOCK_TIMEOUT_SECONDS": "60",
        "HEALZ_STATEMENT_TIMEOUT_SECONDS": "60",
    }
    system.start("command-api")
    await system.ready()
    async with system.client() as client, system.client(tenant_id=uuid7()) as another:
        clinic = await put_clinic(client)
        body = {"full_name": "Dra. Ana Conceição", "clinic_ids": [str(clinic.clinic_id)]}
        admin = system.database.admin
        async with admin.transaction():
            await admin.execute("SELECT FROM reference.doctors WHERE doctor_id = $1 FOR UPDATE", clinic.doctor_id)
            puts = [asyncio.create_task(client.put(f"/v1/doctors/{clinic.doctor_id}", json=body)) for _ in range(20)]

            async def they_wait() -> bool:
                return bool(await admin.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") >= 3)

            await eventually(they_wait)
            await register(another)
            ready = await another.get("/health/ready")
        answers = await asyncio.gather(*puts)

    assert (ready.status_code, ready.json()["database"]) == (200, "up")
    assert {answer.status_code for answer in answers} == {204}
