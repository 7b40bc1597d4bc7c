"""What is recorded of a request and of a batch: names by the conventions, contexts, and nobody's data."""

from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, DEFAULT_ON, Sampler, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode

from architecture.source import ROOT
from command_api import append_span
from command_api.http import request_span, tracing
from examples import NOW, TENANT, registered
from given_when_then import Log
from healz.events import Recorded
from healz.projection.fold import fold_one
from healz.traces import messaging
from healz.traces.context import context_of, traceparent_in
from healz.traces.recorder import ERROR_TYPE
from spans import NOT_SAMPLED, ROUTE, SAMPLED, SPAN, TRACE, answered, nothing, record, scope, spans_of


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


async def span_of(method: str, status: int, route: str | None) -> ReadableSpan:
    with spans_of() as (_, kept):
        await answered(scope(method), status, route)
        (span,) = kept.get_finished_spans()
    return span


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
