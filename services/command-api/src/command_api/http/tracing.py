"""Which operation a request belongs to: correlation id, trace, its span, and what is told of its answer."""

import logging
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope
from opentelemetry.trace import Span
from uuid_utils.compat import uuid7

from command_api.http.metrics import answered
from command_api.http.request_span import begin_span, say_answer
from command_api.http.traceparent import Caller, caller, next_span
from healz.telemetry import ABOUT
from healz.traces.context import context_of, traceparent_of
from healz.traces.recorder import Recorder, recorder

log = logging.getLogger(__name__)

ASKED_WITHIN = "healz.asked_within"
"""An extension of the scope of a request that comes from another one, which is counted: a page of the console."""
READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class RequestTrace:
    """The correlation id and trace of a request; ``started`` is a ``time.perf_counter()``. ``span``: where it is
    recorded."""

    correlation_id: UUID
    traceparent: str
    started: float
    span: Span | None = None


def operation(scope: Scope, *, recorded: bool = True) -> RequestTrace:
    """The request's operation: X-Correlation-Id (a UUID) and traceparent are taken over, else made; once a request.

    All lines of log that are written for the request say both. ``recorded`` False: it has no span.
    """
    state: dict[str, Any] = scope.setdefault("state", {})
    if "operation" not in state:
        sent = _sent(scope, b"x-correlation-id")
        try:
            correlation_id = UUID(sent[0]) if sent else uuid7()
        except ValueError:
            correlation_id = uuid7()
        before = caller(_sent(scope, b"traceparent"))
        own = recorder() if recorded else None
        span = None if own is None else _begin(own, scope, before)
        traceparent = next_span(before) if span is None else traceparent_of(span.get_span_context())
        is_kept = span is not None and span.is_recording()
        state["operation"] = RequestTrace(correlation_id, traceparent, time.perf_counter(), span if is_kept else None)
        ABOUT.set({"correlation_id": correlation_id, "trace_id": traceparent[3:35]})
    found: RequestTrace = state["operation"]
    return found


def _begin(own: Recorder, scope: Scope, before: Caller | None) -> Span:
    parent = None if before is None else context_of(f"00-{before[2]}-{before[3]}-{before[4]}")
    return begin_span(own, str(scope.get("method")), str(scope.get("scheme", "http")), parent)


def _sent(scope: Scope, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


async def begin(request: Request[Any, Any, Any]) -> None:
    """From here on the clock runs."""
    operation(request.scope)


async def send(message: Message, scope: Scope) -> None:
    """Returns both as headers, and tells what was answered: ids and figures, never what was in the bodies.

    A line of log for each command and each refusal; of what was only read, and is counted in the metrics, at debug.
    """
    now = operation(scope)
    if message["type"] != "http.response.start":
        if now.span is not None and not message.get("more_body"):
            now.span.end()
        return
    headers = MutableScopeHeaders.from_message(message)
    headers["X-Correlation-Id"] = str(now.correlation_id)
    headers["traceparent"] = now.traceparent
    method, path, status = str(scope.get("method")), scope.get("path_template"), message["status"]
    seconds = time.perf_counter() - now.started
    if ASKED_WITHIN not in (scope.get("extensions") or {}):
        answered(method, path, status, seconds)
    if now.span is not None:
        say_answer(now.span, method, path, status)
    level = logging.DEBUG if method in READS and status < 400 else logging.INFO
    if log.isEnabledFor(level):
        about = {"method": method, "path": path, "status": status, "milliseconds": round(seconds * 1000, 1)}
        log.log(level, "answered", extra=about | {"tenant_id": getattr(scope.get("user"), "tenant_id", None)})
