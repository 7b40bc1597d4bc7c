"""healz-tap: what comes through the topic, as it comes. Joins no group and commits nothing: nobody else notices."""

import argparse
import asyncio
import contextlib
import logging
import os
import re
import sys
import time
from collections.abc import Sequence
from datetime import datetime

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from rich.console import Console

from healz.kafka import TOPIC, access
from healz.settings import KafkaAccess
from healz.start import read_settings
from healz_local.settings import LocalSettings
from healz_local.tap_lines import TapFilter, envelope, line, unknown

EPILOG = """\
--from takes a position (of each tenant, or of the one that --tenant names) or a time with its offset
(2026-03-01T12:00:00-03:00). An id may be its end alone, as the lines show it. What is personal is hidden by the marks
of the schemas, but for --personal and --json.
"""
TOLD_EVERY_SECONDS = 60.0
REFUSED, BAD_SETTINGS = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; exit code 1 when Kafka is not there, or nothing can be written."""
    options = _parser().parse_args(arguments)
    settings = LocalSettings()
    options.kafka = settings.kafka_bootstrap_servers or f"127.0.0.1:{settings.kafka_port}"
    clients = logging.getLogger("aiokafka")
    clients.propagate = False
    clients.addHandler(SeldomHandler(options.kafka))
    try:
        options.access = access(read_settings(KafkaAccess))
    except OSError as error:
        return _refuse(f"KAFKA_SSL_CA_FILE can't be used: {error}", BAD_SETTINGS)
    for name in unknown(options.type):
        _say(f"no event that this release knows is called {name}")
    try:
        asyncio.run(tap(options))
        sys.stdout.flush()
    except KafkaError as error:
        return _refuse(f"Kafka at {options.kafka}: {error}. `make up` starts it.", REFUSED)
    except BrokenPipeError:
        _give_up_output()  # whoever reads has seen enough
    except OSError as error:
        _give_up_output()
        return _refuse(f"nothing can be written: {error.strerror}", REFUSED)
    except KeyboardInterrupt:
        pass  # how one ends it
    return 0


class SeldomHandler(logging.Handler):
    """What Kafka's client logs while brokers are away, several lines a second: one a minute is enough."""

    def __init__(self, kafka: str) -> None:
        super().__init__(logging.ERROR)
        self._kafka = kafka
        self._told_at = float("-inf")
        self.started = False
        """Before that, what is wrong ends the program, with a sentence of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        if self.started and time.monotonic() - self._told_at > TOLD_EVERY_SECONDS:
            self._told_at = time.monotonic()
            _say(f"Kafka at {self._kafka} does not answer, it is asked on: {record.getMessage()}")


async def tap(options: argparse.Namespace) -> None:
    """Shows until it is interrupted; with --no-follow, all that is there now."""
    consumer = AIOKafkaConsumer(
        options.topic,
        bootstrap_servers=options.kafka,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest" if options.since is not None or not options.follow else "latest",
        **options.access,
    )
    try:
        await consumer.start()
        for handler in logging.getLogger("aiokafka").handlers:
            if isinstance(handler, SeldomHandler):
                handler.started = True
        await _begin(consumer, options)
        if options.follow:
            _say("waiting for what comes; Ctrl-C ends it" + ("" if options.since else ", --from 1 shows the past too"))
            while True:
                await _show(consumer, options)
        partitions = list(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        seen = shown = 0
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            looked_at, fitted = await _show(consumer, options)
            seen, shown = seen + looked_at, shown + fitted
        if not shown:
            _say(f"of {seen:,} events in {options.topic} none is one of those")
    finally:
        await consumer.stop()


async def _begin(consumer: AIOKafkaConsumer, options: argparse.Namespace) -> None:
    """At the first record of --from, where that is a time; a position is looked for from the beginning."""
    partitions = sorted(consumer.assignment())  # without a group: all that there are
    if not partitions:
        raise KafkaError(f"there is no topic {options.topic}")
    if isinstance(options.since, datetime):
        found = await consumer.offsets_for_times(
            dict.fromkeys(partitions, max(0, int(options.since.timestamp() * 1000)))
        )
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            await consumer.position(partition)  # a reset that is under way would undo the seek
            at = found.get(partition)
            consumer.seek(partition, at.offset if at is not None else ends[partition])


async def _show(consumer: AIOKafkaConsumer, options: argparse.Namespace) -> tuple[int, int]:
    """How many events it has looked at, and how many it has shown."""
    asked = TapFilter(
        types=tuple(options.type),
        tenant=options.tenant or "",
        patient=options.patient or "",
        correlation=options.correlation or "",
        position=options.since if isinstance(options.since, int) else 1,
    )
    seen = shown = 0
    for records in (await consumer.getmany(timeout_ms=200)).values():
        for record in records:
            data = envelope(record.value)
            seen += data is not None
            if data is None or not asked.wants(data):
                continue
            shown += 1
            if options.json:
                sys.stdout.write(f"{(record.value or b'').decode()}\n")
            else:
                options.console.print(line(data, personal=options.personal))
    sys.stdout.flush()
    return seen, shown


def _say(sentence: str) -> None:
    sys.stderr.write(f"healz-tap: {sentence}\n")


def _refuse(sentence: str, code: int) -> int:
    _say(sentence)
    return code


def _give_up_output() -> None:
    """Else the interpreter tries to write the rest at its end, and says that it can't."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _id(text: str) -> str:
    if not re.fullmatch("[0-9a-fA-F-]{4,36}", text):
        raise argparse.ArgumentTypeError("must be an id, or at least the last four digits of one")
    return text.lower()


def _since(text: str) -> int | datetime:
    with contextlib.suppress(ValueError):
        return max(1, int(text))
    with contextlib.suppress(ValueError):
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at
    raise argparse.ArgumentTypeError("give a position, or a time with its offset, like 2026-03-01T12:00:00-03:00")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="healz-tap", description=__doc__, epilog=EPILOG)
    parser.add_argument("--type", action="append", default=[], help="an event's name, with * and ?; as often as needed")
    parser.add_argument("--tenant", type=_id, help="of this organisation alone")
    parser.add_argument("--patient", type=_id, help="of this patient alone")
    parser.add_argument("--correlation", type=_id, help="what this operation led to")
    parser.add_argument("--from", dest="since", type=_since, help="a position or a time; without it: from now on")
    parser.add_argument("--no-follow", dest="follow", action="store_false", help="end at the end")
    parser.add_argument("--json", action="store_true", help="the records as they are, one a line")
    parser.add_argument("--personal", action="store_true", help="show what is personal, too")
    parser.add_argument("--topic", default=TOPIC)
    parser.set_defaults(console=Console(highlight=False, soft_wrap=not sys.stdout.isatty()))
    return parser


if __name__ == "__main__":
    sys.exit(main())
