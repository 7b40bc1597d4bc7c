"""Whoever asks for more than may wait is refused at once, before anything is done for it; another tenant goes on."""

import asyncio

from uuid_utils.compat import uuid7

from system import System, eventually, new_phone, register

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
"""Statements that wait for a lock. (In a transaction pg_stat_activity shows only who was there when first asked.)"""


async def test_a_full_line_refuses_whatever_comes_and_keeps_nobody_else(system: System) -> None:
    system.settings |= {
        "HEALZ_REQUESTS_AT_ONCE_MAX": "2",
        "HEALZ_REQUESTS_AT_ONCE_PER_TENANT_MAX": "1",
        "HEALZ_REQUESTS_WAITING_PER_TENANT_MAX": "2",
        "HEALZ_LOCK_TIMEOUT_SECONDS": "60",
        "HEALZ_STATEMENT_TIMEOUT_SECONDS": "60",
    }
    system.start("command-api")
    await system.ready()
    admin = system.database.admin
    async with system.client() as client, system.client(tenant_id=uuid7()) as other:
        await register(client)
        async with admin.transaction():
            await admin.execute("SELECT FROM event_store.tenant_log WHERE tenant_id = $1 FOR UPDATE", system.tenant_id)
            asked = [
                asyncio.create_task(client.post("/v1/patients", json={"phone": new_phone(), "full_name": "Ana"}))
                for _ in range(3)
            ]

            async def refused() -> bool:
                # Not even its body is looked at.
                answer = await client.post("/v1/patients", content=b"{")
                if answer.status_code == 503:
                    assert answer.headers["Retry-After"]
                    assert "wait for their turn" in answer.json()["detail"]
                return answer.status_code == 503

            await eventually(refused)

            async def one_waits() -> bool:
                return bool(await admin.fetchval(WAITING))

            await eventually(one_waits)
            assert (await client.get(f"/v1/patients/{uuid7()}")).status_code == 503
            await register(other)
            assert await admin.fetchval(WAITING) == 1
        assert [(await task).status_code for task in asked] == [201] * 3
        assert (await client.post("/v1/patients", content=b"{")).status_code == 400
