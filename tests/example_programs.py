"""The programs of examples/ as a data team runs them: processes that know where Kafka and the API are, and no more."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path

from system import System

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


async def begin(system: System, name: str, *arguments: object, topic: str | None = "") -> Process:
    """One of them; ``topic``: another than the test's, None: it reads none."""
    reads = [] if topic is None else ["--topic", topic or system.topic]
    environment = {
        "HOME": str(system.folder),
        "KAFKA_BOOTSTRAP_SERVERS": system.servers.bootstrap_servers,
        "API_URL": f"http://127.0.0.1:{system.api_port}",
    }
    return await begin_with(environment, name, *arguments, *reads)


async def begin_with(environment: Mapping[str, str], name: str, *arguments: object) -> Process:
    """One of them, that knows what ``environment`` says."""
    command = (sys.executable, *map(str, (EXAMPLES / f"{name}.py", *arguments)))
    environment = {"PATH": os.environ["PATH"], **environment}
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=environment)


async def ended(process: Process) -> tuple[int | None, str]:
    """Its exit code, and what it has said. It has nothing to say on standard error."""
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    assert errors.decode() == ""
    return process.returncode, out.decode()


async def run(system: System, name: str, *arguments: object, topic: str | None = "") -> str:
    """Runs it to its end, which is a good one; what it has said."""
    code, out = await ended(await begin(system, name, *arguments, topic=topic))
    assert code == 0, out
    return out
