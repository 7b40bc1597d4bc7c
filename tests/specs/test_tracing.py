"""The trace of a request: taken over or made, whatever telemetry is set to and whatever a client sends."""

import os
import re
import subprocess
import sys

import pytest

from command_api.http.tracing import operation

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
TRACEPARENT = re.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

# Asks the application itself, without a server: what is read at import, or as the first request comes, is read here.
ASK = """
import asyncio, httpx, warnings
warnings.simplefilter("ignore")
from command_api.http.app import create_app
from command_api.settings import ApiSettings

settings = ApiSettings(
    database_url="postgresql://nowhere/healz",
    reader_database_url="postgresql://nowhere/healz",
    kafka_bootstrap_servers="nowhere:9092",
    healz_identity_key="x" * 16,
    healz_jwt_development_secret="x" * 32,
)

async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(settings)), base_url="http://here") as client:
        for path in ("/health/live", "/v1/patients", "/nowhere"):
            answer = await client.get(path)
            print(path, answer.status_code, answer.headers.get("traceparent"))

asyncio.run(ask())
"""
NONSENSE = (
    "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_PROPAGATORS", "OTEL_PYTHON_CONTEXT",
    "OTEL_PYTHON_TRACER_PROVIDER", "OTEL_PYTHON_ID_GENERATOR", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT", "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_CONFIG_FILE", "OTEL_SEMCONV_STABILITY_OPT_IN", "OTEL_LOG_LEVEL",
)  # fmt: skip


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param(
            {"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_SAMPLER": "always_off", "OTEL_PROPAGATORS": "none"}, id="off"
        ),
        pytest.param(dict.fromkeys(NONSENSE, "%%,=x"), id="nonsense in all of them"),
    ],
)
def test_no_setting_of_telemetry_changes_an_answer(variables: dict[str, str]) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASK], env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stderr
    answers = [line.split() for line in asked.stdout.splitlines()]
    assert [(path, status) for path, status, _ in answers] == [
        ("/health/live", "200"),
        ("/v1/patients", "401"),
        ("/nowhere", "404"),
    ]
    assert all(TRACEPARENT.fullmatch(traceparent) for _, _, traceparent in answers)


def traced(*sent: bytes, **more: bytes) -> str:
    headers = [(b"traceparent", traceparent) for traceparent in sent]
    headers += [(name.encode(), value) for name, value in more.items()]
    return operation({"type": "http", "headers": headers}).traceparent  # type: ignore[arg-type]


@pytest.mark.parametrize("flags", ["00", "01", "03"])
def test_a_trace_is_gone_on_with_under_a_new_span(flags: str) -> None:
    found = traced(f"00-{TRACE}-{SPAN}-{flags}".encode())
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-{flags}", found)
    assert SPAN not in found


def test_of_a_later_version_the_part_that_is_known_is_taken() -> None:
    assert traced(f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like".encode()).startswith(f"00-{TRACE}-")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"x",
        f"00-{TRACE}-{SPAN}-01-more".encode(),
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"ff-{TRACE}-{SPAN}-01".encode(),
        f"00-{TRACE.upper()}-{SPAN}-01".encode(),
        f"00-{TRACE}-{SPAN}-01\n".encode(),
        f"00-{TRACE}-{SPAN}-0g".encode(),
        f"cc-{TRACE}-{SPAN}-01{'-' * 100_000}".encode(),
        f"00-{TRACE}-{SPAN}-0\u0661".encode(),
        b"\xff\x00\x1b[31m",
    ],
)
def test_what_is_no_traceparent_begins_a_new_trace(sent: bytes) -> None:
    found = traced(sent, tracestate=b"\xff=," * 1000)
    assert TRACEPARENT.fullmatch(found)
    assert TRACE not in found


def test_of_two_that_came_neither_is_believed() -> None:
    traceparent = f"00-{TRACE}-{SPAN}-01".encode()
    assert TRACE not in traced(traceparent, traceparent)
