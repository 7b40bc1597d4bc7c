"""healz-tap: what comes through the topic, as it comes. Joins no group and commits nothing: nobody else notices."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Sequence
from datetime import datetime

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from rich.console import Console

from healz.kafka import TOPIC
from healz_local.settings import LocalSettings
from healz_local.tap_lines import TapFilter, envelope, line

EPILOG = """\
--from takes a position (of each tenant, or of the one that --tenant names) or a time with its offset
(2026-03-01T12:00:00-03:00). What is personal is hidden by the marks of the schemas, but for --personal and --json.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; exit code 1 when Kafka is not there."""
    options = _parser().parse_args(arguments)
    settings = LocalSettings()
    options.kafka = settings.kafka_bootstrap_servers or f"127.0.0.1:{settings.kafka_port}"
    try:
        asyncio.run(tap(options))
    except KafkaError as error:
        sys.stderr.write(f"Kafka at {options.kafka}: {error}. `make up` starts it.\n")
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
    return 0


async def tap(options: argparse.Namespace) -> None:
    """Shows until it is interrupted; with --no-follow, all that is there now."""
    consumer = AIOKafkaConsumer(
        options.topic,
        bootstrap_servers=options.kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest" if options.since is not None or not options.follow else "latest",
    )
    await consumer.start()
    try:
        await _begin(consumer, options)
        if options.follow:
            while True:
                await _show(consumer, options)
        partitions = list(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            await _show(consumer, options)
    finally:
        await consumer.stop()


async def _begin(consumer: AIOKafkaConsumer, options: argparse.Namespace) -> None:
    """At the first record of --from, where that is a time; a position is looked for from the beginning."""
    partitions = sorted(consumer.assignment())  # without a group: all that there are
    if not partitions:
        raise KafkaError(f"there is no topic {options.topic}")
    if isinstance(options.since, datetime):
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, int(options.since.timestamp() * 1000)))
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            await consumer.position(partition)  # a reset that is under way would undo the seek
            at = found.get(partition)
            consumer.seek(partition, at.offset if at is not None else ends[partition])


async def _show(consumer: AIOKafkaConsumer, options: argparse.Namespace) -> None:
    asked = TapFilter(
        types=tuple(options.type),
        tenant=options.tenant,
        patient=options.patient,
        correlation=options.correlation,
        position=options.since if isinstance(options.since, int) else 1,
    )
    for records in (await consumer.getmany(timeout_ms=200)).values():
        for record in records:
            data = envelope(record.value)
            if data is None or not asked.wants(data):
                continue
            if options.json:
                sys.stdout.write(f"{(record.value or b'').decode()}\n")
            else:
                options.console.print(line(data, personal=options.personal))
    sys.stdout.flush()


def _since(text: str) -> int | datetime:
    with contextlib.suppress(ValueError):
        return max(1, int(text))
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("give a time with its offset, like 2026-03-01T12:00:00-03:00")
    return at


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="healz-tap", description=__doc__, epilog=EPILOG)
    parser.add_argument("--type", action="append", default=[], help="an event's name, with * and ?; as often as needed")
    parser.add_argument("--tenant", default="", help="of this organisation alone")
    parser.add_argument("--patient", default="", help="of this patient alone")
    parser.add_argument("--correlation", default="", help="what this operation led to")
    parser.add_argument("--from", dest="since", type=_since, help="a position or a time; without it: from now on")
    parser.add_argument("--no-follow", dest="follow", action="store_false", help="end at the end")
    parser.add_argument("--json", action="store_true", help="the records as they are, one a line")
    parser.add_argument("--personal", action="store_true", help="show what is personal, too")
    parser.add_argument("--topic", default=TOPIC)
    parser.set_defaults(console=Console(highlight=False, soft_wrap=not sys.stdout.isatty()))
    return parser


if __name__ == "__main__":
    sys.exit(main())
