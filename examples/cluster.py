"""Where Kafka is and how one gets in, from the environment or as asked; and what went wrong, in a sentence."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException

SETTINGS = {
    "security.protocol": "KAFKA_SECURITY_PROTOCOL",
    "sasl.mechanism": "KAFKA_SASL_MECHANISM",
    "sasl.username": "KAFKA_SASL_USERNAME",
    "sasl.password": "KAFKA_SASL_PASSWORD",
    "ssl.ca.location": "KAFKA_SSL_CA_FILE",
}
"""{librdkafka's name: the variable}, as Healz's own processes have them."""
DEFAULTS = {"sasl.mechanism": "SCRAM-SHA-512"}
TOLD_EVERY_SECONDS = 60.0
REFUSED, INTERRUPTED = 1, 130


class NotRead(Exception):
    """Why the topic, or what explains it, can't be read."""


def parser(description: str | None) -> argparse.ArgumentParser:
    """What all that read the topic are asked."""
    user = os.environ.get("KAFKA_SASL_USERNAME")
    group = os.environ.get("KAFKA_GROUP") or (f"{user}.reader" if user else "reader")
    arguments = argparse.ArgumentParser(
        description=description, epilog=f"A cluster that asks who comes is told by {', '.join(SETTINGS.values())}."
    )
    arguments.add_argument("--kafka", default=os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:19092"))
    arguments.add_argument("--topic", default="healz.events")
    arguments.add_argument(
        "--group", default=group, help=f"one that you may read in; nothing is committed to it (default: {group})"
    )
    arguments.add_argument("--follow", action="store_true", help="go on; without it, end with what is there now")
    return arguments


def client(asked: argparse.Namespace) -> dict[str, Any]:
    """What each client of confluent-kafka is told. What librdkafka would log is kept, for ``ended`` to name."""
    told = {name: os.environ[variable] for name, variable in SETTINGS.items() if os.environ.get(variable)}
    secured = told.get("security.protocol", "PLAINTEXT") != "PLAINTEXT"
    return {
        "bootstrap.servers": asked.kafka,
        **(DEFAULTS | told if secured else {}),
        "log_level": 0,
        "error_cb": Troubles(asked),
    }


class Troubles:
    """What librdkafka goes on trying in spite of. Whoever follows is told, once a minute."""

    last: str = ""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._follows = asked.follow
        self._said_at = float("-inf")

    def __call__(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN or not Troubles.last:
            Troubles.last = error.str()
        if self._follows and time.monotonic() - self._said_at > TOLD_EVERY_SECONDS:
            self._said_at = time.monotonic()
            sys.stderr.write(f"Kafka does not answer, it is asked on: {error.str()}\n")


def ended(main: Callable[[], int]) -> int:
    """The program's exit code; 1 with a sentence on standard error where it could not read."""
    try:
        return main()
    except KafkaException as error:
        cause: KafkaError = error.args[0]
        sentence = f"Kafka: {cause.str()} ({cause.name()})"
        # That it takes too long is no cause; the cause was told while it was waited for.
        if cause.code() in (KafkaError._TIMED_OUT, KafkaError._TRANSPORT) and Troubles.last:
            sentence = f"{sentence}: {Troubles.last}"
    except NotRead as error:
        sentence = str(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    sys.stderr.write(f"{sentence}\n")
    return REFUSED
