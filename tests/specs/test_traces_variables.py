"""The standard variables say whether and where to traces go; none of them, whatever it is set to, changes an answer."""

from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from command_api.http import tracing
from command_api.http.traceparent import FORM
from healz.settings import TracesSettings
from healz.traces import messaging
from healz.traces.export import exporting_traces
from healz.traces.recorder import recorder
from spans import ROUTE, SAMPLED, SPAN, answered, nothing, record, scope

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


@pytest.fixture(autouse=True, scope="module")
def nobody_tries_again() -> Iterator[None]:
    """What can't be sent is tried again by a thread that draws random numbers, long after its test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OTLPSpanExporter, "export", lambda *_: SpanExportResult.FAILURE)
        yield


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
