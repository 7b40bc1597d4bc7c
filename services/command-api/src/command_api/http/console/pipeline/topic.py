"""The topic's partitions: where each ends, which instance of each projector reads it, and how far the group is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

UUID_LENGTH = 36
"""What the broker hangs on a static member's name, after a hyphen."""


@dataclass(frozen=True)
class Reads:
    """One projector at one partition. ``offset`` is what the group has committed, a hint that is up to a second old;
    None: nothing yet. ``instance`` None: nobody reads it."""

    instance: str | None
    offset: int | None


@dataclass(frozen=True)
class Partition:
    number: int
    end: int
    readers: Mapping[str, Reads] = field(default_factory=dict)
    """By projection."""


async def partitions(bootstrap_servers: str, topic: str, groups: Mapping[str, str]) -> Sequence[Partition]:
    """All of the topic; ``groups``: {projection: its consumer group}. Raises KafkaError; nothing without the topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, enable_auto_commit=False)
    await admin.start()
    try:
        await consumer.start()
        try:
            [described] = await admin.describe_topics([topic])
            wanted = [TopicPartition(topic, one["partition"]) for one in described["partitions"]]
            ends = await consumer.end_offsets(wanted) if wanted else {}
        finally:
            await consumer.stop()
        held = {name: await _held(admin, topic, group) for name, group in groups.items()}
        said = {name: await admin.list_consumer_group_offsets(group) for name, group in groups.items()}
    finally:
        await admin.close()
    return [
        Partition(
            one.partition,
            ends[one],
            {name: Reads(held[name].get(one.partition), _offset(said[name].get(one))) for name in groups},
        )
        for one in sorted(wanted)
    ]


async def _held(admin: AIOKafkaAdminClient, topic: str, group: str) -> dict[int, str]:
    """{partition: the instance that reads it}"""
    [answer] = await admin.describe_consumer_groups([group])
    held: dict[int, str] = {}
    for _, _, _, _, _, members, *_ in answer.groups:
        for member_id, _, _, _, assignment in members:
            if assignment:
                decoded = ConsumerProtocolMemberAssignment.decode(assignment)
                held |= {
                    number: _name(member_id)
                    for name, numbers in decoded.assignment
                    if name == topic
                    for number in numbers
                }
    return held


def _name(member_id: str) -> str:
    return member_id[: -UUID_LENGTH - 1] or member_id


def _offset(said: Any) -> int | None:
    return None if said is None or said.offset < 0 else int(said.offset)
