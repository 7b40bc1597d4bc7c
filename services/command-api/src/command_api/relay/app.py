"""The process: the outbox relay. For operators: ``resume``, for a tenant for whom it has stopped."""

import asyncio
import logging
import signal
import sys
from argparse import ArgumentParser
from uuid import UUID

import asyncpg
import uvloop
from aiokafka.errors import KafkaError

from command_api.relay import halted
from command_api.relay.lead import run_relay
from command_api.relay.lease import session
from command_api.relay.settings import RelaySettings
from command_api.relay.tail import end_offsets
from healz.memory import settle
from healz.start import start

log = logging.getLogger(__name__)


async def serve(settings: RelaySettings) -> None:
    """Relays until SIGTERM or SIGINT."""
    relay = asyncio.create_task(run_relay(settings))
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, relay.cancel)
    try:
        await relay
    except asyncio.CancelledError:
        log.info("stopped")


async def resume(settings: RelaySettings, tenant_id: UUID) -> halted.RelayHalt | None:
    """Goes on for a tenant; what the topic holds of it now stays. None: it was not halted."""
    ends = await end_offsets(settings)
    async with session(settings, "relay resume") as connection:
        return await halted.resume(connection, tenant_id, ends)


def main() -> None:
    """Entry point."""
    parser = ArgumentParser(prog="healz-relay", description="Publishes the outbox, oldest first, until it is stopped.")
    words = parser.add_subparsers(metavar="COMMAND")
    word = words.add_parser(
        "resume", help="go on for a tenant for whom the relay has stopped (docs/runbooks/halted-tenant.md)"
    )
    word.add_argument("tenant", type=UUID)
    asked = parser.parse_args()
    settings = start(RelaySettings)
    if "tenant" in asked:
        sys.exit(_resume(settings, asked.tenant))
    settle()
    uvloop.run(serve(settings))


def _resume(settings: RelaySettings, tenant_id: UUID) -> int:
    try:
        halt = uvloop.run(resume(settings, tenant_id))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError) as error:
        print(f"healz-relay: PostgreSQL and Kafka have to answer: {error!r}; nothing has changed", file=sys.stderr)
        return 2
    if halt is None:
        print(f"healz-relay: tenant {tenant_id} is not halted; nothing has changed", file=sys.stderr)
        return 1
    print(f"goes on for tenant {tenant_id}; it had stopped at position {halt.position}: {halt.reason}")
    return 0
