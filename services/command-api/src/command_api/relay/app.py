"""The process: the outbox relay. For operators: ``status``, ``republish``, and ``resume`` for a tenant for whom it has
stopped."""

import asyncio
import logging
import signal
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import uvloop

from command_api.relay import commands
from command_api.relay.lead import run_relay
from command_api.relay.metrics import OutboxState
from command_api.relay.settings import RelaySettings
from command_api.relay.storage import StorageState
from healz.ending import end_process_if_failed
from healz.memory import settle
from healz.metrics.export import exporting
from healz.metrics.observe import keep_observing
from healz.postgres import create_pool
from healz.start import start
from healz.traces.export import exporting_traces

log = logging.getLogger(__name__)


async def serve(settings: RelaySettings) -> None:
    """Relays until SIGTERM or SIGINT."""
    async with observing(settings):
        relay = asyncio.create_task(run_relay(settings))
        for stop in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(stop, relay.cancel)
        try:
            await relay
        except asyncio.CancelledError:
            log.info("stopped")


@asynccontextmanager
async def observing(settings: RelaySettings) -> AsyncIterator[None]:
    """Looks at the outbox for metrics meanwhile, on a connection of its own: a slow look delays nothing else."""
    if not settings.metrics_are_exported:
        yield
        return
    single = settings.model_copy(update={"healz_pool_connections_min": 0, "healz_pool_connections_max": 1})
    async with await create_pool(single, "relay-metrics") as pool:
        observed = (OutboxState(pool), StorageState(pool, settings.healz_database_bytes_max))
        tasks = [asyncio.create_task(keep_observing(one, settings.healz_metrics_observe_seconds)) for one in observed]
        for task in tasks:
            task.add_done_callback(end_process_if_failed)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    """Entry point."""
    parser = _parser()
    asked = parser.parse_args()
    if asked.command == "republish" and asked.tenant is not None and (asked.anew or asked.make_topic):
        parser.error("--anew and --make-topic concern every tenant: they go without --tenant")
    settings = start(RelaySettings)
    if asked.command is not None:
        sys.exit(commands.run(settings, asked))
    with exporting(settings, "relay"), exporting_traces(settings, "relay"):
        settle()
        uvloop.run(serve(settings))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="healz-relay",
        description="Publishes the outbox, oldest first, until it is stopped.",
        epilog=commands.EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=None)
    words = parser.add_subparsers(metavar="COMMAND", dest="command")
    word = words.add_parser("status", help="who leads, what waits, whether the topic is there")
    word.add_argument("--json", action="store_true", help="as one object, on standard output")
    word = words.add_parser(
        "republish", help="give a new, emptied or half-filled topic what it lacks (docs/runbooks/lost-topic.md)"
    )
    word.add_argument("--tenant", type=UUID, help="of this tenant alone")
    word.add_argument("--anew", action="store_true", help="delete all records that the topic has first")
    word.add_argument("--make-topic", action="store_true", help="make the topic where it is missing, of 6 partitions")
    word.add_argument("--dry-run", action="store_true", help="only say what would be sent, while a relay leads or not")
    word.add_argument("--json", action="store_true", help="the outcome as one object, on standard output")
    word = words.add_parser(
        "resume", help="go on for a tenant for whom the relay has stopped (docs/runbooks/halted-tenant.md)"
    )
    word.add_argument("tenant", type=UUID)
    return parser
