"""When rows are readable: looks at the checkpoints of all three read models, and at nothing while nobody waits."""

import asyncio
import time
from collections import defaultdict

import asyncpg

LOOK_SECONDS = 0.002
"""The pace of looking: what is told is late by half of it."""
GIVE_UP_SECONDS = 30.0
SLOWEST = """
SELECT p.tenant_id::text, least(p.position, a.position, j.position)
  FROM patient.checkpoint AS p
  JOIN appointment.checkpoint AS a USING (tenant_id)
  JOIN journey.checkpoint AS j USING (tenant_id)
 WHERE p.tenant_id = ANY ($1::uuid[])
"""


class Readable:
    """``wait`` says that a position of a tenant is to come; ``close`` tells how long each took, in milliseconds."""

    def __init__(self, url: str, tenants: list[str]) -> None:
        self._url = url
        self._tenants = tenants
        self._waiting: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._taken_ms: list[float] = []

    async def open(self) -> None:
        self._connection = await asyncpg.connect(self._url)
        self._looking = asyncio.create_task(self._look())

    def wait(self, tenant: int, position: int, due: float) -> None:
        self._waiting[self._tenants[tenant]].append((position, due))

    async def close(self) -> list[float]:
        """Waits for those that are still to come. Raises TimeoutError."""
        async with asyncio.timeout(GIVE_UP_SECONDS):
            while any(self._waiting.values()):
                await asyncio.sleep(LOOK_SECONDS)  # the pace of looking
        self._looking.cancel()
        await self._connection.close()
        return self._taken_ms

    async def _look(self) -> None:
        while True:
            if awaited := [tenant for tenant, waiting in self._waiting.items() if waiting]:
                for tenant, position in await self._connection.fetch(SLOWEST, awaited):
                    now = time.perf_counter()
                    waiting = self._waiting[tenant]
                    self._taken_ms += [(now - due) * 1000 for at, due in waiting if at <= position]
                    self._waiting[tenant] = [(at, due) for at, due in waiting if at > position]
            await asyncio.sleep(LOOK_SECONDS)  # the pace of looking
