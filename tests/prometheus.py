"""A real Prometheus with this project's alerts, where one is installed (the package ``prometheus`` of most systems)."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from free_ports import free_port
from system import eventually

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
RULES = DEPLOY / "observability" / "prometheus"
RULE_GROUPS = yaml.safe_load((RULES / "alerts.yaml").read_text())["groups"]
LONG_PENDING = {rule["alert"] for group in RULE_GROUPS for rule in group["rules"] if str(rule.get("for")).endswith("h")}
"""Wrong for hours before it is raised, as that nobody has verified anything yet: no matter to a test of seconds."""
QUICK = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}


def as_deployed() -> dict[str, str]:
    """How often it asks and evaluates where it is deployed."""
    found: dict[str, str] = yaml.safe_load((DEPLOY / "compose" / "prometheus.yaml").read_text())["global"]
    return found


def program(name: str) -> str:
    """The path of ``prometheus`` or ``promtool``; the test is skipped where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name}: install the package prometheus")
    return found


@dataclass(frozen=True)
class Prometheus:
    """A server that runs."""

    port: int

    async def ask(self, path: str, **parameters: str) -> dict[str, list[dict[str, object]]]:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/api/v1/{path}", params=parameters)
        data: dict[str, list[dict[str, object]]] = answer.raise_for_status().json()["data"]
        return data

    async def alerts(self, state: str = "firing") -> set[str]:
        """The names of those that are raised now; or pending, but for LONG_PENDING."""
        found = (await self.ask("alerts"))["alerts"]
        names = {str(alert["labels"]["alertname"]) for alert in found if alert["state"] == state}  # type: ignore[index]
        return names - LONG_PENDING if state == "pending" else names

    async def raises(self, alert: str, seconds: float) -> float:
        """How long it took until this alert was raised. Fails after ``seconds``."""
        began = time.monotonic()

        async def raised() -> bool:
            return alert in await self.alerts()

        await eventually(raised, seconds=seconds)
        return time.monotonic() - began

    async def is_quiet(self, seconds: float, *states: str) -> None:
        """Returns once nothing is raised; or in none of these states."""

        async def quiet() -> bool:
            return not any([await self.alerts(state) for state in states or ("firing",)])

        await eventually(quiet, seconds=seconds)


def begin(port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Starts it on what prometheus.yaml in ``folder`` says."""
    settings = f"--config.file={folder / 'prometheus.yaml'}"
    words = (settings, f"--storage.tsdb.path={folder / 'prometheus'}", f"--web.listen-address=127.0.0.1:{port}")
    with (folder / "prometheus.log").open("wb") as log:
        return subprocess.Popen((program("prometheus"), *words), stdout=log, stderr=log)


@asynccontextmanager
async def prometheus(targets: Mapping[str, int], folder: Path, paces: Mapping[str, str]) -> AsyncIterator[Prometheus]:
    """Scrapes each job at its port and evaluates the rules; once it has done so to all of them."""
    settings = {
        "global": dict(paces),
        "rule_files": [str(RULES / "alerts.yaml")],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for job, port in targets.items()
        ],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
    found = Prometheus(free_port())
    process = begin(found.port, folder)
    try:

        async def answers() -> bool:
            assert process.poll() is None, (folder / "prometheus.log").read_text()
            try:
                up = (await found.ask("query", query="up"))["result"]
                evaluated = (await found.ask("rules"))["groups"]
            except httpx.HTTPError:
                return False
            return len(up) == len(targets) and all(float(str(group["evaluationTime"])) > 0 for group in evaluated)

        await eventually(answers)
        yield found
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
