"""The local stack's collector, from a real exporter over a real connection; and a trace as it is printed."""

import threading
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, set_span_in_context

from healz_local.traces.kept import SPANS_MAX, KeptSpan, KeptSpans, SpanLink
from healz_local.traces.receiver import serving
from healz_local.traces.tree import tree

MS = 1_000_000
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def address() -> Iterator[str]:
    with serving(0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("compression", Compression)
def test_what_an_exporter_sends_is_told_by_its_trace(address: str, compression: Compression) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "relay"}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{address}/v1/traces", compression=compression)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("healz")
    request = tracer.start_span("POST /v1/appointments", Context(), attributes={"http.response.status_code": 201})
    context = request.get_span_context()
    tracer.start_span("SELECT", set_span_in_context(request, Context())).end()
    tracer.start_span("send", Context(), links=[Link(context, {"kafka.offset": 7})]).end()
    tracer.start_span("send", Context()).end()
    request.end()
    provider.shutdown()
    trace_id = f"{context.trace_id:032x}"

    with httpx.Client(base_url=address, trust_env=False) as client:
        found = msgspec.json.decode(client.get(f"/traces/{trace_id}").content, type=list[KeptSpan])
        assert client.get(f"/traces/{'0' * 32}").json() == []
    assert [(span.service, span.name) for span in found] == [
        ("relay", "POST /v1/appointments"),
        ("relay", "SELECT"),
        ("relay", "send"),
    ]
    assert found[0].attributes == {"http.response.status_code": 201}
    assert found[1].parent_id == found[0].span_id
    assert found[2].links == [SpanLink(trace_id, found[0].span_id, {"kafka.offset": 7})]


def test_what_is_no_spans_is_refused_and_the_next_is_taken(address: str) -> None:
    with httpx.Client(base_url=address, trust_env=False) as client:
        for body, headers in ((b"\xff" * 100, {}), (b"x", {"Content-Encoding": "gzip"})):
            assert client.post("/v1/traces", content=body, headers=headers).status_code == 400
        assert client.get("/traces/x").status_code == 404
        assert client.post("/v1/traces", content=b"").status_code == 200
        assert client.post("/v1/metrics", content=b"").status_code == 404


def test_the_oldest_go_where_there_are_too_many() -> None:
    kept = KeptSpans()
    kept._spans.extend(span("relay", n) for n in range(SPANS_MAX + 1))
    assert len(kept.leading_to(TRACE)) == SPANS_MAX
    assert kept.leading_to(TRACE)[0].span_id == "1"


def span(service: str, n: int, parent: str = "", begin: float = 0, **more: object) -> KeptSpan:
    plain = KeptSpan(
        service, f"span {n}", TRACE, str(n), parent, round(begin * MS), round((begin + 2) * MS), {}, [], failed=False
    )
    return msgspec.structs.replace(plain, **more)


def test_a_batch_stands_under_the_request_that_it_links_to() -> None:
    links = [
        SpanLink("f" * 32, "9", {}),
        SpanLink(TRACE, "1", {"messaging.destination.partition.id": "4", "kafka.offset": 17}),
    ]
    batch = span("projector-patient", 3, trace_id="e" * 32, begin=9, links=links)
    spans = [
        msgspec.structs.replace(batch, attributes={"messaging.batch.message_count": 5}),
        span("command-api", 2, parent="1", begin=1, attributes={"error.type": "40001"}),
        span("command-api", 1, parent="the caller's", attributes={"http.response.status_code": 201}),
    ]
    assert list(tree(TRACE, spans)) == [
        "      0.0 ms  +     2.0 ms  command-api        span 1  answered 201",
        "      1.0 ms  +     2.0 ms  command-api        └─ span 2  failed: 40001",
        "      9.0 ms  +     2.0 ms  projector-patient  └─ span 3  records: 5  partition 4, offset 17"
        "  (a batch's, linked to 2 requests)",
    ]
