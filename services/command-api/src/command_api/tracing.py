"""Which operation a request belongs to: correlation id, trace, and one line of log when it is answered."""

import logging
import time
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from uuid_utils.compat import uuid7

log = logging.getLogger(__name__)

_propagator = TraceContextTextMapPropagator()
_tracer = TracerProvider().get_tracer("command-api")


async def begin(request: Request[Any, Any, Any]) -> None:
    """Takes X-Correlation-Id (a UUID) and traceparent over, or makes them."""
    try:
        correlation_id = UUID(request.headers.get("x-correlation-id", ""))
    except ValueError:
        correlation_id = uuid7()
    carrier: dict[str, str] = {}
    with _tracer.start_as_current_span(
        request.method, context=_propagator.extract(dict(request.headers)), kind=SpanKind.SERVER
    ):
        _propagator.inject(carrier)
    request.state.update(correlation_id=correlation_id, traceparent=carrier["traceparent"], started=time.perf_counter())


async def send(message: Message, scope: Scope) -> None:
    """Returns both as headers, and tells what was answered: ids and figures, never what was in the bodies."""
    state = scope.get("state", {})
    if message["type"] != "http.response.start" or "correlation_id" not in state:
        return
    headers = MutableScopeHeaders.from_message(message)
    headers["X-Correlation-Id"] = str(state["correlation_id"])
    headers["traceparent"] = state["traceparent"]
    user = scope.get("user")
    log.info(
        "answered",
        extra={
            "method": scope.get("method"),
            "path": scope.get("path_template"),
            "status": message["status"],
            "milliseconds": round((time.perf_counter() - state["started"]) * 1000, 1),
            "tenant_id": getattr(user, "tenant_id", None),
            "correlation_id": state["correlation_id"],
            "traceparent": state["traceparent"],
        },
    )
