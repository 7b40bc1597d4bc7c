"""What Kafka has: read from the topic's begin to its end, committed records only."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from healz.kafka import TOPIC
from healz_local.errors import LocalStackError

FETCH_WAIT_MS = 200
FETCH_BYTES_MAX = 8 * 1024 * 1024


@dataclass
class Published:
    """One tenant's records, by the type of the event; ``twice`` were there already at the same position."""

    by_type: Counter[str] = field(default_factory=Counter)
    twice: int = 0

    @property
    def records(self) -> int:
        return self.by_type.total()


def consumer(bootstrap_servers: str, begin: Literal["earliest", "latest"]) -> AIOKafkaConsumer:
    """Of no group: once started it is assigned every partition, fetches from ``begin`` on, and leaves no trace."""
    return AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset=begin,
        max_partition_fetch_bytes=FETCH_BYTES_MAX,
    )


async def read_published(bootstrap_servers: str, tenant_id: UUID, until_position: int) -> Published:
    """The tenant's records up to that position. Raises LocalStackError when Kafka can't be read."""
    published = Published()
    positions: set[int] = set()
    reading = consumer(bootstrap_servers, "earliest")
    key = str(tenant_id).encode()
    try:
        await reading.start()
        unread = reading.assignment()
        ends = await reading.end_offsets(unread)
        while unread := {partition for partition in unread if await reading.position(partition) < ends[partition]}:
            for batch in (await reading.getmany(*unread, timeout_ms=FETCH_WAIT_MS)).values():
                for record in batch:
                    if record.key != key:
                        continue
                    event = json.loads(record.value)["data"]
                    if event["position"] > until_position:
                        continue
                    published.by_type[event["event_type"]] += 1
                    published.twice += event["position"] in positions
                    positions.add(event["position"])
    except KafkaError as error:
        raise LocalStackError(f"Kafka at {bootstrap_servers} can't be read: {error!r}") from error
    finally:
        await reading.stop()
    return published
