"""What a spec of traces needs: a recorder that keeps spans, a request, a record of the topic."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import DEFAULT_ON, Sampler

from command_api.http import tracing
from healz.traces.recorder import Recorder, recording
from healz.traces.sampling import LinkedToo, follows_flags, wanted_by

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, NOT_SAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"
ROUTE = "/v1/patients/{patient_id:uuid}"


@contextmanager
def spans_of(sampler: Sampler = DEFAULT_ON) -> Iterator[tuple[Recorder, InMemorySpanExporter]]:
    provider, kept = TracerProvider(LinkedToo(sampler), shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    own = Recorder(provider.get_tracer("healz"), wanted_by(sampler), follows_flags(sampler))
    with recording(own):
        yield own, kept


def record(metadata: str, data: str = "{}") -> bytes:
    return f'{{"specversion":"1.0","data":{{"event_data":{data},"metadata":{metadata}}}}}'.encode()


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


def nothing(whose: object) -> dict[str, str | int]:
    """What a link says of a record here."""
    return {}
