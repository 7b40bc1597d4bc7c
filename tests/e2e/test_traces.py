"""One booking's trace, as real exporters send it from each process: names by the conventions, and nobody's data."""

import asyncio
import secrets
from typing import Any
from uuid import UUID

from otlp import CollectedSpan, SpanCollector, collecting_spans
from system import SERVICES, Clinic, System, book, eventually, put_clinic, register

HTTP = {"http.request.method", "http.response.status_code", "http.route", "url.path", "url.scheme"}
DATABASE = {"db.system.name", "db.query.summary", "db.stored_procedure.name"}
MESSAGING = {
    "messaging.system.name",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.destination.name",
    "messaging.batch.message_count",
}
GROUP = "messaging.consumer.group.name"
PLACE = {"messaging.destination.partition.id", "kafka.offset"}
"""Names as of v1.45 of OpenTelemetry's semantic conventions, and all that a span may say."""


def new_trace(flags: str = "01") -> tuple[str, dict[str, str]]:
    """(its id, what a caller sends)"""
    trace_id = secrets.token_hex(16)
    return trace_id, {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"}


def recorded_by(system: System, collector: SpanCollector, **more: str) -> None:
    system.settings |= {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:{collector.port}/v1/traces",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        **more,
    }


async def all_of(collector: SpanCollector, trace_id: str, spans: int = 6) -> list[CollectedSpan]:
    """Once so many have come that lead to the trace."""

    async def there() -> bool:
        return len(collector.of(trace_id)) >= spans

    await eventually(there)
    return collector.of(trace_id)


async def booked(system: System, headers: dict[str, str]) -> tuple[UUID, UUID, Clinic]:
    """(appointment, patient, clinic); the booking alone under these headers."""
    async with system.client() as client:
        clinic, patient_id = await put_clinic(client), await register(client)
        await system.caught_up()  # so that its batches are its own
        client.headers.update(headers)
        return await book(client, patient_id, clinic), patient_id, clinic


async def test_one_booking_is_one_trace_from_the_request_to_three_read_models(system: System) -> None:
    async with collecting_spans() as collector:
        recorded_by(system, collector, OTEL_TRACES_SAMPLER="parentbased_always_off")
        await system.start_all()
        trace_id, sent = new_trace()
        ids = await booked(system, sent)
        spans = await all_of(collector, trace_id)
        events = [event async for event in _events(system, trace_id)]
        # Of all else, nothing was asked for.
        assert {span.trace_id for span in collector.spans} == {span.trace_id for span in spans}
    by_service = {span.service: span for span in spans if span.service != "command-api"}
    server, append = sorted((span for span in spans if span.service == "command-api"), key=lambda span: span.kind)[::-1]

    assert (server.name, server.kind, server.trace_id) == ("POST /v1/appointments", "SERVER", trace_id)
    assert server.parent_id == sent["traceparent"].split("-")[2]
    assert server.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/appointments",
        "http.response.status_code": 201,
        "url.path": "/v1/appointments",
        "url.scheme": "http",
    }
    assert (append.name, append.kind) == ("SELECT event_store.append_commits", "CLIENT")
    assert (append.trace_id, append.parent_id, append.links) == (trace_id, server.span_id, ())
    assert set(append.attributes) == DATABASE
    assert append.nanoseconds < server.nanoseconds
    assert collector.schemas == {"https://opentelemetry.io/schemas/1.45.0"}

    assert set(by_service) == set(SERVICES) - {"command-api"}
    for service, span in by_service.items():
        operation = "send" if service == "relay" else "process"
        assert (span.name, span.kind) == (f"{operation} {system.topic}", "CLIENT" if service == "relay" else "CONSUMER")
        # A batch's: it is nobody's child, in a trace of its own, and links to the request.
        assert span.parent_id == ""
        assert span.trace_id != trace_id
        ((linked, linked_span, about),) = span.links
        assert (linked, linked_span) == (trace_id, server.span_id)
        assert set(span.attributes) == (MESSAGING if service == "relay" else {*MESSAGING, GROUP})
        assert set(about) == (set() if service == "relay" else PLACE)
        assert span.attributes["messaging.system.name"] == "kafka"
        assert span.attributes["messaging.destination.name"] == system.topic
        assert span.attributes["messaging.batch.message_count"] == len(events)
        assert span.nanoseconds > 0
    # No id of anybody's in any byte that was sent.
    sent_bytes = b"".join(collector.raw)
    for known in (system.tenant_id, ids[0], ids[1], ids[2].clinic_id, ids[2].doctor_id):
        assert str(known).encode() not in sent_bytes
        assert known.hex.encode() not in sent_bytes


async def _events(system: System, trace_id: str) -> Any:
    for event in await system.database.log(system.tenant_id):
        if trace_id in str(event.metadata):
            yield event


