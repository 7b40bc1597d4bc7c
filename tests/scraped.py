"""A process' metrics, as Prometheus gets them."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from free_ports import free_port
from started import Started
from system import System, eventually

OBSERVED_EVERY_SECONDS = 0.2


@dataclass(frozen=True)
class Scraped:
    """A process that shows its metrics on a port."""

    port: int

    async def text(self) -> str:
        async with httpx.AsyncClient(trust_env=False, timeout=10, verify=False) as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/metrics")
        answer.raise_for_status()
        return answer.text

    async def samples(self) -> list[Sample]:
        """What a scrape says: each series now."""
        families = text_string_to_metric_families(await self.text())
        return [sample for family in families for sample in family.samples]

    async def value(self, name: str, **labels: str) -> float | None:
        """Of all series of this name with these labels, together; None: there is none."""
        found = [
            sample.value
            for sample in await self.samples()
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return sum(found) if found else None

    async def comes_to(self, name: str, reached: Callable[[float | None], bool], **labels: str) -> float:
        """Returns the value once it is so: what is counted is counted a moment after it is done."""
        found: list[float | None] = []

        async def so() -> bool:
            found.append(await self.value(name, **labels))
            return reached(found[-1])

        await eventually(so)
        return found[-1] or 0


async def start_measured(system: System, name: str, **settings: str) -> tuple[Started, Scraped]:
    """Starts a process of the system that shows its metrics; returns once it does."""
    port = free_port()
    process = begin_measured(system, name, port, **settings)
    scraped = Scraped(port)

    async def shows() -> bool:
        try:
            return bool(await scraped.text())
        except httpx.TransportError:
            return False

    await eventually(shows)
    return process, scraped


def begin_measured(system: System, name: str, port: int, **settings: str) -> Started:
    """Starts it; ``settings`` are its own."""
    before = dict(system.settings)
    measured = {"HEALZ_METRICS_PORT": str(port), "HEALZ_METRICS_OBSERVE_SECONDS": str(OBSERVED_EVERY_SECONDS)}
    system.settings |= measured | settings
    try:
        return system.start(name)
    finally:
        system.settings = before
