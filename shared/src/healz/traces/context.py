"""W3C Trace Context as events carry it: the span that something was recorded in, found again by whoever goes on."""

import re

from opentelemetry.trace import SpanContext, TraceFlags

FORM = re.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
# How a record ends whose event says it: the store's JSON has one form, and metadata comes last. (What a provider sends
# along may have these very words in it, but the metadata comes after.)
BEFORE, AFTER = b'"metadata":{"traceparent": "', b'"}}}'
LENGTH = len("00-") + 32 + len("-") + 16 + len("-01")
SAMPLED = frozenset(b"13579bdf")


def context_of(traceparent: object) -> SpanContext | None:
    """The span that ``traceparent`` names; None where it is none of our own form."""
    found = FORM.fullmatch(traceparent) if isinstance(traceparent, str) else None
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    context = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return context if context.is_valid else None


def traceparent_in(record: bytes) -> bytes | None:
    """What the event in this Kafka record was recorded in, without the rest of it being read."""
    tail = record[-len(BEFORE) - LENGTH - len(AFTER) :]
    return tail[len(BEFORE) : -len(AFTER)] if tail.startswith(BEFORE) and tail.endswith(AFTER) else None


def is_sampled(traceparent: bytes) -> bool:
    """Whether it says that its request is recorded."""
    return traceparent[-1] in SAMPLED


def traceparent_of(context: SpanContext) -> str:
    """As a header or an event says it."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
