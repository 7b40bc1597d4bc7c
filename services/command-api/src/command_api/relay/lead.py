"""One relay leads, others stand by; the leader drains the outbox in order."""

import asyncio
import logging
import time
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from command_api.relay import outbox
from command_api.relay.publish import publish, start_producer
from command_api.relay.tail import drop_published
from command_api.settings import RelaySettings
from healz.postgres import AWAY, require_own_session, server_settings

log = logging.getLogger(__name__)

LEAD = "SELECT pg_try_advisory_lock(hashtextextended('healz.relay', 0))"
# A leader whose machine vanished holds the lock until PostgreSQL notices: 5 + 3 × 2 seconds.
KEEPALIVES = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
SMALL_BATCH_SHARE = 0.25
"""Below this share of a full batch there is little work: leave the coordinator a moment between transactions."""


async def run_relay(settings: RelaySettings) -> None:
    """Stands by, leads, stands by again; ends only by cancellation, StoreRestored or ThroughPooler."""
    while True:
        try:
            connection = await connect(settings)
        except AWAY as error:
            log.warning("the database does not answer", extra={"reason": repr(error)})
            await _pause(settings.healz_relay_retry_backoff_ms)
            continue
        try:
            await require_own_session(connection)
            while not await connection.fetchval(LEAD):
                await _pause(settings.healz_relay_standby_interval_ms)
            log.info("leading")
            await lead(connection, settings)
        except ProducerFenced:
            log.warning("fenced by another relay; standing by")
        except AWAY as error:
            log.warning("lost the database; standing by", extra={"reason": repr(error)})
        finally:
            # Ends the leadership, whatever the server still believes of this session.
            connection.terminate()
        await _pause(settings.healz_relay_retry_backoff_ms)


async def connect(settings: RelaySettings) -> asyncpg.Connection:
    """The one direct connection that holds the lock, reads and deletes; never through a pooler."""
    return await asyncpg.connect(
        settings.database_url,
        timeout=settings.healz_pool_acquire_timeout_seconds,
        command_timeout=settings.healz_statement_timeout_seconds + 1,
        server_settings=server_settings(settings, "relay") | KEEPALIVES,
    )


async def lead(connection: Any, settings: RelaySettings) -> None:
    """Publishes until the leadership is lost. A failed publish means a new producer, by the same path as a new leader.

    Raises ProducerFenced, what the database raises, and outbox.StoreRestored.
    """
    while True:
        producer: AIOKafkaProducer | None = None
        try:
            producer = await start_producer(settings)
            await drop_published(connection, await producer.partitions_for(settings.healz_topic), settings)
            await drain(connection, producer, settings)
        except ProducerFenced:
            raise
        except (KafkaError, TimeoutError, outbox.IncompleteRow) as error:
            log.warning("publishing failed; a new producer follows", extra={"reason": repr(error)})
        finally:
            if producer is not None:
                await _stop(producer)
        # Also notices a lost database while Kafka is away.
        await connection.fetchval("SELECT 1")
        await _pause(settings.healz_relay_retry_backoff_ms)


async def drain(connection: Any, producer: AIOKafkaProducer, settings: RelaySettings) -> None:
    """Outbox → topic, for ever: again at once while there is much, every few milliseconds otherwise.

    While one batch is published, the next is read.
    """
    events_max = settings.healz_relay_batch_events_max
    rows: list[outbox.Row] = []
    while True:
        started = time.monotonic()
        rows = rows or await outbox.read(connection, events_max)
        count = sum(len(row.records) for row in rows)
        queued = len(rows) > 1
        following: list[outbox.Row] = []
        if rows:
            ids = [row.id for row in rows]
            if count < events_max * SMALL_BATCH_SHARE:
                await publish(producer, settings.healz_topic, rows)
            else:
                following = await _publish_and_read(connection, producer, rows, settings)
            await outbox.delete(connection, ids)
        rows = following
        if count < events_max * SMALL_BATCH_SHARE:
            # One commit alone: nobody queues. More: as long as the work took; transactions get fewer and larger.
            worked_ms = (time.monotonic() - started) * 1000 if queued else 0.0
            await _pause(max(settings.healz_relay_poll_interval_ms, min(worked_ms, settings.healz_relay_pause_ms_max)))


async def _publish_and_read(
    connection: Any, producer: AIOKafkaProducer, rows: list[outbox.Row], settings: RelaySettings
) -> list[outbox.Row]:
    """Publishes ``rows``; returns the ones that follow, read meanwhile. A failed publish comes first."""
    reading = asyncio.create_task(
        outbox.read(connection, settings.healz_relay_batch_events_max, [row.id for row in rows])
    )
    try:
        await publish(producer, settings.healz_topic, rows)
    except BaseException:  # cancellation too: the connection must be free again before anybody goes on
        reading.cancel()
        await asyncio.wait([reading])
        raise
    return await reading


async def _stop(producer: AIOKafkaProducer) -> None:
    """A producer in trouble may refuse to stop in order; the next one fences it anyway."""
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (KafkaError, TimeoutError, RuntimeError) as error:
        log.warning("the producer did not stop in order", extra={"reason": repr(error)})


async def _pause(milliseconds: float) -> None:
    await asyncio.sleep(milliseconds / 1000)
