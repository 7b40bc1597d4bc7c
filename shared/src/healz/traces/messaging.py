"""Spans of Kafka batches, by the messaging conventions of OpenTelemetry as of v1.45.

Attributes are spelled out here: the conventions' package is of an earlier version, with other names.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Literal, TypeVar

from opentelemetry.trace import Link, SpanKind

from healz.traces.context import context_of, is_sampled, traceparent_in
from healz.traces.recorder import NOTHING, Attributes, Recorder

SYSTEM, KAFKA = "messaging.system.name", "kafka"
OPERATION_NAME, OPERATION_TYPE = "messaging.operation.name", "messaging.operation.type"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
GROUP = "messaging.consumer.group.name"
BATCH_RECORDS = "messaging.batch.message_count"
OFFSET = "kafka.offset"
KEY = "kafka.message.key"
"""The tenant's id: only where a setting allows it."""

Operation = Literal["send", "process"]
# What is sent was created, as a message, in the request's own span: so says the event. Then a send is a CLIENT's.
KIND_OF: dict[Operation, SpanKind] = {"send": SpanKind.CLIENT, "process": SpanKind.CONSUMER}
Whose = TypeVar("Whose")


def batch(
    recorder: Recorder,
    operation: Operation,
    topic: str,
    records: Iterable[tuple[bytes, Whose]],
    about: Callable[[Whose], Attributes],
    *,
    count: int,
    group: str | None = None,
) -> AbstractContextManager[None]:
    """A span of what is done meanwhile with these records, linked to the request of each; none, where none of the
    requests is recorded. ``about`` says what a link says of a record, by what stands beside it."""
    links = _links(recorder, records, about)
    if not links:
        return NOTHING
    attributes: dict[str, str | int] = {
        SYSTEM: KAFKA,
        OPERATION_NAME: operation,
        OPERATION_TYPE: operation,
        DESTINATION: topic,
        BATCH_RECORDS: count,
    }
    if group is not None:
        attributes[GROUP] = group
    return recorder.batch(f"{operation} {topic}", KIND_OF[operation], links, attributes)


def key(recorder: Recorder, tenant: str) -> dict[str, str | int]:
    """What a link says of whose the record is."""
    return {KEY: tenant} if recorder.names_tenants else {}


def _links(
    recorder: Recorder, records: Iterable[tuple[bytes, Whose]], about: Callable[[Whose], Attributes]
) -> list[Link]:
    """To each request once, about its first record: what one request recorded has one context."""
    links: dict[bytes, Link | None] = {}
    for record, whose in records:
        traceparent = traceparent_in(record)
        if traceparent is None or traceparent in links or (recorder.follows_flags and not is_sampled(traceparent)):
            continue
        context = context_of(traceparent.decode(errors="replace"))
        wanted = context is not None and recorder.is_wanted(context)
        links[traceparent] = Link(context, about(whose)) if context is not None and wanted else None
    return [link for link in links.values() if link is not None]
