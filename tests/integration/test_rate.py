"""A tenant may ask so often and no more; nobody else notices."""

import time

from uuid_utils.compat import uuid7

from system import System

MAX = 20
PAUSE_SECONDS = 0.4


async def test_what_a_tenant_asks_beyond_its_rate_is_refused(system: System) -> None:
    system.settings["HEALZ_REQUESTS_PER_MINUTE_MAX"] = str(MAX)
    system.settings["HEALZ_REFUSAL_PAUSE_SECONDS"] = str(PAUSE_SECONDS)
    system.start("command-api")
    await system.ready()
    async with system.client() as client, system.client(tenant_id=uuid7()) as another:
        answers = [await client.get("/v1/patients") for _ in range(MAX)]
        assert {answer.status_code for answer in answers} == {200}
        before = await system.database.events()
        asked_at = time.monotonic()
        refused = await client.post("/v1/patients", json={"phone": "+5527999990000", "full_name": "Maria da Silva"})
        assert time.monotonic() - asked_at >= PAUSE_SECONDS
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:healz:problem:too-many"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert f"{MAX} requests a minute" in refused.json()["detail"]
        assert await system.database.events() == before
        assert (await another.get("/v1/patients")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/schema")).status_code == 200