async def test_a_tenant_is_named_where_a_setting_allows_it(system: System) -> None:
    async with collecting_spans() as collector:
        recorded_by(system, collector, HEALZ_TRACES_TENANTS="true", OTEL_TRACES_SAMPLER="parentbased_always_off")
        await system.start_all()
        trace_id, sent = new_trace()
        await booked(system, sent)
        batches = [span for span in await all_of(collector, trace_id) if span.links]
    assert len(batches) == 4
    assert {about["kafka.message.key"] for span in batches for _, _, about in span.links} == {str(system.tenant_id)}


async def test_batches_link_to_each_request_that_is_recorded_and_to_no_other(system: System) -> None:
    """Many at once, half of them recorded: they share appends, transactions and batches."""
    async with collecting_spans() as collector:
        recorded_by(system, collector, OTEL_TRACES_SAMPLER="parentbased_always_off")
        await system.start_all()
        asked, wanted = [], set()
        async with system.client() as client:
            for n in range(60):
                trace_id, sent = new_trace("01" if n % 2 else "00")
                wanted |= {trace_id} if n % 2 else set()
                body = {"phone": f"+55279{90000000 + n}", "full_name": "Ana"}
                asked.append(client.post("/v1/patients", json=body, headers=sent))
            answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} == {201}
        await system.caught_up()
        for trace_id in wanted:
            await all_of(collector, trace_id)
        spans = collector.spans
    for service, name in (("command-api", "SELECT event_store.append_commits"), ("relay", f"send {system.topic}")):
        found = [span for span in spans if (span.service, span.name) == (service, name)]
        linked = [trace for span in found for trace, _, _ in span.links]
        alone = [span.trace_id for span in found if not span.links]
        assert sorted([*linked, *alone]) == sorted(wanted)
        assert all(span.parent_id == "" for span in found if span.links)
    groups = [span for span in spans if span.name.startswith("SELECT") and span.links]
    assert groups, "no append went together with another"
    assert all(span.attributes["db.operation.batch.size"] >= len(span.links) for span in groups)


async def test_what_the_sampler_leaves_out_is_left_out_everywhere(system: System) -> None:
    async with collecting_spans() as collector:
        recorded_by(system, collector, OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.5")
        await system.start_all()
        # By the id alone, whatever the caller's flag says: of these the first is in the half that is recorded.
        ids = ["0" * 16 + "1" * 16, "0" * 16 + "f" * 16]
        async with system.client() as client:
            for trace_id in ids:
                (await client.put(f"/v1/clinics/{UUID(int=1)}", json={"name": "Clínica"})).raise_for_status()
                await register(client, phone=f"+55279{90000000 + ids.index(trace_id)}")
                sent = {"traceparent": f"00-{trace_id}-{'a' * 16}-00"}
                body = {"phone": f"+55279{80000000 + ids.index(trace_id)}", "full_name": "Ana"}
                answer = await client.post("/v1/patients", json=body, headers=sent)
                answer.raise_for_status()
                assert answer.headers["traceparent"].startswith(f"00-{trace_id}-")
        await all_of(collector, ids[0])
        await system.caught_up()
        assert collector.of(ids[1]) == []


BROKEN: list[dict[str, str]] = [
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},  # nobody is there
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "%%,=x"},
    {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_BSP_MAX_QUEUE_SIZE": "-1"},
]
"""tests/specs/test_traces_variables.py has a process' part of it for each variable."""


async def test_whatever_tracing_is_set_to_the_answers_are_the_same(system: System) -> None:
    """One process after the other, each with one variable that is wrong."""
    usual: dict[str, str | None] = dict(system.settings)
    for n, case in enumerate(BROKEN):
        system.settings = {**usual, **case}
        process = system.start("command-api")
        await system.ready()
        trace_id, sent = new_trace()
        async with system.client() as client:
            answer = await client.post(
                "/v1/patients",
                json={"phone": f"+55279{90000000 + n}", "full_name": "Ana"},
                headers=sent,
            )
            refused = await client.get("/v1/nothing", headers=sent)
        assert (answer.status_code, refused.status_code) == (201, 404), case
        for answered in (answer, refused):
            assert answered.headers["traceparent"].startswith(f"00-{trace_id}-"), case
        assert await system.end(process) in (0, -15), case


async def test_lines_of_the_log_say_trace_and_correlation(system: System) -> None:
    process = system.start("command-api")
    await system.ready()
    trace_id, sent = new_trace()
    correlation_id = str(UUID(int=7))
    async with system.client() as client:
        client.headers.update(sent | {"X-Correlation-Id": correlation_id})
        assert (await client.get("/v1/patients")).status_code == 200
        assert process.said()[-1].get("message") != "answered", "what was only read tells nothing"
        await register(client)
    (line,) = (line for line in process.said() if line.get("trace_id") == trace_id)
    assert (line["message"], line["correlation_id"]) == ("answered", correlation_id)
    assert all("trace_id" not in line for line in process.said() if line["message"] != "answered")
