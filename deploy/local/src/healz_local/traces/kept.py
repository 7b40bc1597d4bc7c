"""The spans that were collected last, and those that lead to a trace."""

from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

SPANS_MAX = 20_000


class SpanLink(msgspec.Struct, frozen=True):
    """From a batch's span to a request's, and what it says about that one's record."""

    trace_id: str
    span_id: str
    attributes: dict[str, str | int]


class KeptSpan(msgspec.Struct, frozen=True):
    """A span, ids in hexadecimal; times in nanoseconds since 1970. ``parent_id`` is empty where there is none."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    begin: int
    end: int
    attributes: dict[str, str | int]
    links: list[SpanLink]
    failed: bool

    def link_to(self, trace_id: str) -> SpanLink | None:
        """The first to that trace."""
        return next((link for link in self.links if link.trace_id == trace_id), None)


class KeptSpans:
    """The newest ``SPANS_MAX``. Any thread may call it."""

    def __init__(self) -> None:
        self._spans: deque[KeptSpan] = deque(maxlen=SPANS_MAX)

    def take(self, body: bytes) -> None:
        """Keeps what one request of OTLP says. Raises protobuf's DecodeError."""
        self._spans.extend(_spans(ExportTraceServiceRequest.FromString(body)))

    def leading_to(self, trace_id: str) -> list[KeptSpan]:
        """The trace's own, and those of batches that have a part of it, as they began."""
        # list() of a deque takes no other thread's turn.
        found = [span for span in list(self._spans) if span.trace_id == trace_id or span.link_to(trace_id)]
        return sorted(found, key=lambda span: span.begin)


def _spans(request: ExportTraceServiceRequest) -> Iterator[KeptSpan]:
    for resource in request.resource_spans:
        service = str(_attributes(resource.resource.attributes).get("service.name", "?"))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield KeptSpan(
                    service=service,
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    begin=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    attributes=_attributes(span.attributes),
                    links=[_link(link) for link in span.links],
                    failed=span.status.code == span.status.STATUS_CODE_ERROR,
                )


def _link(link: Span.Link) -> SpanLink:
    return SpanLink(link.trace_id.hex(), link.span_id.hex(), _attributes(link.attributes))


def _attributes(pairs: Any) -> dict[str, str | int]:
    """Texts and numbers; of our own spans there is nothing else."""
    found: dict[str, str | int] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        if kind in ("string_value", "int_value"):
            found[pair.key] = getattr(pair.value, kind)
    return found
