"""From the command to the readable row, at a steady rate: registrations over HTTP, then GET by Healz-Min-Position."""

import asyncio
import statistics
import time

import httpx
import pytest
from rich.console import Console
from rich.table import Table

from system import System, new_phone

pytestmark = pytest.mark.benchmark

SECONDS = 10
PROTOTYPE = {50: "10 / 23", 100: "9 / 28", 200: "12 / 31"}


async def test_latency(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    await system.start_all()
    table = Table(
        "commands/s", "answered p50 / p99 ms", "row readable p50 / p99 ms", "ratio of the p50s", "prototype", box=None
    )
    async with system.client() as client:
        await at_rate(client, 50, 3)
        for rate in PROTOTYPE:
            answered, readable = await at_rate(client, rate, SECONDS)
            ratio = statistics.median(readable) / statistics.median(answered)
            table.add_row(str(rate), shown(answered), shown(readable), f"{ratio:.1f}", PROTOTYPE[rate])
    with capsys.disabled():
        Console(width=120).print("\n", table)


async def at_rate(client: httpx.AsyncClient, rate: int, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds from when each command was due, whether or not the ones before were done."""
    answered: list[float] = []
    readable: list[float] = []

    async def once(due: float) -> None:
        answer = await client.post("/v1/patients", json={"phone": new_phone(), "full_name": "João da Conceição"})
        answer.raise_for_status()
        answered.append((time.perf_counter() - due) * 1000)
        headers = {"Healz-Min-Position": answer.headers["Healz-Position"]}
        row = await client.get(f"/v1/patients/{answer.json()['id']}", headers=headers)
        row.raise_for_status()
        readable.append((time.perf_counter() - due) * 1000)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(once(due))
    return answered, readable


def shown(milliseconds: list[float]) -> str:
    percentiles = statistics.quantiles(milliseconds, n=100)
    return f"{percentiles[49]:.0f} / {percentiles[98]:.0f}"
