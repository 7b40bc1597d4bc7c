"""Which partitions this instance of a projector has: logged at each rebalance, with how long it had none meanwhile."""

import logging
import time
from collections.abc import Collection

from aiokafka import ConsumerRebalanceListener, TopicPartition

log = logging.getLogger(__name__)


class Assignments(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Told by the consumer. In a rebalance all members give up all that they have: it is aiokafka's only way."""

    def __init__(self, instance: str | None) -> None:
        self._instance = instance
        self._without_since: float | None = None

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Nothing more of these comes until the next assignment."""
        if revoked:
            self._without_since = time.monotonic()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """From now on these come."""
        without_ms = None if self._without_since is None else round((time.monotonic() - self._without_since) * 1000)
        self._without_since = None
        about = {"instance": self._instance, "partitions": sorted(partition.partition for partition in assigned)}
        log.info("partitions assigned", extra=about | {"without_any_ms": without_ms})
