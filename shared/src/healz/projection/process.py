"""A projector as a process: the FastStream application around the engine."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import uvloop
from aiokafka import ConsumerRecord, TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from healz.kafka import access
from healz.memory import settle
from healz.metrics.export import exporting
from healz.projection.assignments import Assignments
from healz.projection.projector import Projector
from healz.projection.settings import ProjectorSettings
from healz.projection.shape import Projection
from healz.start import start
from healz.traces.export import exporting_traces

# FastStream's own logger writes in a format of its own.
framework_log = logging.getLogger("healz.projection.faststream")
PROOFS = {"SCRAM-SHA-512": SASLScram512, "SCRAM-SHA-256": SASLScram256, "PLAIN": SASLPlaintext}


def create_app(settings: ProjectorSettings, projection: Projection[Any]) -> FastStream:
    """The application of one projector; nothing is opened before it runs."""
    projector = Projector(settings, projection)
    broker = KafkaBroker(
        settings.kafka_bootstrap_servers,
        client_id=projection.component,
        security=_security(settings),
        consumer_only=True,
        allow_auto_create_topics=False,
        logger=framework_log,
        # Two lines for each batch: the position in the read model says the same.
        log_level=logging.DEBUG,
        # Types are ours already; injecting the message by its type goes through a thread each time.
        apply_types=False,
    )

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with projector.running():
            yield

    app = FastStream(broker, lifespan=lifespan, logger=framework_log)
    app.on_startup(projector.kafka_answers)

    subscriber = broker.subscriber(
        settings.healz_topic,
        batch=True,
        group_id=settings.healz_consumer_group or projection.component,
        group_instance_id=settings.healz_group_instance_id,
        listener=Assignments(settings.healz_group_instance_id, lambda: subscriber.consumer),
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        ack_policy=AckPolicy.MANUAL,
        max_records=settings.healz_batch_records_max,
        # It returns as soon as there is a record; while there is none, it need not look up often.
        batch_timeout_ms=1000,
        session_timeout_ms=settings.healz_session_timeout_ms,
        max_poll_interval_ms=settings.healz_poll_interval_ms_max,
        parser=_without_headers,
        decoder=_as_it_is,
    )

    @subscriber
    async def consume(message: KafkaMessage) -> None:
        records = message.raw_message
        assert isinstance(records, tuple)
        await projector.consume(records, message.consumer)

    @app.after_startup
    async def wait_for_records() -> None:
        assert subscriber.consumer is not None
        subscriber.consumer.getmany = _waiting(subscriber.consumer.getmany)

    return app


def run(projection: Projection[Any]) -> None:
    """The process's entry point: settings from the environment, until SIGTERM."""
    settings = start(ProjectorSettings)
    app = create_app(settings, projection)
    with exporting(settings, projection.component), exporting_traces(settings, projection.component):
        settle()
        uvloop.run(app.run())


def _security(settings: ProjectorSettings) -> BaseSecurity | None:
    """How brokers are reached, in FastStream's words."""
    told = access(settings)
    if "sasl_mechanism" not in told:
        return None
    proof = PROOFS[told["sasl_mechanism"]]
    context = told.get("ssl_context")
    username, password = told["sasl_plain_username"], told["sasl_plain_password"]
    return proof(username, password, ssl_context=context, use_ssl=context is not None)


async def _without_headers(
    records: Sequence[ConsumerRecord[bytes, bytes]], parse: Callable[..., Awaitable[Any]]
) -> Any:
    """As FastStream parses a batch, but that it decodes no headers: one that is not UTF-8 would end the whole batch
    before anybody here sees it. What we need of a record is in its value; ours have none."""
    return await parse(tuple(replace(record, headers=()) if record.headers else record for record in records))


def _waiting(getmany: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """``getmany`` that returns only with records: FastStream sleeps after an empty poll, as long again as that took."""

    async def until_there_are_some(*partitions: TopicPartition, **limits: Any) -> Any:
        while not (records := await getmany(*partitions, **limits)):  # noqa: ASYNC110  # it's getmany that waits
            await asyncio.sleep(0)  # lets others run, should getmany ever return at once
        return records

    return until_there_are_some


async def _as_it_is(message: KafkaMessage) -> KafkaMessage:
    """The handler gets the message; FastStream would decode its JSON, before the handler does and a second time."""
    return message
