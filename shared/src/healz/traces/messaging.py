"""Spans of Kafka batches, by the messaging conventions of OpenTelemetry as of v1.45.

Attributes are spelled out here: the conventions' package is of an earlier version, with other names.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Literal

from opentelemetry.trace import Link, SpanContext, SpanKind

from healz.traces.context import context_of, traceparent_in
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
RecordAbout = tuple[bytes, Callable[[], Attributes]]
"""A record, and what a link to its request says about it."""


def batch(
    recorder: Recorder,
    operation: Operation,
    topic: str,
    records: Iterable[RecordAbout],
    *,
    count: int,
    group: str | None = None,
) -> AbstractContextManager[None]:
    """A span of what is done meanwhile with these records, linked to the request of each; none, where none of the
    requests is recorded."""
    links = _links(recorder, records)
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


def key(recorder: Recorder, tenant: bytes | None) -> dict[str, str | int]:
    """What a link says of whose the record is."""
    return {KEY: tenant.decode(errors="replace")} if recorder.names_tenants and tenant is not None else {}


def _links(recorder: Recorder, records: Iterable[RecordAbout]) -> list[Link]:
    """To each request once, about its first record: what one request recorded has one context."""
    links: dict[str, Link | None] = {}
    for record, about in records:
        traceparent = traceparent_in(record)
        if traceparent is None or traceparent in links:
            continue
        context: SpanContext | None = context_of(traceparent)
        wanted = context is not None and recorder.is_wanted(context)
        links[traceparent] = Link(context, about()) if context is not None and wanted else None
    return [link for link in links.values() if link is not None]
