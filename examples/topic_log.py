"""Tenants' logs out of the topic, each event once and in order: what docs/promises.md asks of a reader, in one place.

Keep ``checkpoint`` with what you made of the events, in one transaction, and begin with it after a crash.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from cluster import NotRead

Envelope = dict[str, Any]
REQUIRED = {
    *("event_id", "event_type", "schema_version", "aggregate_type", "aggregate_id", "aggregate_version"),
    *("tenant_id", "position", "patient_id", "clinic_id", "causation_id", "correlation_id", "user_id"),
    *("created_at", "event_data"),
}
"""What each schema promises of an envelope."""
HELD_EVENTS_MAX = 100_000
DESCRIBED_EVERY_SECONDS = 30.0
ASKED_FOR_SECONDS = 10.0
RECORDS_AT_ONCE = 500


@dataclass
class Checkpoint:
    """How far a reader has got. Only the positions count: an offset says where to begin looking, and nothing any more
    once the topic was lost and has come back."""

    positions: dict[str, int] = field(default_factory=dict)
    """{tenant: the last one that was read}."""
    topic_id: str = ""
    offsets: dict[int, int] = field(default_factory=dict)
    """{partition: the next one}, in the topic of that id."""

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str | None) -> Self:
        """As it was written; without a text: the beginning."""
        if not text:
            return cls()
        kept = json.loads(text)
        offsets = {int(partition): offset for partition, offset in kept["offsets"].items()}
        return cls(kept["positions"], kept["topic_id"], offsets)


class LostTopic(NotRead):
    """It was made anew meanwhile: its offsets mean something else."""


class TopicLog:
    """Reads all partitions, and joins no group: nobody else notices, and no offset is committed.

    An event that comes before its turn is held back. A tenant whose next event is not in the topic, although all of it
    was looked through, has a hole: nothing more is read of them, and ``holes`` says so.
    """

    def __init__(self, client: dict[str, Any], topic: str, group: str, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.holes: dict[str, int] = {}
        """{tenant: the position that is missing}."""
        self._topic = topic
        self._held: dict[str, dict[int, Envelope]] = {}
        self._admin = AdminClient(client)
        self._consumer = Consumer(
            client
            | {
                "group.id": group,  # the client asks for one, and the cluster whether it is ours
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 100,
            }
        )
        topic_id, partitions = self._described()
        if checkpoint.topic_id != topic_id:
            checkpoint.topic_id, checkpoint.offsets = topic_id, {}
        self._next = dict(checkpoint.offsets)
        self._reading: set[int] = set()
        self._goal: dict[int, int] = {}
        self._read(partitions)
        self._set_goal()

    def batches(self, events_max: int, seconds: float, *, follow: bool) -> Iterator[list[Envelope]]:
        """So many events at a time, or what came within so many seconds; ``checkpoint`` is behind them.

        Without ``follow`` it ends with what is there now. Raises KafkaException and LostTopic.
        """
        while follow or not self._at_end:
            events: list[Envelope] = []
            until = time.monotonic() + seconds
            while len(events) < events_max and time.monotonic() < until and (follow or not self._at_end):
                for message in self._consumer.consume(min(RECORDS_AT_ONCE, events_max - len(events)), 0.1):
                    self._see(message, events)
                if self._held and self._at_end:
                    self._not_found()
                if time.monotonic() - self._looked_at > DESCRIBED_EVERY_SECONDS:
                    topic_id, partitions = self._described()
                    if topic_id != self.checkpoint.topic_id:
                        raise LostTopic("the topic is another one than at the start: start again")
                    self._read(partitions)
            if events:
                yield events

    def close(self) -> None:
        self._consumer.close()

    @property
    def _at_end(self) -> bool:
        """Whether all was seen that was there when the goal was set."""
        return all(self._next[partition] >= offset for partition, offset in self._goal.items())

    def _see(self, message: Message, events: list[Envelope]) -> None:
        error, partition, offset = message.error(), message.partition(), message.offset()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)  # one of the group or the connection names no partition
        assert partition is not None
        assert offset is not None
        if error is None:
            event = envelope(message.value())
            if event is not None:
                self._take(event, events)
            offset += 1
        self._next[partition] = offset
        if not self._held and not self.holes:  # else a crash would lead past what was not taken
            self.checkpoint.offsets = dict(self._next)

    def _take(self, event: Envelope, events: list[Envelope]) -> None:
        tenant, position = event["tenant_id"], event["position"]
        expected = self.checkpoint.positions.get(tenant, 0) + 1
        if position < expected or tenant in self.holes:
            return
        if position > expected:
            self._hold(tenant, position, event)
            return
        held = self._held.get(tenant, {})
        following: Envelope | None = event
        while following is not None:
            events.append(following)
            self.checkpoint.positions[tenant] = position
            position += 1
            following = held.pop(position, None)
        if not held:
            self._held.pop(tenant, None)

    def _hold(self, tenant: str, position: int, event: Envelope) -> None:
        # After partitions were added a tenant's events lie on two, and the later ones may be read first.
        if tenant not in self._held:
            self._held[tenant] = {}
            self._set_goal()
        self._held[tenant][position] = event
        if sum(map(len, self._held.values())) > HELD_EVENTS_MAX:
            self._not_found()

    def _not_found(self) -> None:
        self.holes |= {tenant: self.checkpoint.positions.get(tenant, 0) + 1 for tenant in self._held}
        self._held = {}

    def _described(self) -> tuple[str, list[int]]:
        """The topic's id, which is another one after it was lost and made again; and its partitions."""
        asked = self._admin.describe_topics(TopicCollection([self._topic]), request_timeout=ASKED_FOR_SECONDS)
        try:
            topic = asked[self._topic].result()
        except KafkaException:
            self._admin.poll(0)  # so that what lies behind it is told
            raise
        return str(topic.topic_id), [partition.id for partition in topic.partitions]

    def _read(self, partitions: list[int]) -> None:
        """Those that are new here, each from where it was left."""
        self._looked_at = time.monotonic()
        for partition in partitions:
            begin = self._next.setdefault(partition, 0)
            if partition not in self._reading:
                self._reading.add(partition)
                self._consumer.incremental_assign([TopicPartition(self._topic, partition, begin)])

    def _set_goal(self) -> None:
        for partition in self._next:
            ends = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), ASKED_FOR_SECONDS)
            if ends is None:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            self._goal[partition] = ends[1]


def envelope(record: bytes | None) -> Envelope | None:
    """``data`` of a record; None: it is none of Healz's, and passed over."""
    try:
        event = json.loads(record or b"")
        data: Envelope = event["data"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    ours = event.get("source") == "/healz" and isinstance(data, dict) and data.keys() >= REQUIRED
    return data if ours and isinstance(data["position"], int) else None


def told(holes: dict[str, int]) -> int:
    """The exit code: 0, or 3 where a tenant's log is not whole."""
    for tenant, position in holes.items():
        print(f"tenant {tenant}: position {position} is not in the topic; nothing after it was read")
    return 3 if holes else 0
