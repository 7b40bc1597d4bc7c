"""The process: the outbox relay."""

import asyncio
import logging
import signal
import sys

import uvloop

from command_api.relay.lead import run_relay
from command_api.relay.outbox import StoreRestored
from command_api.settings import RelaySettings
from healz.memory import settle
from healz.postgres import ThroughPooler
from healz.start import start

log = logging.getLogger(__name__)


async def serve(settings: RelaySettings) -> None:
    """Relays until SIGTERM or SIGINT. Raises StoreRestored and ThroughPooler."""
    relay = asyncio.create_task(run_relay(settings))
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, relay.cancel)
    try:
        await relay
    except asyncio.CancelledError:
        log.info("stopped")


def main() -> None:
    """Entry point; exit code 3 when a person has to decide: the store was restored, or a pooler is in the way."""
    settings = start(RelaySettings)
    settle()
    try:
        uvloop.run(serve(settings))
    except (StoreRestored, ThroughPooler) as error:
        log.critical("stopping", extra={"reason": str(error)})
        sys.exit(3)
