"""A stack of its own, started as `make up` starts one, by its own settings: new data, free ports, nothing tuned."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil

from free_ports import free_port, free_ports_in_a_row
from healz_local.settings import KINDS, METRICS_PORTS_EACH

ROOT = Path(__file__).resolve().parents[2]
REQUEST_SECONDS_MAX = 10.0
"""A request that takes longer counts as refused."""
KEPT = ("PATH", "HOME", "LANG", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""Of the environment; the last two: whom to trust, where Kafka is fetched first."""


@dataclass
class Stack:
    """``checkout``: whose code runs; another one's than this, to compare. ``home`` holds all data and logs."""

    checkout: Path
    home: Path
    ports: list[int] = field(default_factory=lambda: [free_port() for _ in range(4)])
    metrics_port: int = field(default_factory=lambda: free_ports_in_a_row(len(KINDS), METRICS_PORTS_EACH))
    traces_port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    """Environment variables beside those that `make up` sets."""

    def up(self) -> None:
        """Returns when the API is ready."""
        self._local("up")

    def down(self) -> None:
        """Stops everything; the data stays."""
        self._local("down")

    def status(self) -> list[str]:
        """The parts that are shown as running."""
        lines = [line.split() for line in self._local("status").splitlines()]
        return [line[0] for line in lines if line[1:2] == ["running"]]

    def metrics(self) -> dict[str, list[str]]:
        """{process: the addresses of its metrics}"""
        found: dict[str, list[str]] = {}
        for line in self._local("metrics").splitlines():
            name, address = line.split("\t")
            found.setdefault(name, []).append(address)
        return found

    def trace(self, trace_id: str | None = None) -> str:
        """What ``healz-local trace`` prints."""
        return self._local("trace", *([] if trace_id is None else [trace_id]))

    def ask_relay(self, *arguments: str) -> str:
        """What a command of the relay answers. Raises RuntimeError unless it ends with 0."""
        return self._local("relay", *arguments)

    def ask_projection(self, *arguments: str) -> str:
        """What ``healz-projection`` answers. Raises RuntimeError unless it ends with 0."""
        return self._local("projection", *arguments)

    def demo(self, rows: int) -> str:
        """Plays so many generated appointments; what it shows. Raises RuntimeError where its figures don't agree."""
        return self._local("demo", "--rows", str(rows))

    def reset(self) -> None:
        """Stops everything and deletes the data."""
        self._local("reset", "--yes")

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.ports[2]}"

    def database_url(self, role: str) -> str:
        return f"postgresql://{role}@127.0.0.1:{self.ports[1]}/healz"

    def token(self, tenant_id: UUID, role: str = "admin") -> str:
        """A token of the stack's own kind, for the whole tenant."""
        arguments = ("token", "--tenant", str(tenant_id), "--role", role)
        try:
            return self._local(*arguments, "--clinic", "all").strip()
        except RuntimeError:  # a role that has the whole tenant anyway, or code that knows no such word
            return self._local(*arguments).strip()

    def client(self, tenant_id: UUID, role: str = "admin", **more: Any) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)
        headers = {"Authorization": f"Bearer {self.token(tenant_id, role)}"}
        return httpx.AsyncClient(
            base_url=self.api_url, headers=headers, timeout=REQUEST_SECONDS_MAX, limits=limits, trust_env=False, **more
        )

    def processes(self) -> dict[str, list[psutil.Process]]:
        """{part: its processes}: each service, PostgreSQL with its backends, Kafka."""
        found: dict[str, list[psutil.Process]] = {}
        for process in psutil.process_iter():
            try:
                words, folder = process.cmdline(), process.cwd()
                mine = process.environ().get("HEALZ_STACK_HOME") == str(self.home)
            except psutil.Error:
                continue
            if folder.startswith(str(self.home / "postgres")) or f"{self.home}/postgres" in " ".join(words):
                found.setdefault("PostgreSQL", []).append(process)
            elif f"{self.home}/kafka" in " ".join(words):
                found.setdefault("Kafka", []).append(process)
            elif mine and (name := next((Path(w).name for w in words[:2] if "/healz-" in w), None)):
                found.setdefault(name.removeprefix("healz-"), []).append(process)
            elif mine:
                found.setdefault("rest", []).append(process)
        return found

    def log(self, name: str) -> str:
        """The log of one part so far."""
        return (self.home / "logs" / f"{name}.log").read_text(errors="replace")

    def environment(self) -> dict[str, str]:
        """What names this stack to ``healz-local`` and ``make``."""
        api, postgres, kafka, controller = map(str, self.ports)
        return {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "HEALZ_LOCAL_HOME": str(self.home),
            "HEALZ_API_PORT": api,
            "HEALZ_POSTGRES_PORT": postgres,
            "HEALZ_KAFKA_PORT": kafka,
            "HEALZ_KAFKA_CONTROLLER_PORT": controller,
            "HEALZ_METRICS_PORT": str(self.metrics_port),
            "HEALZ_TRACES_PORT": str(self.traces_port),
            **self.extra,
        }

    def _local(self, *arguments: str) -> str:
        command = [str(self.checkout / ".venv" / "bin" / "healz-local"), *arguments]
        done = subprocess.run(
            command, cwd=self.checkout, env=self.environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"healz-local {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def fresh_stack(checkout: Path = ROOT, **extra: str) -> Iterator[Stack]:
    """A stack that is up; all that is of it goes afterwards."""
    home = Path(tempfile.mkdtemp(prefix="healz-whole-"))
    home.chmod(0o755)  # PostgreSQL and Kafka may run as another user
    stack = Stack(checkout, home, extra=extra)
    try:
        stack.up()
        yield stack
    finally:
        stack.reset()
        shutil.rmtree(home, ignore_errors=True)


def cpu_seconds(processes: dict[str, list[psutil.Process]]) -> dict[str, float]:
    """Processor time that each part has used since it began; of those that have ended, none."""
    used = {}
    for name, own in processes.items():
        used[name] = 0.0
        for process in own:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            used[name] += times.user + times.system
    return used


def show(value: Any) -> str:
    """A result as JSON, for a file."""
    return json.dumps(value, indent=1, ensure_ascii=False)
