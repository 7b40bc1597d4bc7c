"""How soon an alert is raised for a process that stands still, where Prometheus asks as often as it does deployed."""

import asyncio
import random
from pathlib import Path

import psutil
import pytest

from benchmarks.conftest import Tell
from benchmarks.sizes import SIZES
from faults.test_alerts_raised import RAISED_SECONDS_AT_LAST, standing_still, watched
from prometheus import as_deployed
from system import System

pytestmark = pytest.mark.benchmark

RAISED_SECONDS_MAX = 15.0
PACE_SECONDS = 3.0
"""Between two looks: a process may be stopped anywhere between them."""


async def test_alerts(system: System, tmp_path: Path, tell: Tell) -> None:
    """Alerts: how soon one is raised for a process that stands still"""
    chance = random.Random(1)
    async with watched(system, tmp_path, as_deployed()) as (watching, pids):
        for name, pid in pids.items():
            took = []
            for _ in range(SIZES.rounds):
                await asyncio.sleep(chance.random() * PACE_SECONDS)
                with standing_still([psutil.Process(pid)]):
                    took.append(await watching.raises("HealzProcessDown", seconds=RAISED_SECONDS_AT_LAST))
                await watching.is_quiet(60, "firing", "pending")
            beside = f"the longest of {len(took)}; the shortest {min(took):.1f}"
            tell(f"{name}: HealzProcessDown", "s", [max(took)], RAISED_SECONDS_MAX, at_most=True, beside=beside)
