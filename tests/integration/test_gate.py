"""What is refused in front of the framework is answered as it is further inside, to the last header; and is counted."""

import asyncio
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from started import Started
from system import System, eventually, new_phone, register, until_refused

DESK = "https://desk.example"
CORRELATION_ID = str(uuid7())
TRACE = "0af7651916cd43dd8448eb211c80319c"
SENT = {"X-Correlation-Id": CORRELATION_ID, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
HOLD = "SELECT FROM event_store.tenant_log WHERE tenant_id = $1 FOR UPDATE"


def lines(api: Started, message: str) -> list[dict[str, Any]]:
    return [line for line in api.said() if line["message"] == message]


async def inside_and_at_the_gate(system: System, **headers: str) -> tuple[httpx.Response, httpx.Response]:
    """The gate lets a token pass that it doesn't know; once it was looked at, the gate refuses."""
    async with system.client() as client:
        asked = [await client.get(f"/v1/patients/{uuid7()}", headers=SENT | headers) for _ in range(2)]
    return asked[0], asked[1]


def alike(inside: httpx.Response, gate: httpx.Response) -> None:
    # Which second it is, and the span that begins with a request, differ.
    apart = {"date", "traceparent", "retry-after", "content-length"}
    assert inside.status_code == gate.status_code
    assert sorted(set(inside.headers.multi_items()) - {(n, inside.headers.get(n)) for n in apart}) == sorted(
        set(gate.headers.multi_items()) - {(n, gate.headers.get(n)) for n in apart}
    )
    assert set(inside.headers) == set(gate.headers)
    assert [int(answer.headers["content-length"]) for answer in (inside, gate)] == [
        len(inside.content),
        len(gate.content),
    ]
    assert gate.headers["x-correlation-id"] == CORRELATION_ID
    assert gate.headers["traceparent"].split("-")[1] == TRACE
    assert {**inside.json(), "detail": ""} == {**gate.json(), "detail": ""}


@pytest.mark.parametrize("origin", [None, DESK, "https://evil.example"])
async def test_what_is_beyond_the_rate(system: System, origin: str | None) -> None:
    system.settings |= {
        "HEALZ_REQUESTS_PER_MINUTE_MAX": "5",
        "HEALZ_REFUSAL_PAUSE_SECONDS": "0.3",
        "HEALZ_CORS_ORIGINS": DESK,
        "HEALZ_HSTS_SECONDS": "100",
    }
    api = system.start("command-api")
    await system.ready()
    async with system.client() as client, system.client(tenant_id=uuid7()) as another:
        await until_refused(lambda: client.get("/v1/patients"))
        inside, gate = await inside_and_at_the_gate(system, **({"Origin": origin} if origin else {}))
        alike(inside, gate)
        assert gate.status_code == 429
        assert gate.elapsed.total_seconds() >= 0.3
        assert "5 requests a minute" in gate.json()["detail"]
        assert 1 <= int(gate.headers["Retry-After"]) <= 61
        assert ("access-control-allow-origin" in gate.headers) == (origin == DESK)
        assert (await another.get("/v1/patients")).status_code == 200
        # What needs no token, and what the framework alone knows, is not the gate's.
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.options("/v1/patients")).status_code == 204
        twice = [("Authorization", client.headers["Authorization"])] * 2
        async with httpx.AsyncClient(base_url=client.base_url, headers=twice, trust_env=False) as unclear:
            assert (await unclear.get("/v1/patients")).status_code == 422

        async def is_told() -> bool:
            return bool(lines(api, "refused"))

        await eventually(is_told)
    told = lines(api, "refused")
    assert {(line["tenant_id"], line["status"]) for line in told} == {(str(system.tenant_id), 429)}
    each = [line for line in lines(api, "answered") if line["status"] == 429]
    # The first of the two tokens' first refusals, and the one that came inside; all others at the gate.
    assert len(each) + sum(line["requests"] for line in told) == 3


async def test_what_finds_no_room(system: System) -> None:
    system.settings |= {
        "HEALZ_REQUESTS_AT_ONCE_MAX": "2",
        "HEALZ_REQUESTS_AT_ONCE_PER_TENANT_MAX": "1",
        "HEALZ_REQUESTS_WAITING_PER_TENANT_MAX": "2",
        "HEALZ_LOCK_TIMEOUT_SECONDS": "60",
        "HEALZ_STATEMENT_TIMEOUT_SECONDS": "60",
    }
    api = system.start("command-api")
    await system.ready()
    admin = system.database.admin
    async with system.client() as client:
        await register(client)
        async with admin.transaction():
            await admin.execute(HOLD, system.tenant_id)
            posts = [{"phone": new_phone(), "full_name": "Ana"} for _ in range(3)]
            asked = [asyncio.create_task(client.post("/v1/patients", json=body)) for body in posts]

            async def is_full() -> bool:
                # Without a body that can be read it waits for no place, whether there is room or not.
                return (await client.post("/v1/patients", content=b"{")).status_code == 503

            await eventually(is_full)
            inside, gate = await inside_and_at_the_gate(system)
            alike(inside, gate)
            assert (gate.status_code, gate.headers["Retry-After"]) == (503, inside.headers["Retry-After"])
            assert gate.json() == inside.json()
            # A body that comes is left alone, and the connection goes on.
            for _ in range(3):
                assert (await client.post("/v1/patients", content=b"{" * 10_000)).status_code == 503
        assert [(await task).status_code for task in asked] == [201] * 3
        assert (await client.get(f"/v1/patients/{uuid7()}")).status_code == 404
    # What it has counted last is told at the end too.
    await system.end(api)
    assert sum(line["requests"] for line in lines(api, "refused")) >= 5
