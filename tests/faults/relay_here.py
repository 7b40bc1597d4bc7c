"""The relay as a task of the test's own process, so that a test can break one step of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from command_api.relay.lead import run_relay
from command_api.relay.settings import RelaySettings
from system import System


@asynccontextmanager
async def relay_here(system: System, **settings: Any) -> AsyncIterator[asyncio.Task[None]]:
    """Runs meanwhile; cancelled, as SIGTERM would, at the end."""
    relay = asyncio.create_task(run_relay(system.settings_of(RelaySettings, "relay", **settings)))
    try:
        yield relay
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
