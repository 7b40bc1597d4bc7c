"""Republishes: gives a new, emptied or half-filled topic what it lacks of the store.

While it does, it leads: the relay that led stands by, and none leads before it has ended, however it is interrupted.
What the outbox still holds is left to the relay; everything before that is published here.
"""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.errors import KafkaError

from command_api.relay import log
from command_api.relay.halted import RelayHalt, halt
from command_api.relay.lease import Lease, lease_on, session, while_held
from command_api.relay.missing import Compared, Missing, compare
from command_api.relay.progress import ProgressLine
from command_api.relay.publish import publish, start_producer, stop_producer
from command_api.relay.settings import RelaySettings
from command_api.relay.tail import TopicMissing, extent
from healz.kafka import brokers, ensure_topic

NOTED = "SELECT republish FROM event_store.relay_lease"

ALL = "all"


class Unfinished(Exception):
    """One that begun before has to end first."""


@dataclass(frozen=True)
class Wish:
    """What is to be republished."""

    tenant_id: UUID | None = None
    """None: all tenants."""
    anew: bool = False
    """Delete what the topic has first; only for all tenants."""
    make_topic: bool = False
    """Where it is missing; only for all tenants."""

    @property
    def covers(self) -> str:
        return ALL if self.tenant_id is None else str(self.tenant_id)


@dataclass
class Republished:
    """What was found, and what was sent of it."""

    compared: Compared
    anew: bool
    sent: int = 0

    @property
    def may_send(self) -> bool:
        """Nothing that is appended mends strangers and a wrong order; and what the store has no more is not deleted.

        A gap is its tenant's: the others are sent.
        """
        return not (self.compared.strangers or self.compared.out_of_order or (self.anew and self.compared.gaps))


async def look(settings: RelaySettings, wish: Wish) -> Republished:
    """What would be sent. Changes nothing; a relay may lead meanwhile."""
    async with session(settings, "relay republish") as connection:
        return Republished(await compare(connection, settings, wish.tenant_id, emptied=wish.anew), wish.anew)


async def republish(settings: RelaySettings, wish: Wish, progress: ProgressLine) -> Republished:
    """Sends what is missing, tenant by tenant in order. Nothing is sent where ``may_send`` is False; a tenant of whom
    the store has a gap is halted, and nothing of theirs is sent.

    Raises Unfinished, StoreHasGap, TopicMissing; LeaseLost or ProducerFenced where somebody else has begun to lead;
    and what PostgreSQL and Kafka raise. Called again, it goes on.
    """
    async with lease_on(settings) as lease, session(settings, "relay republish") as connection:
        # Asked first: who is refused must not have ended the one that runs.
        noted = await connection.fetchval(NOTED)
        if noted not in (None, wish.covers) and wish.covers != ALL:
            raise Unfinished(f"a republish of {noted} has begun and not ended; call that one again")
        await lease.take(over=True)
        if lease.republish not in (None, wish.covers) and wish.covers != ALL:
            raise Unfinished(f"a republish of {lease.republish} has begun and not ended")
        return await while_held(lease, _send_what_is_missing(connection, lease, settings, wish, progress))


async def _send_what_is_missing(
    connection: Any, lease: Lease, settings: RelaySettings, wish: Wish, progress: ProgressLine
) -> Republished:
    # Fences whoever led: nothing of theirs can come after what is seen of the topic now.
    producer = await start_producer(settings)
    try:
        if wish.make_topic and await _is_missing(settings):
            await lease.note(wish.covers)
            await ensure_topic(topic=settings.healz_topic, **brokers(settings))
        compared = await compare(connection, settings, wish.tenant_id, emptied=wish.anew)
        outcome = Republished(compared, wish.anew)
        if not outcome.may_send:
            return outcome
        # Before a relay leads again, which would put their next events behind the gap.
        gaps = [tenant for tenant in compared.missing if tenant.tenant_id in compared.gaps]
        await halt(
            connection, [RelayHalt(tenant.tenant_id, tenant.first, compared.gaps[tenant.tenant_id]) for tenant in gaps]
        )
        missing = compared.whole
        if missing:
            await lease.note(wish.covers)
            if wish.anew:
                await _empty(settings)
            progress.begin(sum(map(len, missing)))
            await _send(connection, producer, settings, missing, progress)
            outcome.sent = progress.done
        if lease.republish is not None:
            await lease.note(None)
        return outcome
    finally:
        await stop_producer(producer)


async def _send(
    connection: Any,
    producer: AIOKafkaProducer,
    settings: RelaySettings,
    missing: list[Missing],
    progress: ProgressLine,
) -> None:
    """While one portion is published, the next is read."""
    reading: asyncio.Task[Any] | None = None
    try:
        sending = None
        for portion in [*log.portions(missing, settings.healz_relay_batch_events_max), None]:
            reading = asyncio.create_task(log.read(connection, portion)) if portion else None
            if sending is not None:
                await publish(producer, settings.healz_topic, sending)
                progress.add(sum(len(commit.records) for commit in sending))
            sending = await reading if reading is not None else None
    finally:
        if reading is not None and not reading.done():
            reading.cancel()
            await asyncio.wait([reading])
        progress.end()


async def _is_missing(settings: RelaySettings) -> bool:
    try:
        await extent(settings)
    except TopicMissing:
        return True
    return False


async def _empty(settings: RelaySettings) -> None:
    """Deletes all records that the topic has; offsets go on. Raises KafkaError where some are left."""
    before = await extent(settings)
    admin = AIOKafkaAdminClient(**brokers(settings))
    await admin.start()
    try:
        partitions = [TopicPartition(settings.healz_topic, partition) for partition in before]
        await admin.delete_records({partition: RecordsToDelete(before_offset=-1) for partition in partitions})
    finally:
        await admin.close()
    # Sent behind what a broker refused to delete, events would be there twice.
    after = await extent(settings)
    if any(after[partition][0] < end for partition, (_, end) in before.items()):
        raise KafkaError("the broker has not deleted the topic's records")
