"""A collector as OpenTelemetry has it, in the test's own process: it takes spans by OTLP over HTTP."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True)
class CollectedSpan:
    """A span as it came."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: Mapping[str, Any]
    links: tuple[tuple[str, str, Mapping[str, Any]], ...]
    """(trace id, span id, attributes)"""
    status: str
    nanoseconds: int

    def leads_to(self, trace_id: str) -> bool:
        """Whether it is of this trace, or of a batch that has a part of it."""
        return self.trace_id == trace_id or any(linked == trace_id for linked, _, _ in self.links)


@dataclass
class SpanCollector:
    """What came so far. ``raw``: every byte of it."""

    port: int = 0
    raw: list[bytes] = field(default_factory=list)
    schemas: set[str] = field(default_factory=set)

    @property
    def spans(self) -> list[CollectedSpan]:
        return [span for body in self.raw for span in self._read(ExportTraceServiceRequest.FromString(body))]

    def of(self, trace_id: str) -> list[CollectedSpan]:
        """What leads to a trace."""
        return [span for span in self.spans if span.leads_to(trace_id)]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("POST /v1/traces ")
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        assert length
        body = await reader.readexactly(int(length[1]))
        self.raw.append(gzip.decompress(body) if "gzip" in head.lower().partition("content-encoding:")[2] else body)
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    def _read(self, request: ExportTraceServiceRequest) -> Iterator[CollectedSpan]:
        for resource in request.resource_spans:
            service = _attributes(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.schemas.add(scope.schema_url)
                for span in scope.spans:
                    yield _collected(service, span)


def _collected(service: str, span: Span) -> CollectedSpan:
    return CollectedSpan(
        service=service,
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes=_attributes(span.attributes),
        links=tuple((link.trace_id.hex(), link.span_id.hex(), _attributes(link.attributes)) for link in span.links),
        status={0: "unset", 1: "ok", 2: "error"}[span.status.code],
        nanoseconds=span.end_time_unix_nano - span.start_time_unix_nano,
    )


def _attributes(found: Any) -> dict[str, Any]:
    def value(pair: KeyValue) -> Any:
        return getattr(pair.value, str(pair.value.WhichOneof("value")))

    return {pair.key: value(pair) for pair in found}


@asynccontextmanager
async def collecting_spans() -> AsyncIterator[SpanCollector]:
    collector = SpanCollector()
    async with await asyncio.start_server(collector.take, "127.0.0.1", 0) as server:
        collector.port = server.sockets[0].getsockname()[1]
        yield collector
