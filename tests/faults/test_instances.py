"""From one instance of a projector to three and back to one, killed and frozen meanwhile: rows exactly once, and each
rebalance's pause is measured."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from uuid import UUID

import asyncpg

from always_true import read_models_equal_fold
from counted import read_models_agree_with_counts
from healz.kafka import PARTITIONS
from started import Started
from system import Database, System, eventually
from traffic import Traffic, new_seed, traffic

TENANTS = 12
NOTHING = "one instance, nothing happens"
SESSION_SECONDS = 6.0
"""What the broker allows at least."""
FEW_SECONDS = 5.0
"""What a rebalance may take that waits for nobody's session, on a machine that is busy."""
QUIET_SECONDS = 0.5
"""What a tenant waits at most where nothing happens. A machine on which that takes longer is as many times slower."""
COMMAND_EVERY_SECONDS = 0.1


@dataclass
class Pauses:
    """For how long at most a tenant whose log had gone on was at a standstill in the read model."""

    database: Database
    seen: dict[UUID, int] = field(default_factory=dict)
    moved_at: dict[UUID, float] = field(default_factory=dict)
    longest: float = 0.0

    async def watch(self) -> None:
        while True:
            heads = await self.database.heads()
            reached = await self.database.checkpoints("journey")
            now = time.monotonic()
            for tenant_id, head in heads.items():
                at = reached.get(tenant_id, 0)
                if at != self.seen.get(tenant_id) or at >= head:
                    self.seen[tenant_id], self.moved_at[tenant_id] = at, now
                self.longest = max(self.longest, now - self.moved_at[tenant_id])
            await asyncio.sleep(0.02)  # the pace of looking

    def so_far(self) -> float:
        """Seconds, since this was last asked."""
        longest, self.longest = self.longest, 0.0
        return longest


async def keep_writing(tenant: Traffic, rng: random.Random) -> None:
    while True:
        await tenant.command()
        await asyncio.sleep(COMMAND_EVERY_SECONDS * rng.uniform(0.5, 1.5))


@asynccontextmanager
async def under_load(system: System, seed: int) -> AsyncIterator[Pauses]:
    admin = await asyncpg.connect(system.database.url("healz_admin"))
    pauses = Pauses(replace(system.database, admin=admin))
    async with traffic(system, seed=seed, tenants=TENANTS, patients=3, clinics=1) as day:
        rng = random.Random(seed)
        tasks = [asyncio.create_task(keep_writing(tenant, rng)) for tenant in day]
        tasks.append(asyncio.create_task(pauses.watch()))
        try:
            yield pauses
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await admin.close()
        assert not [error for error in ended if isinstance(error, Exception)]


def start(system: System, number: int) -> Started:
    system.settings["HEALZ_GROUP_INSTANCE_ID"] = f"projector-journey-{number}"
    return system.start("projector-journey")


def partitions_of(process: Started) -> list[int] | None:
    """Those that its log names last; None: it has not been given any yet."""
    assigned = [line["partitions"] for line in process.said() if line["message"] == "partitions assigned"]
    return assigned[-1] if assigned else None


async def shared_by(*processes: Started, partitions: int = PARTITIONS) -> None:
    """Once these have all partitions, each some and none two."""

    async def shared() -> bool:
        each = [partitions_of(process) or [] for process in processes]
        return all(each) and sorted(chain(*each)) == list(range(partitions))

    await eventually(shared)


async def test_one_instance_three_and_one_again_killed_and_frozen_under_load(system: System) -> None:
    system.settings |= {
        "HEALZ_SESSION_TIMEOUT_MS": str(round(SESSION_SECONDS * 1000)),
        "HEALZ_RECONCILE_INTERVAL_MS": "600000",  # only Kafka brings anything: the pauses are its own
    }
    system.start("command-api")
    system.start("relay")
    first = start(system, 1)
    await system.ready()
    measured: dict[str, float] = {}
    async with under_load(system, new_seed()) as pauses:
        await shared_by(first)
        pauses.so_far()
        await asyncio.sleep(3)  # of traffic, before what comes next
        measured[NOTHING] = pauses.so_far()

        second, third = start(system, 2), start(system, 3)
        await shared_by(first, second, third)
        await asyncio.sleep(3)  # of traffic, before what comes next
        measured["two more come"] = pauses.so_far()

        await system.end(second, signal.SIGKILL)
        second = start(system, 2)
        await shared_by(first, second, third)
        await asyncio.sleep(2)  # of traffic, before what comes next
        measured["one is killed and starts again under its name"] = pauses.so_far()

        await system.end(third, signal.SIGKILL)
        await shared_by(first, second)
        await asyncio.sleep(2)  # of traffic, before what comes next
        measured["one is killed and stays away"] = pauses.so_far()

        third = start(system, 3)
        await shared_by(first, second, third)
        pauses.so_far()
        first.send_signal(signal.SIGSTOP)
        await shared_by(second, third)
        await asyncio.sleep(2)  # of traffic, before what comes next
        first.send_signal(signal.SIGCONT)
        await shared_by(first, second, third)
        await asyncio.sleep(2)  # of traffic, before what comes next
        measured["one freezes until others have its partitions, and wakes up"] = pauses.so_far()

        for gone in (second, third):
            assert await system.end(gone) == 0, system.logs()
        await shared_by(first)
        await asyncio.sleep(2)  # of traffic, before what comes next
        measured["two are stopped for good"] = pauses.so_far()

    for what, seconds in measured.items():
        print(f"{what}: {seconds:.1f} s")
    few_seconds = FEW_SECONDS * max(1.0, measured[NOTHING] / QUIET_SECONDS)
    for what, seconds in measured.items():
        waits = "away" in what or "freezes" in what or "for good" in what
        assert seconds < few_seconds + (SESSION_SECONDS if waits else 0), f"{what}\n{system.logs()}"
    await system.caught_up("journey")
    assert first.poll() is None, system.logs()
    await read_models_equal_fold(system.database, "journey")
    await read_models_agree_with_counts(system.database, "journey")
