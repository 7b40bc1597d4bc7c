"""What is recorded of a request, which is none of a test's servers' business: names, contexts, and broken variables."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, DEFAULT_ON, Sampler, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode

from architecture.source import ROOT
from command_api import append_span
from command_api.http import request_span, tracing
from command_api.http.traceparent import FORM
from examples import NOW, TENANT, registered
from given_when_then import Log
from healz.events import Recorded
from healz.projection.fold import fold_one
from healz.settings import TracesSettings
from healz.traces import messaging
from healz.traces.context import context_of, traceparent_in
from healz.traces.export import exporting_traces
from healz.traces.recorder import ERROR_TYPE, Recorder, recorder, recording
from healz.traces.sampling import LinkedToo, follows_flags, wanted_by

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, NOT_SAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"


@contextmanager
def spans_of(sampler: Sampler = DEFAULT_ON) -> Iterator[tuple[Recorder, InMemorySpanExporter]]:
    provider, kept = TracerProvider(LinkedToo(sampler), shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    own = Recorder(provider.get_tracer("healz"), wanted_by(sampler), follows_flags(sampler))
    with recording(own):
        yield own, kept


def record(metadata: str, data: str = "{}") -> bytes:
    return f'{{"specversion":"1.0","data":{{"event_data":{data},"metadata":{metadata}}}}}'.encode()


@pytest.mark.parametrize(
    ("found", "of"),
    [
        (SAMPLED, record(f'{{"traceparent": "{SAMPLED}"}}')),
        (None, record("null")),
        (None, record('{"sweep": "silence"}')),
        (None, b""),
        # What a provider sends along is no metadata, however it is nested and named.
        (None, record("null", f'{{"details":{{"metadata":{{"traceparent": "{SAMPLED}"}}}}}}')),
        (None, record("null", f'{{"metadata":{{"traceparent": "{SAMPLED}"}}}}')),
        (NOT_SAMPLED, record(f'{{"traceparent": "{NOT_SAMPLED}"}}', f'{{"metadata":{{"traceparent": "{SAMPLED}"}}}}')),
    ],
)
def test_what_an_event_was_recorded_in_is_read_from_its_metadata_alone(found: str | None, of: bytes) -> None:
    assert traceparent_in(of) == (None if found is None else found.encode())


@pytest.mark.parametrize(
    "text", [None, "", "x", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", SAMPLED + "-x"]
)
def test_what_names_no_span_is_none(text: str | None) -> None:
    assert context_of(text) is None


def scope(method: str = "GET", *headers: tuple[bytes, bytes]) -> Any:
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": f"/v1/patients/{UUID(int=5)}",
        "headers": headers,
    }


async def answered(request: Any, status: int, route: str | None) -> None:
    request["path_template"] = route
    await tracing.send({"type": "http.response.start", "status": status, "headers": []}, request)
    await tracing.send({"type": "http.response.body", "body": b"1", "more_body": True}, request)
    await tracing.send({"type": "http.response.body", "body": b"2", "more_body": False}, request)


async def span_of(method: str, status: int, route: str | None) -> ReadableSpan:
    with spans_of() as (_, kept):
        await answered(scope(method), status, route)
        (span,) = kept.get_finished_spans()
    return span


ROUTE = "/v1/patients/{patient_id:uuid}"


async def test_a_request_is_named_by_its_route_and_never_by_its_path() -> None:
    span = await span_of("GET", 200, ROUTE)
    assert (span.name, span.kind, span.status.status_code) == (f"GET {ROUTE}", SpanKind.SERVER, StatusCode.UNSET)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": ROUTE,
        "url.path": ROUTE,
        "url.scheme": "http",
    }


async def test_of_a_path_that_is_no_route_nothing_is_said() -> None:
    span = await span_of("GET", 404, None)
    assert span.name == "GET"
    assert set(span.attributes or {}) == {"http.request.method", "http.response.status_code", "url.scheme"}


async def test_a_method_that_is_none_is_not_repeated() -> None:
    span = await span_of("+5527999990000", 405, ROUTE)
    assert span.name == f"HTTP {ROUTE}"
    assert (span.attributes or {})["http.request.method"] == "_OTHER"


@pytest.mark.parametrize(("status", "is_error"), [(409, False), (422, False), (500, True), (503, True)])
async def test_only_what_is_the_servers_fault_is_an_error(status: int, is_error: bool) -> None:
    span = await span_of("POST", status, ROUTE)
    assert (span.status.status_code is StatusCode.ERROR) == is_error
    assert (span.attributes or {}).get("error.type") == (str(status) if is_error else None)


async def test_the_traceparent_of_a_request_names_its_span() -> None:
    with spans_of() as (_, kept):
        request = scope("GET", (b"traceparent", SAMPLED.encode()))
        told = tracing.operation(request).traceparent
        await answered(request, 200, ROUTE)
        (span,) = kept.get_finished_spans()
    assert span.context is not None
    assert span.parent is not None
    assert told == f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert f"{span.parent.span_id:016x}" == SPAN


async def test_a_request_that_is_not_sampled_goes_on_under_its_trace_and_is_not_recorded() -> None:
    with spans_of() as (_, kept):
        request = scope("GET", (b"traceparent", NOT_SAMPLED.encode()))
        told = tracing.operation(request)
        await answered(request, 200, ROUTE)
        assert kept.get_finished_spans() == ()
    assert told.span is None
    assert told.traceparent.startswith(f"00-{TRACE}-")
    assert told.traceparent.endswith("-00")


def nothing(whose: object) -> dict[str, str | int]:
    """What a link says of a record here."""
    return {}


def batch_of(sampler: Sampler, *traceparents: str) -> tuple[ReadableSpan, ...]:
    records = [(record(f'{{"traceparent": "{each}"}}'), None) for each in traceparents]
    with spans_of(sampler) as (own, kept):
        with messaging.batch(
            own, "process", "healz.events", records, nothing, count=len(records), group="projector-patient"
        ):
            pass
        return kept.get_finished_spans()


def test_a_batch_links_once_to_each_request() -> None:
    other = f"00-{'1' * 32}-{SPAN}-01"
    (span,) = batch_of(DEFAULT_ON, SAMPLED, SAMPLED, NOT_SAMPLED, other, SAMPLED)
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE, "1" * 32]
    assert (span.name, span.kind, span.parent) == ("process healz.events", SpanKind.CONSUMER, None)
    assert dict(span.attributes or {}) == {
        "messaging.system.name": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "healz.events",
        "messaging.consumer.group.name": "projector-patient",
        "messaging.batch.message_count": 5,
    }


def test_a_batch_of_requests_that_are_not_recorded_is_not_recorded() -> None:
    assert batch_of(DEFAULT_ON, NOT_SAMPLED) == ()
    assert len(batch_of(ALWAYS_ON, NOT_SAMPLED)) == 1


def test_a_batch_is_drawn_by_its_requests_ids_where_the_sampler_draws_by_ids() -> None:
    low, high = (f"00-{'0' * 16}{digit * 16}-{SPAN}-00" for digit in "1f")
    (span,) = batch_of(TraceIdRatioBased(0.5), low, high)
    assert len(span.links) == 1
    assert batch_of(TraceIdRatioBased(0.5), high) == ()


def test_what_failed_is_told_by_its_kind_and_not_by_its_words() -> None:
    records = [(record(f'{{"traceparent": "{SAMPLED}"}}'), None)]
    with spans_of() as (own, kept):
        with pytest.raises(ValueError), messaging.batch(own, "send", "healz.events", records, nothing, count=1):
            raise ValueError("João da Conceição, +5527999990000")
        (span,) = kept.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert (span.status.status_code, span.status.description, list(span.events)) == (StatusCode.ERROR, None, [])


ENDPOINT = "http://127.0.0.1:9"
"""Nobody listens there."""
VARIABLES = (
    "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME",
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT", "OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_PROPAGATORS", "OTEL_PYTHON_CONTEXT", "OTEL_PYTHON_ID_GENERATOR",
    "OTEL_PYTHON_TRACER_PROVIDER", "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "OTEL_CONFIG_FILE", "OTEL_LOG_LEVEL",
)  # fmt: skip


@pytest.mark.parametrize("value", ["%%,=x", "-1"])
@pytest.mark.parametrize("variable", VARIABLES)
async def test_a_variable_that_is_nonsense_changes_no_answer(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setattr("healz.traces.export.END_SECONDS_MAX", 0.01)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", ENDPOINT)
    monkeypatch.setenv(variable, value)
    with exporting_traces(TracesSettings(), "command-api"):
        request = scope("GET", (b"traceparent", SAMPLED.encode()))
        assert FORM.fullmatch(tracing.operation(request).traceparent)
        await answered(request, 200, ROUTE)
        records = [(record(f'{{"traceparent": "{SAMPLED}"}}'), None)]
        if (own := recorder()) is not None:
            with messaging.batch(own, "send", "healz.events", records, nothing, count=1):
                pass
    assert recorder() is None


@pytest.mark.parametrize(
    ("records", "variables"),
    [
        (False, {}),
        (True, {"OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
        (True, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": ENDPOINT}),
        (False, {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": ENDPOINT}),
        (True, {"OTEL_TRACES_EXPORTER": "otlp"}),
        (True, {"OTEL_TRACES_EXPORTER": "", "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
        (False, {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
        (False, {"OTEL_TRACES_EXPORTER": "smoke signals", "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
        (False, {"OTEL_SDK_DISABLED": "TRUE", "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
        (True, {"OTEL_SDK_DISABLED": "false", "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
        (False, {"OTEL_TRACES_SAMPLER": "always_off", "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
        (True, {"OTEL_TRACES_SAMPLER": "parentbased_always_off", "OTEL_EXPORTER_OTLP_ENDPOINT": ENDPOINT}),
    ],
)
def test_the_standard_variables_say_whether_anything_is_recorded(
    monkeypatch: pytest.MonkeyPatch, records: bool, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with exporting_traces(TracesSettings(), "relay"):
        assert (recorder() is not None) == records


def test_more_links_are_kept_than_the_usual_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", ENDPOINT)
    records = [(record(f'{{"traceparent": "00-{n:032x}-{SPAN}-01"}}'), None) for n in range(1, 2001)]
    with exporting_traces(TracesSettings(), "relay"):
        own = recorder()
        assert own is not None
        links = messaging._links(own, records, nothing)
        span = own.tracer.start_span("process", links=links)
        assert isinstance(span, ReadableSpan)
        assert len(span.links) == len(links) == 2000


def test_names_of_the_conventions() -> None:
    """As of v1.45, where Kafka's lost their prefix, and the system got its ``name``."""
    assert {name: value for name, value in vars(messaging).items() if name.isupper() and isinstance(value, str)} == {
        "SYSTEM": "messaging.system.name",
        "KAFKA": "kafka",
        "OPERATION_NAME": "messaging.operation.name",
        "OPERATION_TYPE": "messaging.operation.type",
        "DESTINATION": "messaging.destination.name",
        "PARTITION": "messaging.destination.partition.id",
        "GROUP": "messaging.consumer.group.name",
        "BATCH_RECORDS": "messaging.batch.message_count",
        "OFFSET": "kafka.offset",
        "KEY": "kafka.message.key",
    }
    assert (request_span.PATH, request_span.SCHEME) == ("url.path", "url.scheme")
    assert {*append_span.ABOUT, append_span.COMMITS} == {
        "db.system.name",
        "db.query.summary",
        "db.stored_procedure.name",
        "db.operation.batch.size",
    }


def test_the_page_says_all_that_a_span_says() -> None:
    page = (ROOT / "docs" / "traces.md").read_text()
    named = [
        value for name, value in vars(messaging).items() if name.isupper() and isinstance(value, str) and "." in value
    ]
    named += [*append_span.ABOUT, append_span.COMMITS, request_span.PATH, request_span.SCHEME, ERROR_TYPE]
    assert [name for name in named if f"`{name}`" not in page] == []


def test_a_patient_is_parked_with_the_operation_of_the_event() -> None:
    """What the log says of it."""

    def refuses(rows: object, event: Recorded) -> object:
        raise ValueError

    (event,) = Log(TENANT, NOW).add(registered).recorded
    event = event.model_copy(update={"metadata": {"traceparent": SAMPLED}})
    projection: Any = SimpleNamespace(evolve=refuses)
    _, parking = fold_one(projection, None, [event])
    assert parking is not None
    assert parking.operation == {"correlation_id": event.correlation_id, "trace_id": TRACE}
