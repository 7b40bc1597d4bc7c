"""healz-projection as operators call it, on one read model after the other."""

import asyncio
import json
import subprocess
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from system import SCRIPTS, System
from traffic import new_seed, traffic, write


@dataclass
class Operators:
    """``release``: environment by which another release of it is found than the one of this repository."""

    system: System
    release: dict[str, str] = field(default_factory=dict)

    def begin(self, name: str, *words: str) -> subprocess.Popen[str]:
        command = [str(SCRIPTS / "healz-projection"), "--projection", name, *words]
        environment = self.system.environment(f"projector-{name}") | {
            "HEALZ_REBUILD_LEASE_SECONDS": "2",
            "HEALZ_REFOLD_SPAN_EVENTS_MAX": "20",
        }
        environment |= self.release
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    async def call(self, name: str, *words: str) -> tuple[int, dict[str, Any], str]:
        """(exit code, the answer, what was said on standard error)"""
        process = self.begin(name, *words, "--json")
        said, complained = await asyncio.to_thread(process.communicate)
        return process.returncode, json.loads(said or "{}"), complained

    async def said(self, name: str, *words: str) -> str:
        """What people are shown."""
        said, complained = await asyncio.to_thread(self.begin(name, *words).communicate)
        assert said, complained
        return said

    async def verified(self, name: str, *words: str) -> dict[str, Any]:
        code, answer, complained = await self.call(name, "verify", *words)
        assert code == (0 if answer.get("right") else 3), complained
        return answer

    async def versions(self, name: str) -> dict[str, int | None]:
        """With which version each tenant's rows were folded, as its status says."""
        code, answer, complained = await self.call(name, "status", "--all")
        assert code == 0, complained
        return {tenant["tenant_id"]: tenant["version"] for tenant in answer["tenants"]}


async def running(system: System, events: int = 300, tenants: int = 2) -> Operators:
    """All processes, and so many events of so many tenants, all applied."""
    await system.start_all()
    async with traffic(system, seed=new_seed(), tenants=tenants, patients=8, clinics=2) as day:
        await write(day, events=events)
    await system.caught_up()
    return Operators(system)


async def tenants(system: System) -> list[UUID]:
    return sorted(await system.database.heads())
