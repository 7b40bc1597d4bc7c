"""Which partitions this instance of a projector has: logged at each rebalance, with how long it had none meanwhile, and
from which offsets it reads them.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)


class Assignments(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Told by the consumer. In a rebalance all members give up all that they have: it is aiokafka's only way."""

    def __init__(self, instance: str | None, consumer: Callable[[], Any]) -> None:
        self._instance = instance
        self._consumer = consumer
        self._without_since: float | None = None

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Nothing more of these comes until the next assignment."""
        if revoked:
            self._without_since = time.monotonic()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """From now on these come."""
        without_ms = None if self._without_since is None else round((time.monotonic() - self._without_since) * 1000)
        self._without_since = None
        about = {"instance": self._instance, "partitions": sorted(partition.partition for partition in assigned)}
        log.info("partitions assigned", extra=about | {"without_any_ms": without_ms})
        await self._tell_offsets(assigned)

    async def _tell_offsets(self, assigned: Collection[TopicPartition]) -> None:
        """Those that the group has committed; where it has none, because it is new or was deleted, it says so."""
        consumer = self._consumer()
        try:
            offsets = await asyncio.gather(*(consumer.committed(partition) for partition in assigned))
        except KafkaError as error:  # the consumer asks for itself, and again
            log.info("offsets not known yet", extra={"reason": repr(error)})
            return
        committed = {tp.partition: offset for tp, offset in zip(assigned, offsets, strict=True)}
        begins = sorted(partition for partition, offset in committed.items() if offset is None)
        if begins:
            log.warning("the group has no offsets: reads from the topic's beginning", extra={"partitions": begins})
        if goes_on := {partition: offset for partition, offset in committed.items() if offset is not None}:
            log.info("reads on", extra={"offsets": goes_on})
