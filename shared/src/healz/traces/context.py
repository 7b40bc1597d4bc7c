"""W3C Trace Context as events carry it: the span that something was recorded in, found again by whoever goes on."""

import re

from opentelemetry.trace import SpanContext, TraceFlags

FORM = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
# An event's metadata is the last that its record says. The anchor at the end holds it apart from a patient's or a
# provider's data, which may have these very words in it.
IN_RECORD = re.compile(rb'"metadata":\{[^{}]*"traceparent": ?"([0-9a-f-]{55})"[^{}]*\}\}\}\s*\Z')
METADATA_BYTES_MAX = 300
"""Ours is half as long."""


def context_of(traceparent: object) -> SpanContext | None:
    """The span that ``traceparent`` names; None where it is none of our own form."""
    found = FORM.fullmatch(traceparent) if isinstance(traceparent, str) else None
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return context if context.is_valid else None


def traceparent_in(record: bytes) -> str | None:
    """What the event in this Kafka record was recorded in, without the rest of it being read."""
    found = IN_RECORD.search(record, max(0, len(record) - METADATA_BYTES_MAX))
    return found[1].decode() if found is not None else None


def traceparent_of(context: SpanContext) -> str:
    """As a header or an event says it."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
