"""One relay leads, others stand by; the leader drains the outbox in order."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from command_api.door import Door, open_door
from command_api.relay import outbox
from command_api.relay.halted import RelayHalt, halt
from command_api.relay.lease import Lease, LeaseLost, lease_on, session, while_held
from command_api.relay.look import look
from command_api.relay.metrics import leading, stands_by
from command_api.relay.publish import publish, start_producer, stop_producer
from command_api.relay.rests import Rests
from command_api.relay.settings import RelaySettings
from healz.postgres import AWAY

log = logging.getLogger(__name__)

SMALL_BATCH_SHARE = 0.25
"""Below this share of a full batch there is little work: leave the coordinator a moment between transactions."""


async def run_relay(settings: RelaySettings) -> None:
    """Stands by, leads, stands by again; ends only by cancellation."""
    async with open_door(settings.healz_relay_host, settings.healz_relay_port) as door:
        while True:
            await _one_leadership(door, settings)
            await _pause(settings.healz_relay_retry_backoff_ms)


async def _one_leadership(door: Door, settings: RelaySettings) -> None:
    """From standing by until the lease, the producer or the database is lost."""
    stands_by()
    try:
        async with lease_on(settings) as lease:
            await stand_by(lease, settings)
            log.info("leading", extra={"fence": lease.fence})
            with leading():
                await lead_while_held(lease, door, settings)
    except ProducerFenced:
        log.warning("fenced by another relay; standing by")
    except LeaseLost as error:
        log.warning("lost the lease; standing by", extra={"reason": str(error)})
    except AWAY as error:
        log.warning("the database does not answer; standing by", extra={"reason": repr(error)})


async def stand_by(lease: Lease, settings: RelaySettings) -> None:
    """Returns once the lease is taken; says once who has it meanwhile, or that a republish has to end first."""
    logged: dict[str, str | None] = {}
    while not await lease.take():
        why = {"leader": lease.holder, "republish": lease.republish}
        if why != logged:
            log.info("standing by", extra=why)
            logged = why
        await _pause(settings.healz_relay_standby_interval_ms)


async def lead_while_held(lease: Lease, door: Door, settings: RelaySettings) -> None:
    """Leads until the lease is lost or the database is. Raises what ended it: LeaseLost, or what ``lead`` raises."""
    async with session(settings, "relay") as connection:
        await while_held(lease, lead(connection, lease, door, settings))


async def lead(connection: Any, lease: Lease, door: Door, settings: RelaySettings) -> None:
    """Publishes until the leadership is lost. A failed publish means a new producer, by the same path as a new leader.

    Raises LeaseLost, ProducerFenced, and what the database raises.
    """
    while True:
        # A new producer fences everybody's: only who still has the lease may start one.
        await lease.renew()
        producer: AIOKafkaProducer | None = None
        try:
            producer = await start_producer(settings)
            await look(connection, lease.fence, await producer.partitions_for(settings.healz_topic), settings)
            await drain(connection, producer, lease, door, settings)
        except ProducerFenced:
            raise
        except outbox.IncompleteRow as error:
            await halt(connection, [RelayHalt(error.tenant_id, error.position, str(error))])
        except (KafkaError, TimeoutError) as error:
            log.warning("publishing failed; a new producer follows", extra={"reason": repr(error)})
        finally:
            if producer is not None:
                await stop_producer(producer)
        # Also notices a lost database while Kafka is away.
        await connection.fetchval("SELECT 1")
        await _pause(settings.healz_relay_retry_backoff_ms)


async def drain(connection: Any, producer: AIOKafkaProducer, lease: Lease, door: Door, settings: RelaySettings) -> None:
    """Outbox → topic, for ever: again at once while there is much, when somebody knocks or a few milliseconds later
    otherwise, and ever more slowly while there is nothing.

    While one batch is published, the next is read; what was published is deleted with the next look.
    """
    events_max = settings.healz_relay_batch_events_max
    rests = Rests(door, settings)
    rows: list[outbox.OutboxRow] = []
    published: list[int] = []
    while True:
        started = time.monotonic()
        if not rows:
            rows, published = await outbox.read(connection, lease.fence, events_max, published=published), []
        ids = [row.id for row in rows]
        if sum(len(row.records) for row in rows) < events_max * SMALL_BATCH_SHARE:
            if rows:
                await publish(producer, settings.healz_topic, rows)
            rows, published = [], [*published, *ids]
            await rests.after(len(ids), (time.monotonic() - started) * 1000)
        else:
            following = outbox.read(connection, lease.fence, events_max, ids, published)
            rows, published = await _publish_and_read(producer, rows, following, settings), ids


async def _publish_and_read(
    producer: AIOKafkaProducer,
    rows: list[outbox.OutboxRow],
    following: Coroutine[Any, Any, list[outbox.OutboxRow]],
    settings: RelaySettings,
) -> list[outbox.OutboxRow]:
    """Publishes ``rows``; returns those ``following``, read meanwhile. A failed publish comes first."""
    reading = asyncio.create_task(following)
    try:
        await publish(producer, settings.healz_topic, rows)
    except BaseException:  # cancellation too: the connection must be free again before anybody goes on
        reading.cancel()
        await asyncio.wait([reading])
        raise
    return await reading


async def _pause(milliseconds: float) -> None:
    await asyncio.sleep(milliseconds / 1000)  # the pace of looking at the outbox
