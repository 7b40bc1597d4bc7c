"""The relay as a task of the test's own process, so that a test can break one step of it; and its commands."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from command_api.relay.lead import run_relay
from command_api.relay.settings import RelaySettings
from system import SCRIPTS, System


@asynccontextmanager
async def relay_here(system: System, **settings: Any) -> AsyncIterator[asyncio.Task[None]]:
    """Runs meanwhile; cancelled, as SIGTERM would, at the end."""
    relay = asyncio.create_task(run_relay(system.settings_of(RelaySettings, "relay", **settings)))
    try:
        yield relay
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)


async def run_relay_command(system: System, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [str(SCRIPTS / "healz-relay"), *arguments]
    environment = system.environment("relay")
    return await asyncio.to_thread(
        lambda: subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)
    )
